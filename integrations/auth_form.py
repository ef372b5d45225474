"""The options of every way to authenticate as fields of a form, one for each name."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from integrations.auth import SCHEMES, AuthScheme, scheme_of, validate_auth
from integrations.auth_fields import AuthOption
from integrations.json_fields import StorableJson

TYPE = "auth_type"
_PREFIX = "auth_"
_WIDE = {"size": 60}


class WordList(forms.CharField):
    """A list of words, entered with spaces or line ends between them: a scope can have commas."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return (value or "").split()


def auth_fields() -> dict[str, forms.Field]:
    """Return the form's fields: the type, then each option of any type."""
    takers = defaultdict(list)
    for scheme in SCHEMES.values():
        for option in scheme.options:
            takers[option.name].append((scheme, option))
    types = forms.ChoiceField(
        label="Authentication", choices=[(s.type, s.label) for s in SCHEMES.values()]
    )
    return {TYPE: types} | {_PREFIX + name: _field(taking) for name, taking in takers.items()}


def as_initial(auth: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields hold for an `auth`."""
    return {_PREFIX + name: value for name, value in auth.items()}


def as_entered(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `auth` that was entered: of the chosen type, without what was left empty."""
    scheme = SCHEMES[cleaned[TYPE]]
    values = {option.name: cleaned.get(_PREFIX + option.name) for option in scheme.options}
    return {"type": scheme.type} | {name: value for name, value in values.items() if value}


def faults(auth: Mapping[str, Any]) -> dict[str, ValidationError]:
    """Return what is wrong with an `auth`, by the form's field."""
    found = {}
    for option in scheme_of(auth).options:
        try:
            if option.name in auth:
                option.validate(auth[option.name])
            elif option.required:
                raise ValidationError("This way to authenticate needs it.")
        except ValidationError as error:
            found[_PREFIX + option.name] = error
    if not found:
        try:
            validate_auth(auth)
        except ValidationError as error:
            found[TYPE] = error
    return found


def _field(takers: Sequence[tuple[AuthScheme, AuthOption]]) -> forms.Field:
    """Return the field of an option; its widget says for which types it is there."""
    option = takers[0][1]
    field = _field_of(option)
    field.required = False
    words = re.sub(r"([A-Z])", r" \1", option.name).capitalize()
    field.label = words.replace(" url", " URL")
    field.help_text = " ".join(
        f"{scheme.label}: {option.label}{'' if option.required else ' (optional)'}."
        for scheme, option in takers
    )
    if isinstance(field, WordList):
        field.help_text += " Separated by spaces or lines."
    field.widget.attrs["data-auth-types"] = " ".join(scheme.type for scheme, _ in takers)
    return field


def _field_of(option: AuthOption) -> forms.Field:
    match option.schema:
        case {"type": "array"}:
            return WordList(widget=forms.Textarea(attrs={"rows": 2, "cols": 60}))
        case {"enum": values}:
            empty = [] if option.required else [("", "as usual")]
            return forms.ChoiceField(choices=[*empty, *((value, value) for value in values)])
        case {"oneOf": _}:
            return StorableJson()
        case _:
            return forms.CharField(widget=forms.TextInput(attrs=_WIDE))
