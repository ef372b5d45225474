"""The admin of OAuth: the operator's clients, and the consent for a connection."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters

from connections.models import OAuthClient
from connections.oauth import clients, consent
from integrations.catalogue import providers
from integrations.models import Integration
from integrations.oauth2 import AUTHORIZATION_CODE
from tenants.admin_bases import ModelAdmin, ModelForm

_ENTERED = "client_secret"


def consent_note(integration: Integration) -> SafeString:
    """Return what a person who enters a client must know; nothing where nobody consents."""
    if integration.auth.get("grantType") != AUTHORIZATION_CODE:
        return SafeString("")
    return format_html(
        "Save, then “Connect” at the top of the page. A client of your own needs this redirect URI"
        " registered with the provider: <code>{}</code>",
        consent.redirect_uri(),
    )


class Connecting(ModelAdmin):
    """Lets a connection's page send the person to its provider, who leads back to the page."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        _tell_outcome(request)
        connection = context["original"]
        if connection and connection.integration.auth.get("grantType") == AUTHORIZATION_CODE:
            try:
                consent.invite(connection)
                context["can_connect"] = True
            except consent.CannotConsent as reason:
                context["cannot_connect"] = str(reason)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.connect_view)
        own = path("<uuid:pk>/connect/", view, name="connections_connection_connect")
        return [own, *super().get_urls()]

    def connect_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        connection = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, connection):
            raise PermissionDenied
        page = reverse("admin:connections_connection_change", args=[pk])
        try:
            started = consent.start(
                connection, session_key=request.session.session_key, return_to=page
            )
        except consent.CannotConsent as reason:
            messages.error(request, str(reason))
            return HttpResponseRedirect(page)
        self.log_change(request, connection, "Sent to the provider for consent.")
        return _lead_to_provider(request, started.authorization_url)


class OAuthClientForm(ModelForm):
    provider = forms.ChoiceField()
    client_secret = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60}),
    )

    class Meta:
        model = OAuthClient
        fields: ClassVar = ("provider", "client_id", _ENTERED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            self.fields["provider"] = forms.ChoiceField(choices=_consenting())
        if _ENTERED in self.fields and not self.instance._state.adding:
            text = "Stored, and never shown. Leave it empty to keep it."
            self.fields[_ENTERED].help_text = text

    def clean_client_secret(self) -> str:
        entered: str = self.cleaned_data[_ENTERED]
        if not entered and self.instance._state.adding:
            raise ValidationError("Enter the client's secret.")
        return entered


@admin.register(OAuthClient)
class OAuthClientAdmin(ModelAdmin):
    form = OAuthClientForm
    list_display = ("provider", "client_id", "updated_at")
    ordering = ("provider",)

    def get_readonly_fields(self, request: HttpRequest, obj: OAuthClient | None = None) -> Any:
        return () if obj is None else ("provider",)

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: OAuthClient, form: Any, change: bool) -> None:
        if secret := form.cleaned_data[_ENTERED]:
            obj.enter_secret(secret)
        super().save_model(request, obj, form, change)


def _lead_to_provider(request: HttpRequest, address: str) -> HttpResponse:
    """Not by a redirect: a browser refuses one to another site where a form was sent."""
    context = {"title": "Connecting", "address": address}
    page = render(request, "connections/leaving.html", context)
    page.headers["Refresh"] = f"0; url={address}"
    return page


def _tell_outcome(request: HttpRequest) -> None:
    """Say to who was led back from a provider what came of it."""
    if "connected" in request.GET:
        messages.success(request, consent.CONNECTED)
    elif (word := request.GET.get("notConnected")) in consent.WhyNot.values:
        messages.error(request, consent.WhyNot(word).label)


def _consenting() -> list[tuple[str, str]]:
    """Return the providers at which people can consent by the operator's client."""
    return [
        (provider.slug, provider.name)
        for provider in providers().values()
        if any(grant == AUTHORIZATION_CODE for grant, _ in clients.served_ways(provider.slug))
    ]
