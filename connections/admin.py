"""The admin of connections. Every change goes through `connections.edits`.

Registered by `healthchecks.connection_admin`, which adds the checks.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters

from connections import badges, edits
from connections.filters import CredentialFilter, ProviderFilter, TenantFilter, tenant_choice
from connections.forms import (
    EXPIRY,
    REMOVE,
    ConnectionForm,
    IntegrationChoice,
    credential_fields,
    form_for,
    variable_fields,
)
from connections.models import Connection, Credential
from connections.oauth.admin import Connecting, consent_note
from integrations.json_fields import JSON_FIELDS
from integrations.models import Integration
from integrations.oauth2 import OAUTH2
from tenants.models import Tenant

MOST_SWITCHED = 500  # connections that one action pauses or resumes: a few seconds
MOST_OWNERS = 100  # integrations or tenants that one search finds connections by
NAMES_SHOWN = 20  # of the connections that are about to be deleted
_BLOBS = ("encrypted_secret", "encrypted_tokens")
_FORGETS_TOKENS = (
    "What is changed here is used from then on with the rest of what was entered. The tokens that"
    " the provider gave meanwhile are forgotten: enter others, or connect again."
)
_IDENTITY = ("integration_name", "tenant_name")


class ConnectionAdmin(Connecting):
    list_display = (
        "name", "integration_name", "tenant_name", "status", "health_word", "last_checked",
        "credential_state", "every",
    )  # fmt: skip
    list_filter: ClassVar = (
        TenantFilter, ProviderFilter, "status", "health__health_status", CredentialFilter,
    )  # fmt: skip
    search_fields = ("name",)
    search_help_text = "A name, or the name of an integration or a tenant."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count all rows
    sortable_by = ("name", "status")
    ordering = ("-pk",)
    readonly_fields: ClassVar[tuple[str, ...]] = (
        *_IDENTITY, "credential_state", "secret_state",
    )  # fmt: skip
    formfield_overrides = JSON_FIELDS
    actions: tuple[str, ...] = ("pause", "resume")

    class Media:
        css = {"all": [badges.STYLESHEET]}  # noqa: RUF012 - the declaration is Django's

    @property
    def media(self) -> Any:
        return super().media + tenant_choice(self.admin_site).media

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        # Not joined: to sort and cut the joined rows of 50,000 connections takes half a second.
        rows: QuerySet[Any] = Connection.objects.order_by(*self.ordering)
        credentials = Prefetch("credential", Credential.objects.defer(*_BLOBS))
        return rows.prefetch_related("integration", "tenant", "health", credentials)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Connection], search_term: str
    ) -> tuple[QuerySet[Connection], bool]:
        """The few integrations and tenants first: joining them for every row is what is slow."""
        if not search_term.strip():
            return queryset, False
        named = {"name__icontains": search_term.strip()}
        owners = [
            list(kind.objects.filter(**named).values_list("pk", flat=True)[:MOST_OWNERS])
            for kind in (Integration, Tenant)
        ]
        is_wanted = Q(**named) | Q(integration__in=owners[0]) | Q(tenant__in=owners[1])
        return queryset.filter(is_wanted), False

    # --- The form ---------------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: Connection | None = None, change: bool = False, **_: Any
    ) -> Any:
        form = self._form(request, obj)
        return super().get_form(request, obj, change, form=form, fields=form.Meta.fields)

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        form = self._form(request, obj)
        may_enter = obj is None or self.has_change_permission(request, obj)
        variables = variable_fields(form) if may_enter else []
        secret = credential_fields(form) if may_enter else []
        return [
            (None, {"fields": (*_IDENTITY, "name", "status", *variables, "variables", "tags")}),
            ("Checks", {"fields": ("interval_minutes", "health_check_test_action")}),
            *_credential_fieldsets(obj, secret, consent_note(form.integration)),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if _chosen_integration(request) is None and self.has_add_permission(request):
            return self._ask_for_integration(request)
        return super().add_view(request, form_url, extra_context)

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)

    def _form(self, request: HttpRequest, obj: Connection | None) -> type[ConnectionForm]:
        integration = obj.integration if obj else _chosen_integration(request)
        if integration is None:
            raise Http404
        return form_for(integration, obj)

    def _ask_for_integration(self, request: HttpRequest) -> HttpResponse:
        form = IntegrationChoice(self.admin_site)
        context = {
            **self.admin_site.each_context(request),
            "title": "Add connection: of which integration?",
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
        }
        template = "admin/connections/connection/choose_integration.html"
        return TemplateResponse(request, template, context)

    # --- Saving -----------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        values = {name: getattr(obj, name) for name in form.Meta.fields}
        if change:
            self._change(request, obj, values, form)
        else:
            fields = {"integration": obj.integration, **values}
            obj.pk = edits.create(obj.tenant, fields, form.new_credential).pk
        obj.refresh_from_db()

    def _change(
        self, request: HttpRequest, obj: Connection, values: dict[str, Any], form: Any
    ) -> None:
        edits.update(obj, values)
        if form.new_credential:
            edits.store_credential(obj, form.new_credential)
        elif form.cleaned_data.get(REMOVE):
            edits.delete_credential(obj)
        elif EXPIRY in form.changed_data:
            edits.set_expiry(obj, form.cleaned_data[EXPIRY])

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        edits.delete(obj.tenant_id, [obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        of_tenant: dict[UUID, list[UUID]] = defaultdict(list)
        for pk, tenant_id in queryset.values_list("pk", "tenant_id"):
            of_tenant[tenant_id].append(pk)
        for tenant_id, ids in of_tenant.items():
            edits.delete(tenant_id, ids)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say how much goes, instead of listing what can be millions of rows."""
        names = [str(connection) for connection in objs[:NAMES_SHOWN]]
        return names, {"connections, with their history": len(objs)}, set(), []

    # --- Actions ----------------------------------------------------------------------------

    @admin.action(description="Pause selected connections", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        self._switch(request, queryset, edits.pause, "paused")

    @admin.action(description="Resume selected connections", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        self._switch(request, queryset, edits.resume, "resumed: they are checked at once")

    def _switch(
        self,
        request: HttpRequest,
        queryset: QuerySet[Connection],
        switch: Callable[[Connection], Connection],
        word: str,
    ) -> None:
        chosen = list(queryset[: MOST_SWITCHED + 1])
        if len(chosen) > MOST_SWITCHED:
            messages.error(request, f"Select at most {MOST_SWITCHED} connections at a time.")
            return
        disabled = []
        for connection in chosen:
            try:
                switch(connection)
            except edits.IsDisabled:
                disabled.append(connection.name)
            else:
                self.log_change(request, connection, f"{word.partition(':')[0].capitalize()}.")
        if switched := len(chosen) - len(disabled):
            messages.success(request, f"{switched} {word}.")
        if disabled:
            text = f"Disabled, so left alone; set their status instead: {', '.join(disabled)}."
            messages.warning(request, text)

    # --- What is shown ----------------------------------------------------------------------

    @admin.display(description="integration")
    def integration_name(self, connection: Connection) -> SafeString:
        integration = connection.integration
        url = reverse("admin:integrations_integration_change", args=[integration.pk])
        return format_html('<a href="{}">{}</a>', url, integration.name)

    @admin.display(description="tenant")
    def tenant_name(self, connection: Connection) -> str:
        return connection.tenant.name

    @admin.display(description="health")
    def health_word(self, connection: Connection) -> SafeString:
        return badges.health_badge(getattr(connection, "health", None))

    @admin.display(description="last check (UTC)")
    def last_checked(self, connection: Connection) -> str:
        health = getattr(connection, "health", None)
        moment = health and health.last_health_check_at
        return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "never"

    @admin.display(description="credential")
    def credential_state(self, connection: Connection) -> str:
        if connection.integration.auth["type"] == "none":
            return "none needed"
        state = connection.credential_state().label
        credential = getattr(connection, "credential", None)
        if credential is None or credential.expires_at is None:
            return state
        if credential.refresh_due_at is not None:
            return f"{state}, refreshed by itself"
        return f"{state}, until {credential.expires_at:%Y-%m-%d %H:%M}"

    @admin.display(description="secret")
    def secret_state(self, connection: Connection) -> str:
        return f"set on {connection.credential.updated_at:%Y-%m-%d %H:%M} (UTC), never shown"

    @admin.display(description="every")
    def every(self, connection: Connection) -> str:
        return f"{connection.effective_interval_minutes} min"


def _credential_fieldsets(
    connection: Connection | None, secret: list[str], note: SafeString
) -> list[Any]:
    """Return where a secret is entered: folded where one is there already."""
    credential = getattr(connection, "credential", None)
    if credential is None:
        return [("Credential", {"fields": ("credential_state", *secret), "description": note})]
    has_tokens = credential.kind == OAUTH2  # they bring their own expiry
    shown = [name for name in secret if name == EXPIRY and not has_tokens]
    state = {"fields": ("credential_state", "secret_state", *shown), "description": note}
    if not secret:
        return [("Credential", state)]
    replacing = {
        "classes": ("collapse",),
        "fields": [name for name in secret if name not in shown],
        "description": _FORGETS_TOKENS if has_tokens else "",
    }
    return [("Credential", state), ("Replace or remove the secret", replacing)]


def _chosen_integration(request: HttpRequest) -> Integration | None:
    """The integration that the first step put into the address."""
    try:
        pk = UUID(request.GET.get("integration", ""))
    except ValueError:
        return None
    return Integration.objects.select_related("tenant").filter(pk=pk).first()
