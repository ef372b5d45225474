"""The catalogue of providers: one TOML file each under `providers/`, discovered by its name."""

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from integrations.auth import secret_fields, validate_auth
from integrations.fitting import INTEGRATION_PARTS, action_misfits, misfits, needed_variables
from integrations.response_rules import validate_response_rules
from integrations.templates import (
    validate_base_url,
    validate_headers,
    validate_path,
)

FOLDER = Path(__file__).parent / "providers"


class CatalogueError(Exception):
    """A provider's file is wrong. The text names the file and the field."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The facts about one API.

    `variables` maps a name to its description; `secret_labels` a secret's field to what to
    enter there; `test_action` holds the fields of an Action; `messages` an error code to the
    provider's own words in the older vocabulary (`GET /health/integrations`); `unverified`
    lists the facts that no source confirmed.
    """

    slug: str
    name: str
    category: str
    base_url: str
    auth: Mapping[str, Any]
    test_action: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    secret_labels: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    interval_minutes: int | None = None
    requests_per_second: float | None = None
    status_page: str | None = None
    docs: str | None = None
    messages: Mapping[str, str] = field(default_factory=dict)
    unverified: Sequence[str] = ()


@functools.cache
def providers() -> Mapping[str, Provider]:
    """Return every provider by its slug. Raises CatalogueError."""
    return {path.stem: read_provider(path) for path in sorted(FOLDER.glob("*.toml"))}


def read_provider(path: Path) -> Provider:
    """Read and check one file. Raises CatalogueError with the file and the field."""
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path.name}: not valid TOML: {error}") from None
    return Provider(slug=path.stem, **_check(path.name, facts))


def labelled_secret_fields(provider: str, auth: Mapping[str, Any]) -> dict[str, str]:
    """Return what a secret for `auth` holds, each field with what to enter there.

    `provider` is the slug of the integration's; its own labels are for its own way to
    authenticate.
    """
    known = providers().get(provider)
    labels = known.secret_labels if known and known.auth["type"] == auth["type"] else {}
    return {field.name: labels.get(field.name, field.label) for field in secret_fields(auth)}


class _TestAction(serializers.Serializer[dict[str, Any]]):
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


class _ProviderFile(serializers.Serializer[dict[str, Any]]):
    """What a provider's file holds; `auth` has the labels of the secret's fields beside."""

    name = serializers.CharField()
    category = serializers.CharField()
    base_url = serializers.CharField(validators=[validate_base_url])
    variables = serializers.DictField(child=serializers.CharField(), default=dict)
    auth = serializers.DictField(default=lambda: {"type": "none"})
    headers = serializers.JSONField(default=dict, validators=[validate_headers])
    test_action = _TestAction()
    interval_minutes = serializers.IntegerField(min_value=1, default=None)
    requests_per_second = serializers.FloatField(min_value=0.01, default=None)
    status_page = serializers.URLField(default=None)
    docs = serializers.URLField(default=None)
    messages = serializers.DictField(child=serializers.CharField(), default=dict)
    unverified = serializers.ListField(child=serializers.CharField(), default=list)


def _check(file: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with their defaults. Raises CatalogueError."""
    form = _ProviderFile(data=facts)
    _refuse_unknown(file, "", facts, form)
    _refuse_unknown(file, "test_action.", facts.get("test_action", {}), _TestAction())
    if not form.is_valid():
        raise CatalogueError(f"{file}: {_first_error(form.errors)}")
    checked: dict[str, Any] = form.validated_data
    auth = checked["auth"]
    labels = checked["secret_labels"] = auth.pop("labels", {})
    try:
        validate_auth(auth)
    except ValidationError as error:
        raise CatalogueError(f"{file}: auth: {error.message}") from None
    if set(labels) != {field.name for field in secret_fields(auth)}:
        raise CatalogueError(f"{file}: auth.labels: name exactly the secret's fields.")
    for place, text in _misfits(checked).items():
        raise CatalogueError(f"{file}: {place}: {text}")
    used = needed_variables(auth, checked["base_url"] + checked["test_action"]["path"])
    if undescribed := set(used) - set(checked["variables"]):
        raise CatalogueError(f"{file}: variables: {min(undescribed)} is not described.")
    return checked


def _misfits(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what does not go together in a file, by its place."""
    wrong = misfits(**{name: facts[name] for name in INTEGRATION_PARTS})
    of_action = action_misfits(
        auth=facts["auth"], base_url=facts["base_url"], action=facts["test_action"]
    )
    return wrong | {f"test_action.{name}": text for name, text in of_action.items()}


def _refuse_unknown(
    file: str, place: str, facts: Any, form: serializers.Serializer[dict[str, Any]]
) -> None:
    if isinstance(facts, Mapping) and (unknown := set(facts) - set(form.fields)):
        raise CatalogueError(f"{file}: {place}{min(unknown)}: unknown field.")


def _first_error(errors: Any) -> str:
    """Return the place and the text of the first of a serializer's nested errors."""
    if isinstance(errors, Mapping):
        place, below = next(iter(errors.items()))
        text = _first_error(below)
        return f"{place}.{text}" if isinstance(below, Mapping) else f"{place}: {text}"
    return str(errors[0])
