"""The auth schemes that an integration can have, and the secret that each needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from api.describing import record, takes
from integrations.templates import (
    HEADER_NAME,
    HEADER_VALUE,
    validate_header_name,
    validate_header_value,
)

MAX_SECRET_LENGTH = 16_000  # characters of one field; the longest tokens in use are JWTs below 8 kB


@dataclass(frozen=True, kw_only=True)
class AuthScheme:
    """One way to authenticate.

    `options` are what an integration's `auth` may hold beside its type, with whether each is
    required; `secret_fields` are what a connection's secret holds.
    """

    type: str
    label: str
    options: Mapping[str, bool]
    secret_fields: tuple[str, ...]


def _may_be_empty(scheme: AuthScheme, field: str) -> bool:
    return scheme.type == "basic" and field == "password"  # some APIs: the key as user name


def _secret_field(scheme: AuthScheme, field: str) -> dict[str, Any]:
    """Return the JSON Schema of one field of a secret."""
    least = 0 if _may_be_empty(scheme, field) else 1
    ascii_only = {} if scheme.type == "basic" else {"pattern": r"^[\x20-\x7e]*$"}
    return {"type": "string", "minLength": least, "maxLength": MAX_SECRET_LENGTH, **ascii_only}


SCHEMES = {
    scheme.type: scheme
    for scheme in (
        AuthScheme(type="none", label="No authentication", options={}, secret_fields=()),
        AuthScheme(
            type="bearer",
            label="Bearer token",
            options={"prefix": False},
            secret_fields=("token",),
        ),
        AuthScheme(
            type="basic",
            label="User name and password",
            options={},
            secret_fields=("username", "password"),
        ),
        AuthScheme(
            type="api_key_header",
            label="API key in a header",
            options={"header": True, "prefix": False},
            secret_fields=("key",),
        ),
    )
}


_OPTIONS = {"header": HEADER_NAME, "prefix": HEADER_VALUE}
AUTH = {
    "oneOf": [
        record(
            {"type": {"const": scheme.type}} | {name: _OPTIONS[name] for name in scheme.options},
            ["type", *(name for name, required in scheme.options.items() if required)],
        )
        | {"title": scheme.label}
        for scheme in SCHEMES.values()
    ]
}
# By the scheme's type; `none` takes no secret.
SECRETS = {
    scheme.type: record(
        {name: _secret_field(scheme, name) for name in scheme.secret_fields}, scheme.secret_fields
    )
    for scheme in SCHEMES.values()
    if scheme.secret_fields
}


def scheme_of(auth: Mapping[str, Any]) -> AuthScheme:
    """Return the scheme of a validated `auth`."""
    return SCHEMES[auth["type"]]


@takes(Auth=AUTH)
def validate_auth(value: Any) -> None:
    """Refuse an `auth` that is not `{"type": …}` with exactly that type's options."""
    scheme = SCHEMES.get(str(value.get("type"))) if isinstance(value, dict) else None
    if scheme is None:
        raise ValidationError(f"Give an object whose type is one of {', '.join(SCHEMES)}.")
    if unknown := set(value) - {"type", *scheme.options}:
        raise ValidationError(f"Unknown field {min(unknown)} for the type {scheme.type}.")
    for option, required in scheme.options.items():
        if required and not value.get(option):
            raise ValidationError(f"The type {scheme.type} needs the field {option}.")
    if "header" in value:
        validate_header_name(value["header"])
    if "prefix" in value:
        validate_header_value(value["prefix"])


def validate_secret(scheme: AuthScheme, secret: Any) -> None:
    """Refuse a secret without exactly the fields of its scheme. Never repeats a value."""
    expected = ", ".join(scheme.secret_fields)
    if not isinstance(secret, dict) or set(secret) != set(scheme.secret_fields):
        raise ValidationError(f"A secret of type {scheme.type} has exactly: {expected}.")
    for field, text in secret.items():
        if not isinstance(text, str) or not (text or _may_be_empty(scheme, field)):
            raise ValidationError(f"The secret's {field} must be text and not empty.")
        if len(text) > MAX_SECRET_LENGTH:
            raise ValidationError(
                f"The secret's {field} is longer than {MAX_SECRET_LENGTH:,} characters."
            )
        if not text.isprintable():
            raise ValidationError(f"The secret's {field} has line breaks or control characters.")
        if scheme.type != "basic" and not text.isascii():
            raise ValidationError(f"The secret's {field} has characters that no header can carry.")
