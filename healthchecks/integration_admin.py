"""The admin of integrations with what concerns their connections: how many, and the proof."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connections import badges
from connections.models import Connection
from connections.status import ConnectionStatus
from connections.waiting import TooManyWait
from healthchecks import manual, proof
from integrations import edits
from integrations.admin import IntegrationAdmin
from integrations.models import Integration, IntegrationStatus
from integrations.test_actions import effective_test_action

MOST_OFFERED = 100  # connections to prove over, the newest
_BADGES = {IntegrationStatus.ACTIVE: "healthy", IntegrationStatus.DRAFT: "degraded"}


class ProofForm(forms.Form):
    """Which of an integration's actions to prove, and over which of its connections."""

    def __init__(self, integration: Integration, data: Any = None) -> None:
        super().__init__(data)
        connections = integration.connections.exclude(status=ConnectionStatus.DISABLED)
        self.connections = connections.exclude(credential=None).order_by("-pk")[:MOST_OFFERED]
        self.actions = [action for action in integration.actions.all() if action.harmless]
        usual = effective_test_action(integration, self.actions, own=None, variables=())
        self.fields["connection"] = forms.ChoiceField(
            choices=[(str(connection.pk), connection.name) for connection in self.connections],
            help_text="Its credential is shown to the API, then a wrong one.",
        )
        self.fields["action"] = forms.ChoiceField(
            choices=[(str(action.pk), action.name) for action in self.actions],
            initial=str(usual.pk) if usual else None,
        )
        self.fields["try_others"] = forms.BooleanField(
            required=False,
            initial=True,
            label="Try others",
            help_text=f"Where it proves nothing: other actions as well, {proof.MOST_OTHERS} at"
            " most.",
        )


@admin.register(Integration)
class ProvableIntegrationAdmin(IntegrationAdmin):
    change_form_template = "admin/healthchecks/integration_form.html"
    list_display = (
        "name", "tenant", "provider_name", "status_word", "connection_count", "checks_enabled",
        "interval_minutes",
    )  # fmt: skip

    class Media:
        css = {"all": [badges.STYLESHEET]}  # noqa: RUF012 - the declaration is Django's

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        # Counted for the rows of one page, after these are cut out.
        of_one = Connection.objects.filter(integration=OuterRef("pk")).order_by()
        counted = of_one.values("integration").annotate(count=Count("*")).values("count")
        rows: QuerySet[Integration] = super().get_queryset(request)
        return rows.annotate(connection_count=Coalesce(Subquery(counted), 0))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.prove_view)
        own = path("<uuid:pk>/prove/", view, name="integrations_integration_prove")
        return [own, *super().get_urls()]

    def prove_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask what to prove; prove it and say what was found; or use an action as test action."""
        integration = get_object_or_404(Integration, pk=pk)
        if not self.has_change_permission(request, integration):
            raise PermissionDenied
        if "use" in request.POST:
            return self._use(request, integration, request.POST["use"])
        form = ProofForm(integration, request.POST or None)
        found = self._prove(request, form) if form.is_bound and form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": "Does the test action test the credential?",
            "opts": self.opts,
            "original": integration,
            "form": form,
            "proof": found,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/healthchecks/prove.html", context)

    def _prove(self, request: HttpRequest, form: ProofForm) -> proof.Proof | None:
        wanted = form.cleaned_data
        connection = get_object_or_404(Connection.objects.with_health(), pk=wanted["connection"])
        action = next(a for a in form.actions if str(a.pk) == wanted["action"])
        try:
            return proof.prove(connection, action, try_others=wanted["try_others"])
        except proof.NotProvable as refusal:
            messages.error(request, str(refusal))
        except TooManyWait:
            messages.error(request, "Many wait for answers just now. Try again in a few seconds.")
        except manual.TooManyChecks as refusal:
            text = f"{connection} was checked too often: wait {refusal.retry_after:.0f} s."
            messages.error(request, text)
        return None

    def _use(self, request: HttpRequest, integration: Integration, pk: str) -> HttpResponse:
        chosen = {str(a.pk): a for a in integration.actions.all() if a.harmless}.get(pk)
        if chosen is None:
            messages.error(request, "This is no action that a check may call.")
        else:
            edits.update(integration, {"test_action": chosen})
            self.log_change(request, integration, f"Uses {chosen} as test action.")
            messages.success(request, f"{chosen} is the test action now.")
        url = reverse("admin:integrations_integration_change", args=[integration.pk])
        return HttpResponseRedirect(url)

    @admin.display(description="status", ordering="status")
    def status_word(self, integration: Integration) -> SafeString:
        status = IntegrationStatus(integration.status)
        return badges.badge(_BADGES.get(status, "unknown"), str(status.label))

    @admin.display(description="connections")
    def connection_count(self, integration: Any) -> SafeString:
        url = reverse("admin:connections_connection_changelist")
        return format_html(
            '<a href="{}?integration__id__exact={}">{}</a>',
            url,
            integration.pk,
            f"{integration.connection_count:,}",
        )
