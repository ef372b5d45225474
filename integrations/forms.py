"""The forms of the admin for integrations and actions."""

import io
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import JSONField
from rest_framework.exceptions import ParseError

from api.parsing import JsonBody
from integrations.auth import SCHEMES, validate_auth
from integrations.catalogue import providers
from integrations.fitting import ACTION_PARTS, INTEGRATION_PARTS, action_misfits, misfits
from integrations.models import Action, Integration
from tenants.admin_bases import InlineFormSet, ModelForm


class StorableJson(forms.JSONField):
    """JSON by the rules of the API's bodies: nothing that PostgreSQL could not store."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 80})

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
        except RecursionError:
            raise ValidationError("This is nested too deeply.") from None
        if isinstance(value, str) and value.strip():
            try:
                JsonBody().parse(io.BytesIO(value.encode(errors="surrogatepass")))
            except ParseError as error:
                raise ValidationError(str(error.detail)) from None
        return found


COMMAS = "Separated by commas."
JSON_FIELDS: Mapping[Any, Mapping[str, Any]] = {JSONField: {"form_class": StorableJson}}


class JsonForm(ModelForm):
    """A form whose JSON fields may be left empty: then they have their default."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if isinstance(field, StorableJson) and name in cleaned and not cleaned[name]:
                cleaned[name] = self._empty(name)
        return cleaned

    def _empty(self, name: str) -> Any:
        return self._meta.model._meta.get_field(name).get_default()


class IntegrationForm(JsonForm):
    """`auth` is entered as its type and its options. The provider cannot be changed later."""

    provider = forms.CharField(required=False, widget=forms.HiddenInput)
    auth_type = forms.ChoiceField(
        label="Authentication", choices=[(s.type, s.label) for s in SCHEMES.values()]
    )
    auth_options = StorableJson(required=False, label="Its options", initial=dict)

    class Meta:
        model = Integration
        exclude = ("auth",)
        widgets: ClassVar = {"base_url": forms.TextInput(attrs={"size": 80})}
        help_texts: ClassVar = {"tags": COMMAS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        auth = dict(self.instance.auth)
        self.initial.setdefault("auth_type", auth.pop("type"))
        self.initial.setdefault("auth_options", auth)
        self.fields["auth_options"].help_text = _explain_options()
        if "test_action" in self.fields:
            offer_test_actions(self.fields["test_action"], self.instance, "the first that suits")

    def clean_provider(self) -> str:
        slug: str = self.cleaned_data["provider"]
        if slug and slug not in providers():
            raise ValidationError("The catalogue has no such provider.")
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        options = cleaned.get("auth_options")
        if isinstance(options, dict) and "auth_type" in cleaned:
            auth = {**options, "type": cleaned["auth_type"]}
            try:
                validate_auth(auth)
            except ValidationError as error:
                self.add_error("auth_options", error)
            self.instance.auth = auth
        elif "auth_options" in cleaned:
            self.add_error("auth_options", "Give the options as an object.")
        return cleaned

    def _post_clean(self) -> None:
        """Each field is as it should be: do they go together?"""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        parts = {name: getattr(self.instance, name) for name in INTEGRATION_PARTS}
        provider = providers().get(self.instance.provider) if self.instance._state.adding else None
        brought = [provider.test_action] if provider else []
        for name, text in misfits(**parts, actions=brought).items():
            self.add_error("auth_options" if name == "auth" else name, text)

    def _empty(self, name: str) -> Any:
        return {} if name == "auth_options" else super()._empty(name)


class ActionForm(JsonForm):
    position = forms.IntegerField(
        required=False, min_value=0, max_value=1_000_000, help_text="Blank: behind the others."
    )

    class Meta:
        model = Action
        exclude = ("tenant",)
        widgets: ClassVar = {"path": forms.TextInput(attrs={"size": 60})}
        help_texts: ClassVar = {"tags": COMMAS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["position"] = None

    def clean_position(self) -> int | None:
        position: int | None = self.cleaned_data["position"]
        if position is None and not self.instance._state.adding:
            position = self.instance.position
        return position


class ActionFormSet(InlineFormSet):
    """The actions as they shall be must go together with the integration as it shall be."""

    def clean(self) -> None:
        super().clean()
        try:
            self.instance.clean_fields()
        except ValidationError:
            return  # the integration's own form says so
        for form in self.forms:
            if form.is_valid() and form.cleaned_data and form not in self.deleted_forms:
                _refuse_misfits(form, self.instance)


def _refuse_misfits(form: ModelForm, integration: Integration) -> None:
    action = {name: getattr(form.instance, name) for name in ACTION_PARTS}
    wrong = action_misfits(auth=integration.auth, base_url=integration.base_url, action=action)
    for name, text in wrong.items():
        form.add_error(name, text)


def offer_test_actions(field: forms.Field, integration: Integration, otherwise: str) -> None:
    """Let a field choose, and accept, only what a health check of `integration` may execute.

    `otherwise` says what happens without a choice.
    """
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError("The field does not choose an action.")
    own = [action.pk for action in integration.actions.all() if action.harmless]
    field.queryset = Action.objects.filter(pk__in=own)
    field.empty_label = otherwise


def _explain_options() -> str:
    lines = []
    for scheme in SCHEMES.values():
        options = [
            f"{option.name} ({option.label}{'' if option.required else '; optional'})"
            for option in scheme.options
        ]
        if scheme.fills:
            options.append(f"none, but {{{scheme.fills[0]}}} in the base URL or in each path")
        if options:
            lines.append(f"{scheme.label}: {', '.join(options)}.")
    return f"A JSON object. {' '.join(lines)} Others have none: {json.dumps({})}"
