"""The form of a channel: its fields, and what may be filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rest_framework import serializers

from api.serializers import ApiSerializer, Flag, Text
from egress.addresses import UrlRefused
from integrations.reach import check_reachable

MOST_RECIPIENTS = 20
_LONGEST = 2000  # characters
_ONE_LINE = r"[^\x00-\x1f\x7f]+"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a form. `pattern` is what a whole text must match; `wrong` says what to enter
    where it does not. `choices` are values with the words for them."""

    name: str
    label: str
    type: Literal["text", "url", "emails", "choice", "boolean"] = "text"
    secret: bool = False
    required: bool = True
    help: str = ""
    choices: Sequence[tuple[str, str]] | None = None
    pattern: str = _ONE_LINE
    wrong: str = "Enter one line."


def validate(
    fields: Sequence[Field], config: Mapping[str, Any], kept_secrets: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values to show and the secrets. Raises ValidationError (`Channel.validate`)."""
    declared = {
        field.name: _FIELDS[field.type](
            field, required=field.required and field.name not in kept_secrets
        )
        for field in fields
    }
    form: type[ApiSerializer] = type("ChannelForm", (ApiSerializer,), declared)
    checked = form(data=dict(config))
    checked.is_valid(raise_exception=True)
    filled = checked.validated_data
    secret = {field.name for field in fields if field.secret}
    return (
        {name: value for name, value in filled.items() if name not in secret},
        {**kept_secrets, **{name: value for name, value in filled.items() if name in secret}},
    )


def _text(field: Field, **options: Any) -> Text:
    return Text(max_length=_LONGEST, validators=[_Matches(field)], **options)


def _url(field: Field, **options: Any) -> Text:
    return Text(max_length=_LONGEST, validators=[_reachable], **options)


def _emails(field: Field, **options: Any) -> serializers.ListField:
    address = serializers.EmailField(max_length=254)
    return _Distinct(child=address, min_length=1, max_length=MOST_RECIPIENTS, **options)


def _choice(field: Field, **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(field.choices or ()), **options)


def _boolean(field: Field, **options: Any) -> Flag:
    return Flag(**options)


_FIELDS: Mapping[str, Callable[..., serializers.Field[Any, Any, Any, Any]]] = {
    "text": _text,
    "url": _url,
    "emails": _emails,
    "choice": _choice,
    "boolean": _boolean,
}


class _Distinct(serializers.ListField):
    def to_internal_value(self, data: Any) -> list[Any]:
        return list(dict.fromkeys(super().to_internal_value(data)))


class _Matches:
    def __init__(self, field: Field) -> None:
        self._field = field

    def __call__(self, value: str) -> None:
        if not re.fullmatch(self._field.pattern, value):
            raise serializers.ValidationError(self._field.wrong)


def _reachable(value: str) -> None:
    try:
        check_reachable(value)
    except UrlRefused as error:
        raise serializers.ValidationError(error.reason) from None
