"""The forms of the admin for integrations and actions."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import JSONField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations import auth_form
from integrations.catalogue import providers
from integrations.edits import is_chosen, losses
from integrations.fitting import ACTION_PARTS, INTEGRATION_PARTS, action_misfits, misfits
from integrations.models import Action, Integration
from tenants.admin_bases import InlineFormSet, ModelForm

COMMAS = "Separated by commas."
_USE = "use_as_test"


def _example(text: str, example: str) -> SafeString:
    return format_html("{}. For example <code>{}</code>", text, example)


class JsonForm(ModelForm):
    """A form whose JSON fields may be left empty: then they have their default."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field in self._meta.model._meta.fields:
            if isinstance(field, JSONField) and not cleaned.get(field.name, True):
                cleaned[field.name] = field.get_default()
        return cleaned


class IntegrationForm(JsonForm):
    """`auth` is entered by the fields of `auth_form`. The provider cannot be changed later."""

    provider = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Integration
        exclude = ("auth", "test_action")
        widgets: ClassVar = {"base_url": forms.TextInput(attrs={"size": 80})}
        help_texts: ClassVar = {
            "tags": COMMAS,
            "headers": _example("Sent with every action", '{"Accept": "application/json"}'),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**auth_form.as_initial(self.instance.auth), **self.initial}

    def clean_provider(self) -> str:
        slug: str = self.cleaned_data["provider"]
        if slug and slug not in providers():
            raise ValidationError("The catalogue has no such provider.")
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if auth_form.TYPE in cleaned:
            self.instance.auth = auth_form.as_entered(cleaned)
            for field, error in auth_form.faults(self.instance.auth).items():
                self.add_error(field, error)
        return cleaned

    def _post_clean(self) -> None:
        """Each field is as it should be: do they go together?"""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        parts = {name: getattr(self.instance, name) for name in INTEGRATION_PARTS}
        adding = self.instance._state.adding
        provider = providers().get(self.instance.provider) if adding else None
        brought = [provider.chosen(parts).test_action] if provider else []
        wrong = misfits(**parts, actions=brought)
        if not adding:
            wrong |= losses(Integration.objects.get(pk=self.instance.pk), parts)
        for name, text in wrong.items():
            self.add_error(auth_form.TYPE if name == "auth" else name, text)


INTEGRATION_FORM: type[IntegrationForm] = type(
    "IntegrationForm", (IntegrationForm,), auth_form.auth_fields()
)


class ActionForm(JsonForm):
    position = forms.IntegerField(
        required=False, min_value=0, max_value=1_000_000, help_text="Blank: behind the others."
    )
    use_as_test = forms.BooleanField(
        required=False,
        label="Use as test action",
        help_text="One at most. None: the first that suits.",
    )

    class Meta:
        model = Action
        exclude: tuple[str, ...] = ("tenant",)
        widgets: ClassVar = {"path": forms.TextInput(attrs={"size": 60})}
        help_texts: ClassVar = {
            "tags": COMMAS,
            "parameters": _example("A list", '[{"name": "limit", "in": "query", "default": "1"}]'),
            "headers": _example("An object of texts", '{"Accept": "application/json"}'),
            "body": _example("Any JSON; blank: none is sent", '{"query": "{ viewer { id } }"}'),
            "response_rules": _example(
                "Blank: 2xx is success, 401 a bad credential",
                '{"success": {"body": [{"path": "$.ok", "op": "equals", "value": true}]}}',
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["position"] = None

    def clean_position(self) -> int | None:
        position: int | None = self.cleaned_data["position"]
        if position is None and not self.instance._state.adding:
            position = self.instance.position
        return position


class SingleActionForm(ActionForm):
    """One action on a page of its own."""

    USE = _USE

    class Meta(ActionForm.Meta):
        exclude = ("tenant", "integration")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial[_USE] = self.instance.pk == self.instance.integration.test_action_id

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        _refuse_misfits(self, self.instance.integration)
        _refuse_harm_to_others(self)
        if self.cleaned_data[_USE]:
            _refuse_harmful(self)


class ActionFormSet(InlineFormSet):
    """The actions as they shall be must go together with the integration as it shall be.

    `test_action_form` is that of the action that was chosen as the test action.
    """

    test_action_form: ActionForm | None = None

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.initial[_USE] = form.instance.pk == self.instance.test_action_id

    def clean(self) -> None:
        super().clean()
        kept = [
            form
            for form in self.forms
            if form.is_valid() and form.cleaned_data and form not in self.deleted_forms
        ]
        self.test_action_form = self._chosen(kept)
        try:
            self.instance.clean_fields()
        except ValidationError:
            return  # the integration's own form says so
        for form in kept:
            _refuse_misfits(form, self.instance)
            _refuse_harm_to_others(form)

    def _chosen(self, kept: list[ActionForm]) -> ActionForm | None:
        """Who ticks another one need not untick the one before."""
        ticked = [form for form in kept if form.cleaned_data[_USE]]
        others = [form for form in ticked if not form.initial[_USE]]
        if len(others) > 1:
            raise ValidationError("Only one action can be the test action: tick one.")
        chosen = next(iter(others or ticked), None)
        if chosen:
            _refuse_harmful(chosen)
        return chosen


def _refuse_harmful(form: ActionForm) -> None:
    if not form.instance.harmless:
        form.add_error(_USE, "It must be harmless: a GET, a HEAD, or a POST marked as read-only.")


def _refuse_harm_to_others(form: ActionForm) -> None:
    """Connections can have chosen the action for themselves, while it was harmless."""
    now = form.instance
    if now.harmless or now._state.adding or not {"method", "read_only"} & set(form.changed_data):
        return
    before = Action(method=form.initial["method"], read_only=form.initial["read_only"])
    if before.harmless and is_chosen(now):
        form.add_error("read_only", "Connections have it as test action: it must stay harmless.")


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
