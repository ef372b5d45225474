"""A provider's TOML file, read and checked. What is wrong is said with file and field."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from integrations.auth import SCHEMES, secret_fields, validate_auth
from integrations.fitting import action_misfits, misfits, needed_variables
from integrations.response_rules import is_single_place, validate_response_rules
from integrations.templates import (
    validate_base_url,
    validate_header_name,
    validate_headers,
    validate_path,
)


class CatalogueError(Exception):
    """A provider's file is wrong. The text names the file and the field."""


class _Misplaced(Exception):
    """`text` is wrong with what stands at `place`."""

    def __init__(self, place: str, text: str) -> None:
        super().__init__(f"{place}: {text}")


class _Strict(serializers.Serializer[dict[str, Any]]):
    """Refuses fields that it does not know."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError({min(unknown): ["Unknown field."]})
        checked: dict[str, Any] = super().to_internal_value(data)
        return checked


class _TestAction(_Strict):
    name = serializers.CharField()
    method = serializers.ChoiceField(choices=["GET", "POST"], default="GET")
    path = serializers.CharField(validators=[validate_path])
    headers = serializers.JSONField(default=dict, validators=[validate_headers])
    body = serializers.JSONField(default=None)
    read_only = serializers.BooleanField(default=False)  # type: ignore[assignment]
    response_rules = serializers.JSONField(default=dict, validators=[validate_response_rules])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["method"] == "POST" and not attrs["read_only"]:
            text = "A test action that POSTs must be marked: read_only = true."
            raise serializers.ValidationError({"read_only": [text]})
        return attrs


class _RateLimit(_Strict):
    requests = serializers.IntegerField(min_value=1, default=None)
    per_seconds = serializers.IntegerField(min_value=1, default=None)
    scope = serializers.CharField()
    note = serializers.CharField(default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["requests"] is None) != (attrs["per_seconds"] is None):
            text = "Give requests and per_seconds, or neither."
            raise serializers.ValidationError({"requests": [text]})
        return attrs


def _validate_place(path: str) -> None:
    if not path.startswith("$.") or not is_single_place(path):
        raise serializers.ValidationError("Give a JSONPath to one place, such as $.expires_at.")


class _Expiry(_Strict):
    header = serializers.CharField(default=None, validators=[validate_header_name])
    path = serializers.CharField(default=None, validators=[_validate_place])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["header"] is None) == (attrs["path"] is None):
            raise serializers.ValidationError({"header": ["Give either a header or a path."]})
        return attrs


class _ProviderFile(_Strict):
    """What a provider's file holds; the ways to authenticate are looked at by `_read_way`."""

    name = serializers.CharField()
    category = serializers.RegexField(r"^[a-z]+(_[a-z]+)*$")
    base_url = serializers.CharField(validators=[validate_base_url])
    variables = serializers.DictField(child=serializers.CharField(), default=dict)
    auth = serializers.DictField(default=lambda: {"type": "none"})
    auth_alternatives = serializers.ListField(child=serializers.DictField(), default=list)
    headers = serializers.JSONField(default=dict, validators=[validate_headers])
    test_action = _TestAction()
    interval_minutes = serializers.IntegerField(min_value=1, default=None)
    requests_per_second = serializers.FloatField(min_value=0.01, default=None)
    rate_limit = _RateLimit(default=None)
    expiry = _Expiry(default=None)
    status_page = serializers.URLField(default=None)
    docs = serializers.URLField(default=None)
    notes = serializers.ListField(child=serializers.CharField(), default=list)
    messages = serializers.DictField(child=serializers.CharField(), default=dict)
    sources = serializers.DictField(child=serializers.CharField(), default=dict)
    unverified = serializers.ListField(child=serializers.CharField(), default=list)


class _Way(serializers.Serializer[dict[str, Any]]):
    """What stands beside the `auth` itself; what is left out is the provider's."""

    title = serializers.CharField(default=None)
    labels = serializers.DictField(child=serializers.CharField(), default=dict)
    masked = serializers.DictField(child=serializers.BooleanField(), default=dict)
    base_url = serializers.CharField(default=None, validators=[validate_base_url])
    variables = serializers.DictField(child=serializers.CharField(), default=dict)
    test_action = _TestAction(default=None)


