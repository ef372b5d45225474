"""The auth schemes that an integration can have, and the secret that each needs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from api.describing import record, takes
from integrations.templates import (
    HEADER_NAME,
    HEADER_VALUE,
    PARAMETER_NAME,
    validate_header_name,
    validate_header_names,
    validate_header_value,
    validate_parameter_name,
)

MAX_SECRET_LENGTH = 16_000  # characters of one field; the longest tokens in use are JWTs below 8 kB
MAX_SECRET_HEADERS = 10


@dataclass(frozen=True, kw_only=True)
class AuthOption:
    """What an integration's `auth` may hold beside its type, and what it says to whom."""

    name: str
    label: str
    schema: Mapping[str, Any]
    validate: Callable[[Any], None]
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class SecretField:
    """One field of a secret.

    `label` is what to enter there, where no provider says it better; `refusal` what is wrong with
    a text that does not match `pattern`.
    """

    name: str
    label: str
    pattern: str = r"^[\x20-\x7e]*$"
    refusal: str = "has characters that no header can carry"
    may_be_empty: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        least = 0 if self.may_be_empty else 1
        length = {"type": "string", "minLength": least, "maxLength": MAX_SECRET_LENGTH}
        return length | ({"pattern": self.pattern} if self.pattern else {})

    def validate(self, text: Any) -> None:
        """Refuse what cannot be sent. Never repeats it."""
        if not isinstance(text, str) or not (text or self.may_be_empty):
            raise ValidationError(f"The secret's {self.name} must be text and not empty.")
        if len(text) > MAX_SECRET_LENGTH:
            raise ValidationError(
                f"The secret's {self.name} is longer than {MAX_SECRET_LENGTH:,} characters."
            )
        if not text.isprintable():
            raise ValidationError(
                f"The secret's {self.name} has line breaks or control characters."
            )
        if not re.search(self.pattern, text):
            raise ValidationError(f"The secret's {self.name} {self.refusal}.")


@dataclass(frozen=True, kw_only=True)
class AuthScheme:
    """One way to authenticate.

    `fields` are what a connection's secret holds; with `named_by` they are the headers that this
    option lists. `fills` are those that stand in the URL, where base URL or path names them in
    braces: no variable of a connection can have such a name.
    """

    type: str
    label: str
    options: tuple[AuthOption, ...] = ()
    fields: tuple[SecretField, ...] = ()
    named_by: str = ""
    fills: tuple[str, ...] = ()


def _secret_header(name: str) -> SecretField:
    return SecretField(
        name=name,
        label=name,
        pattern=HEADER_VALUE["pattern"],
        refusal="has characters that no header can carry, or spaces around it",
    )


_PREFIX = AuthOption(
    name="prefix",
    label="what stands before the secret",
    schema=HEADER_VALUE,
    validate=validate_header_value,
    required=False,
)
_HEADER = AuthOption(
    name="header",
    label="the header that carries the key",
    schema=HEADER_NAME,
    validate=validate_header_name,
)
_PARAMETER = AuthOption(
    name="parameter",
    label="the query parameter that carries the key",
    schema=PARAMETER_NAME,
    validate=validate_parameter_name,
)
_NAMES = AuthOption(
    name="names",
    label="a list of the headers that are secret",
    schema={
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_SECRET_HEADERS,
        "uniqueItems": True,
        "items": HEADER_NAME,
    },
    validate=lambda names: validate_header_names(names, most=MAX_SECRET_HEADERS),
)
_ANYTHING = ""

