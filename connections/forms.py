"""The admin's forms for connections. A secret can be entered, never seen."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect
from django.core.exceptions import ValidationError

from connections.edits import ENTER_AGAIN, NewCredential
from connections.encryption import DecryptionError
from connections.models import Connection
from connections.oauth.clients import client_of
from connections.oauth.consent import entered
from integrations.auth import secret_fields, validate_secret
from integrations.auth_fields import SecretField
from integrations.catalogue import described_secret_fields, providers
from integrations.fitting import check_variables, needed_variables
from integrations.forms import COMMAS, JsonForm, offer_test_actions
from integrations.models import Integration
from integrations.oauth2 import AUTHORIZATION_CODE, OAUTH2

EXPIRY, REMOVE = "credential_expires_at", "remove_credential"
_SECRET, _VARIABLE = "secret_", "variable_"
_KEEP = "Stored, and never shown. Leave it empty to keep it."
_UNREADABLE = "The stored secret cannot be read any more: enter all of it."


class IntegrationChoice(forms.Form):
    """The first step to a new connection: its integration decides what else to ask for."""

    def __init__(self, site: admin.AdminSite) -> None:
        super().__init__()
        field = Connection._meta.get_field("integration")
        self.fields["integration"] = forms.ModelChoiceField(
            Integration.objects.all(), widget=AutocompleteSelect(field, site)
        )


class ConnectionForm(JsonForm):
    """Made for one integration by `form_for`. `kept` is what was entered before: a field of it that
    is left empty stays."""

    integration: ClassVar[Integration]
    kept: ClassVar[Mapping[str, str]]
    new_credential: NewCredential | None = None

    class Meta:
        model = Connection
        fields = (
            "name", "status", "variables", "interval_minutes", "health_check_test_action", "tags",
        )  # fmt: skip
        help_texts: ClassVar = {"tags": COMMAS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.integration, self.instance.tenant = (
                self.integration,
                self.integration.tenant,
            )
        if "variables" not in self.fields:
            return  # for somebody who may look and not change
        stored = dict(self.initial.get("variables", {}))
        for name in self._needed:
            self.initial[_VARIABLE + name] = stored.pop(name, "")
        self.initial["variables"] = stored
        self.fields["variables"].label = "Other variables"
        self.fields["variables"].help_text = "A JSON object of names and texts."
        offer_test_actions(
            self.fields["health_check_test_action"], self.integration, "the integration's"
        )

    @property
    def _needed(self) -> list[str]:
        return needed_variables(self.integration.auth, self.integration.base_url)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._put_variables_together(cleaned)
        fields = secret_fields(self.integration.auth)
        new = {f.name: text for f in fields if (text := cleaned.get(_SECRET + f.name))}
        moved = self._moved(cleaned)
        if not new:
            self._check_lone_expiry(cleaned)
            if moved and not cleaned.get(REMOVE):
                self.add_error(moved, ENTER_AGAIN)
            return cleaned
        if cleaned.get(REMOVE):
            self.add_error(REMOVE, "Either enter a new secret or remove the old one.")
        kept = {name for name, text in self.kept.items() if text}
        for name in kept - set(new) if moved else ():
            self.add_error(_SECRET + name, ENTER_AGAIN)
        self._take_secret({f.name: "" for f in fields if f.required} | {**self.kept, **new})
        return cleaned

    def _take_secret(self, secret: dict[str, str]) -> None:
        auth = self.integration.auth
        for field in secret_fields(auth):
            if field.name in secret:
                self._check(_SECRET + field.name, field.validate, secret[field.name])
        if not self.errors:
            self._check(None, partial(validate_secret, auth), secret)
        if auth["type"] == OAUTH2 and secret == self.kept:
            return  # else the tokens that the provider gave since would go for nothing
        self.new_credential = NewCredential(secret=secret, expires_at=self.cleaned_data.get(EXPIRY))

    def _moved(self, cleaned: dict[str, Any]) -> str | None:
        """Return the field by which the stored secret would belong to another host."""
        new, old = cleaned.get("variables"), self.instance.variables
        if self.errors or self.instance._state.adding or not isinstance(new, dict):
            return None
        if not self.instance.would_strand(new):
            return None
        return _VARIABLE + next(name for name in self._needed if new.get(name) != old.get(name))

    def _check_lone_expiry(self, cleaned: dict[str, Any]) -> None:
        """It is that of the secret which is there; but tokens of OAuth 2 bring their own."""
        bring_their_own = self.integration.auth["type"] == OAUTH2
        is_new = EXPIRY in self.changed_data and not cleaned.get(REMOVE)
        if is_new and (bring_their_own or REMOVE not in self.fields):
            self.add_error(EXPIRY, "Here an expiry belongs to a secret: enter the secret too.")

    def _check(self, field: str | None, validate: Callable[[Any], None], value: Any) -> None:
        try:
            validate(value)
        except ValidationError as error:
            self.add_error(field, error)

    def _put_variables_together(self, cleaned: dict[str, Any]) -> None:
        others = cleaned.get("variables")
        if not isinstance(others, dict):
            return  # the field or the model refuses it
        entered = {name: cleaned.get(_VARIABLE + name, "") for name in self._needed}
        if twice := set(entered) & set(others):
            self.add_error("variables", f"{min(twice)} has a field of its own.")
        validate = partial(check_variables, self.integration)
        filled = dict.fromkeys(entered, "x")  # each by itself, so that the right one is named
        self._check("variables", validate, {**others, **filled})
        for name, text in entered.items():
            if text:
                self._check(_VARIABLE + name, validate, {**filled, name: text})
        cleaned["variables"] = {**others, **entered}


def form_for(
    integration: Integration, connection: Connection | None = None
) -> type[ConnectionForm]:
    """Return the form for a connection of `integration`; without one, for a new one."""
    held = getattr(connection, "credential", None)
    kept = _kept(connection) if connection else {}
    fields: dict[str, Any] = {
        "integration": integration,
        "kept": kept or {},
        **_variable_fields(integration),
    }
    wanted = described_secret_fields(integration.provider, integration.auth, integration.base_url)
    hints = _consent_hints(integration)
    for field in wanted:
        hint = _UNREADABLE if kept is None else hints.get(field.name, "")
        fields[_SECRET + field.name] = forms.CharField(
            label=field.label,
            required=False,
            strip=False,
            widget=_secret_input(field),
            help_text=_KEEP if kept and field.name in kept else hint,
        )
    if wanted:
        fields[EXPIRY] = forms.SplitDateTimeField(
            label="Expires at (UTC)",
            required=False,
            widget=AdminSplitDateTime,
            initial=held and held.entered_expiry,
            help_text="Blank: what the secret itself or its provider tells, else never."
            + (" With a new secret, change it too." if held else ""),
        )
    if held:
        fields[REMOVE] = forms.BooleanField(label="Remove the credential", required=False)
    return type("ConnectionForm", (ConnectionForm,), fields)


def _kept(connection: Connection) -> Mapping[str, str] | None:
    """Return what was entered before; None where it cannot be read."""
    try:
        return entered(connection)
    except DecryptionError:
        return None


def _secret_input(field: SecretField) -> forms.Widget:
    if field.masked:
        return forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60})
    return forms.TextInput(attrs={"autocomplete": "off", "size": 60})


def _consent_hints(integration: Integration) -> dict[str, str]:
    """Return what to say of the fields that a consent makes unnecessary."""
    if integration.auth.get("grantType") != AUTHORIZATION_CODE:
        return {}
    try:
        is_set = client_of(integration, {}) is not None
    except DecryptionError:
        is_set = False
    client = "Leave it empty to use the operator's client." if is_set else ""
    tokens = "Leave it empty: it comes by “Connect”, after saving."
    return {"clientId": client, "clientSecret": client} | dict.fromkeys(
        ("accessToken", "refreshToken"), tokens
    )


def variable_fields(form: type[ConnectionForm]) -> list[str]:
    """Return the names of the form's fields for the variables that the integration needs."""
    return [name for name in form.base_fields if name.startswith(_VARIABLE)]


def credential_fields(form: type[ConnectionForm]) -> list[str]:
    """Return the names of the form's fields that are about the credential."""
    others = {*form.Meta.fields, *variable_fields(form)}
    return [name for name in form.base_fields if name not in others]


def _variable_fields(integration: Integration) -> dict[str, forms.Field]:
    provider = providers().get(integration.provider)
    known = provider.variables if provider else {}
    return {
        _VARIABLE + name: forms.CharField(
            label=name,
            widget=forms.TextInput(attrs={"size": 60}),
            help_text=known.get(name, "Part of the URL."),
        )
        for name in needed_variables(integration.auth, integration.base_url)
    }
