"""The catalogue of providers: one TOML file each under `providers/`, discovered by its name."""

import functools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from integrations.auth import scheme_of, validate_auth
from integrations.response_rules import validate_response_rules
from integrations.templates import (
    validate_base_url,
    validate_headers,
    validate_path,
    variables_of,
)

FOLDER = Path(__file__).parent / "providers"
_TEXTS = ("name", "category", "base_url")
_OPTIONAL = {
    "variables",
    "auth",
    "headers",
    "test_action",
    "interval_minutes",
    "requests_per_second",
    "status_page",
    "docs",
    "messages",
    "unverified",
    "sources",
}


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
    unverified: tuple[str, ...] = ()


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
    _check(path.name, facts)
    auth = dict(facts.get("auth", {"type": "none"}))
    labels = auth.pop("labels", {})
    optional = {key: facts[key] for key in _OPTIONAL - {"auth", "sources"} if key in facts}
    optional["unverified"] = tuple(facts.get("unverified", ()))
    texts = {key: facts[key] for key in _TEXTS}
    return Provider(slug=path.stem, auth=auth, secret_labels=labels, **texts, **optional)


def _check(file: str, facts: dict[str, Any]) -> None:
    for key in (*_TEXTS, "test_action"):
        if not facts.get(key):
            raise CatalogueError(f"{file}: {key}: missing.")
    if unknown := set(facts) - {*_TEXTS, *_OPTIONAL}:
        raise CatalogueError(f"{file}: {min(unknown)}: unknown field.")
    auth = dict(facts.get("auth", {"type": "none"}))
    labels = auth.pop("labels", {})
    action = facts["test_action"]
    checks: tuple[tuple[str, Callable[[Any], None], Any], ...] = (
        ("base_url", validate_base_url, facts["base_url"]),
        ("auth", validate_auth, auth),
        ("headers", validate_headers, facts.get("headers", {})),
        ("test_action.path", validate_path, action.get("path", "")),
        ("test_action.response_rules", validate_response_rules, action.get("response_rules", {})),
    )
    for name, validate, value in checks:
        try:
            validate(value)
        except ValidationError as error:
            raise CatalogueError(f"{file}: {name}: {error.message}") from None
    if set(labels) != set(scheme_of(auth).secret_fields):
        raise CatalogueError(f"{file}: auth.labels: name exactly the secret's fields.")
    used = variables_of(facts["base_url"] + action["path"])
    if undescribed := set(used) - set(facts.get("variables", {})):
        raise CatalogueError(f"{file}: variables: {min(undescribed)} is not described.")