def read_file(path: Path) -> dict[str, Any]:
    """Return the facts of one file, with `ways` to authenticate, the default first.

    Raises CatalogueError with the file and the field.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path.name}: not valid TOML: {error}") from None
    try:
        return _check(given)
    except _Misplaced as error:
        raise CatalogueError(f"{path.name}: {error}") from None


def _check(given: Mapping[str, Any]) -> dict[str, Any]:
    facts = _valid("", _ProviderFile(data=given))
    auth, others = facts.pop("auth"), facts.pop("auth_alternatives")
    shared = {name: facts.pop(name) for name in ("base_url", "variables", "test_action")}
    given_ways = {"auth": auth} | {f"auth_alternatives.{n}": way for n, way in enumerate(others)}
    facts["ways"] = [
        _read_way(place, way, shared | {"headers": facts["headers"]})
        for place, way in given_ways.items()
    ]
    known = [(way["auth"], way["base_url"]) for way in facts["ways"]]
    if alike := [place for place, way in enumerate(known[1:]) if way in known[: place + 1]]:
        text = "its auth and base URL are those of a way before it."
        raise _Misplaced(f"auth_alternatives.{alike[0]}", text)
    used = {name for way in facts["ways"] for name in way["variables"]}
    if unused := set(shared["variables"]) - used:
        raise _Misplaced("variables", f"{min(unused)} stands nowhere.")
    for fact in facts["unverified"]:
        if not _stands_at(fact, given):
            raise _Misplaced("unverified", f"there is no {fact}.")
    return facts


def _read_way(place: str, given: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return one way to authenticate; what it leaves out is `shared` by all."""
    beside = _Way().fields
    way = _valid(f"{place}.", _Way(data={name: given[name] for name in given if name in beside}))
    auth = {name: value for name, value in given.items() if name not in beside}
    try:
        validate_auth(auth)
    except ValidationError as error:
        raise _Misplaced(place, str(error.message)) from None
    fields = secret_fields(auth)
    for part in ("labels", "masked"):
        if unknown := set(way[part]) - {field.name for field in fields}:
            raise _Misplaced(f"{place}.{part}", f"the secret has no {min(unknown)}.")
    base_url = way["base_url"] or shared["base_url"]
    action = way["test_action"] or shared["test_action"]
    for wrong, text in misfits(auth=auth, base_url=base_url, headers=shared["headers"]).items():
        raise _Misplaced(place if wrong == "auth" else wrong, text)
    for wrong, text in action_misfits(auth=auth, base_url=base_url, action=action).items():
        raise _Misplaced(f"test_action.{wrong}", text)
    described = {**shared["variables"], **way["variables"]}
    needed = needed_variables(auth, base_url + action["path"])
    if undescribed := set(needed) - set(described):
        raise _Misplaced("variables", f"{min(undescribed)} is not described.")
    return {
        "title": way["title"] or SCHEMES[auth["type"]].label,
        "auth": auth,
        "base_url": base_url,
        "variables": {name: described[name] for name in needed},
        "secret_fields": tuple(
            replace(
                field,
                label=way["labels"].get(field.name, field.label),
                masked=way["masked"].get(field.name, field.masked),
            )
            for field in fields
        ),
        "test_action": action,
    }


def _stands_at(place: str, facts: Any) -> bool:
    """Whether there is something at a place such as `auth_alternatives.0.scopes`."""
    for step in place.split("."):
        if isinstance(facts, list) and step.isdecimal() and int(step) < len(facts):
            facts = facts[int(step)]
        elif isinstance(facts, Mapping) and step in facts:
            facts = facts[step]
        else:
            return False
    return True


def _valid(place: str, form: serializers.Serializer[dict[str, Any]]) -> dict[str, Any]:
    if not form.is_valid():
        raise _Misplaced(*_first_error(place, form.errors))
    checked: dict[str, Any] = form.validated_data
    return checked


def _first_error(place: str, errors: Any) -> tuple[str, str]:
    """Return the place and the text of the first of a serializer's nested errors."""
    if isinstance(errors, Mapping):
        name, below = next(iter(errors.items()))
        return _first_error(f"{place}{name}.", below)
    return place.removesuffix("."), str(errors[0])
