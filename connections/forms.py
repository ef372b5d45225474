"""The admin's forms for connections. A secret can be entered, never seen."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect
from django.core.exceptions import ValidationError

from connections.edits import NewCredential
from connections.models import Connection
from integrations.auth import secret_fields, validate_secret
from integrations.catalogue import labelled_secret_fields, providers
from integrations.fitting import needed_variables, validate_filling
from integrations.forms import COMMAS, JsonForm, offer_test_actions
from integrations.models import Integration

EXPIRY, REMOVE = "credential_expires_at", "remove_credential"
_PREFIX = "secret_"


class IntegrationChoice(forms.Form):
    """The first step to a new connection: its integration decides what else to ask for."""

    def __init__(self, site: admin.AdminSite) -> None:
        super().__init__()
        field = Connection._meta.get_field("integration")
        self.fields["integration"] = forms.ModelChoiceField(
            Integration.objects.all(), widget=AutocompleteSelect(field, site)
        )


class ConnectionForm(JsonForm):
    """Made for one integration by `form_for`."""

    integration: ClassVar[Integration]
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
        names = needed_variables(self.integration.auth, self.integration.base_url)
        self.initial["variables"] = dict.fromkeys(names, "") | self.initial.get("variables", {})
        self.fields["variables"].help_text = self._explain_variables(names)
        offer_test_actions(
            self.fields["health_check_test_action"], self.integration, "the integration's"
        )

    def clean_variables(self) -> Any:
        variables = self.cleaned_data["variables"] or {}
        if not isinstance(variables, dict):
            return variables  # the model's own validator refuses it
        if all(isinstance(value, str) for value in variables.values()):
            validate_filling(self.integration.auth, self.integration.base_url, variables)
        return variables

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        fields = secret_fields(self.integration.auth)
        entered = {
            field.name: text
            for field in fields
            if (text := cleaned.get(_PREFIX + field.name, "")) or field.required
        }
        if not any(entered.values()):
            if cleaned.get(EXPIRY):
                self.add_error(EXPIRY, "An expiry belongs to a secret: enter the secret again.")
            return cleaned
        if cleaned.get(REMOVE):
            self.add_error(REMOVE, "Either enter a new secret or remove the old one.")
        for field in fields:
            if field.name in entered:
                self._check(_PREFIX + field.name, field.validate, entered[field.name])
        if not self.errors:
            self._check(None, partial(validate_secret, self.integration.auth), entered)
        self.new_credential = NewCredential(secret=entered, expires_at=cleaned.get(EXPIRY))
        return cleaned

    def _check(self, field: str | None, validate: Callable[[Any], None], value: Any) -> None:
        try:
            validate(value)
        except ValidationError as error:
            self.add_error(field, error)

    def _explain_variables(self, names: list[str]) -> str:
        provider = providers().get(self.integration.provider)
        known = provider.variables if provider else {}
        needed = "; ".join(f"{name}: {known.get(name, 'part of the URL')}" for name in names)
        return f"A JSON object. {needed}" if names else "A JSON object of names and texts."


def form_for(integration: Integration, *, held: bool) -> type[ConnectionForm]:
    """Return the form for a connection of `integration`; `held`: it has a credential."""
    wanted = labelled_secret_fields(integration.provider, integration.auth)
    fields: dict[str, Any] = {"integration": integration}
    for name, label in wanted.items():
        fields[_PREFIX + name] = forms.CharField(
            label=label,
            required=False,
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60}),
            help_text="Stored, and never shown. Leave it empty to keep it." if held else "",
        )
    if wanted:
        fields[EXPIRY] = forms.SplitDateTimeField(
            label="Expires at (UTC)",
            required=False,
            widget=AdminSplitDateTime,
            help_text="Of the secret that is entered here. Blank: never.",
        )
    if held:
        fields[REMOVE] = forms.BooleanField(label="Remove the credential", required=False)
    return type("ConnectionForm", (ConnectionForm,), fields)


def credential_fields(form: type[ConnectionForm]) -> list[str]:
    """Return the names of the form's fields that are about the credential."""
    return [name for name in form.base_fields if name not in form.Meta.fields]