SCHEMES = {
    scheme.type: scheme
    for scheme in (
        AuthScheme(type="none", label="No authentication"),
        AuthScheme(
            type="bearer",
            label="Bearer token",
            options=(_PREFIX,),
            fields=(SecretField(name="token", label="Token"),),
        ),
        AuthScheme(
            type="basic",
            label="User name and password",
            fields=(
                SecretField(name="username", label="User name", pattern=_ANYTHING),
                # Some APIs: the key as user name.
                SecretField(
                    name="password", label="Password", pattern=_ANYTHING, may_be_empty=True
                ),
            ),
        ),
        AuthScheme(
            type="api_key_header",
            label="API key in a header",
            options=(_HEADER, _PREFIX),
            fields=(SecretField(name="key", label="API key"),),
        ),
        AuthScheme(
            type="api_key_query",
            label="API key in the query",
            options=(_PARAMETER,),
            fields=(SecretField(name="key", label="API key", pattern=_ANYTHING),),
        ),
        AuthScheme(
            type="path_token",
            label="Token in the path",
            fields=(
                SecretField(
                    name="token",
                    label="Token",
                    # Some servers take an encoded slash for a slash, and no client encodes dots.
                    pattern=r"^(?!\.*$)[^/\\]*$",
                    refusal="has a slash, or only dots: it would lead to another path",
                ),
            ),
            fills=("token",),
        ),
        AuthScheme(type="headers", label="Headers of its own", options=(_NAMES,), named_by="names"),
    )
}


AUTH = {
    "oneOf": [
        record(
            {"type": {"const": scheme.type}}
            | {option.name: option.schema for option in scheme.options},
            ["type", *(option.name for option in scheme.options if option.required)],
        )
        | {"title": scheme.label}
        for scheme in SCHEMES.values()
    ]
}


def _secret_schema(scheme: AuthScheme) -> dict[str, Any]:
    """Return the JSON Schema of a scheme's secret, whatever its integration."""
    if scheme.named_by:
        return {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_SECRET_HEADERS,
            "propertyNames": HEADER_NAME,
            "additionalProperties": _secret_header("").schema,
        }
    names = [field.name for field in scheme.fields]
    return record({field.name: field.schema for field in scheme.fields}, names)


# By the scheme's type; `none` takes no secret.
SECRETS = {
    scheme.type: _secret_schema(scheme)
    for scheme in SCHEMES.values()
    if scheme.fields or scheme.named_by
}


def scheme_of(auth: Mapping[str, Any]) -> AuthScheme:
    """Return the scheme of a validated `auth`."""
    return SCHEMES[auth["type"]]


def secret_fields(auth: Mapping[str, Any]) -> tuple[SecretField, ...]:
    """Return what a secret for a validated `auth` holds."""
    scheme = scheme_of(auth)
    if scheme.named_by:
        return tuple(_secret_header(name) for name in auth[scheme.named_by])
    return scheme.fields


def suits(auth: Mapping[str, Any], secret: Mapping[str, Any]) -> bool:
    """Whether a secret has exactly the fields that `auth` asks for."""
    return set(secret) == {field.name for field in secret_fields(auth)}


@takes(Auth=AUTH)
def validate_auth(value: Any) -> None:
    """Refuse an `auth` that is not `{"type": …}` with exactly that type's options."""
    scheme = SCHEMES.get(str(value.get("type"))) if isinstance(value, dict) else None
    if scheme is None:
        raise ValidationError(f"Give an object whose type is one of {', '.join(SCHEMES)}.")
    options = {option.name: option for option in scheme.options}
    if unknown := set(value) - {"type", *options}:
        raise ValidationError(f"Unknown field {min(unknown)} for the type {scheme.type}.")
    for name, option in options.items():
        if option.required and not value.get(name):
            raise ValidationError(f"The type {scheme.type} needs the field {name}.")
        if name in value:
            option.validate(value[name])


def validate_secret(auth: Mapping[str, Any], secret: Any) -> None:
    """Refuse a secret that does not fit a validated `auth`. Never repeats a value."""
    fields = secret_fields(auth)
    if not isinstance(secret, dict) or not suits(auth, secret):
        expected = ", ".join(field.name for field in fields)
        raise ValidationError(f"A secret of type {auth['type']} has exactly: {expected}.")
    for field in fields:
        field.validate(secret[field.name])
