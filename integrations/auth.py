"""The auth schemes that an integration can have, and the secret that each needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError

from api.describing import record, takes
from integrations import oauth2
from integrations.auth_fields import ANY_TEXT, AuthOption, SecretField
from integrations.templates import (
    HEADER_NAME,
    HEADER_VALUE,
    PARAMETER_NAME,
    validate_header_name,
    validate_header_names,
    validate_header_value,
    validate_parameter_name,
    validate_parameter_names,
)

MAX_NAMED_FIELDS = 10
_TOKEN_TYPES = ("bearer", "api_key_header", "api_key_query")  # those with one secret, in a request


@dataclass(frozen=True, kw_only=True)
class AuthScheme:
    """One way to authenticate.

    `fields` are what a connection's secret holds; with `named` the option `names` lists them, and
    each is like it; with `grants` they are those of the grant in the option `grantType`. `fills`
    are those that stand in the URL, where base URL or path names them in braces: no variable of a
    connection can have such a name.
    """

    type: str
    label: str
    options: tuple[AuthOption, ...] = ()
    fields: tuple[SecretField, ...] = ()
    named: SecretField | None = None
    grants: Mapping[str, oauth2.Grant] | None = None
    fills: tuple[str, ...] = ()


def _auth(type: str, *options: AuthOption) -> dict[str, Any]:
    """Return the JSON Schema of an `auth`."""
    return record(
        {"type": {"const": type}} | {option.name: option.schema for option in options},
        ["type", *(option.name for option in options if option.required)],
    )


_PREFIX = AuthOption(
    name="prefix",
    label="what stands before the secret",
    schema=HEADER_VALUE | {"minLength": 1},
    validate=lambda value: _validate_prefix(value),
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
_SEND_AS = AuthOption(
    name="sendAs",
    label=f"how the access token is presented: the auth of a type out of {', '.join(_TOKEN_TYPES)}",
    schema={
        "oneOf": [
            {"const": "bearer", "type": "string"},
            _auth("bearer", _PREFIX),
            _auth("api_key_header", _HEADER, _PREFIX),
            _auth("api_key_query", _PARAMETER),
        ]
    },
    validate=lambda value: _validate_send_as(value),
    required=False,
)


def _names(what: str, item: Mapping[str, Any], validate: Callable[..., None]) -> AuthOption:
    return AuthOption(
        name="names",
        label=f"a list of the {what} that are secret",
        schema={
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_NAMED_FIELDS,
            "uniqueItems": True,
            "items": item,
        },
        validate=lambda names: validate(names, most=MAX_NAMED_FIELDS),
    )


SCHEMES = {
    scheme.type: scheme
    for scheme in (
        AuthScheme(type="none", label="No authentication"),
        AuthScheme(
            type="bearer",
            label="Bearer token",
            options=(replace(_PREFIX, label="what stands before the secret; blank: Bearer"),),
            fields=(SecretField(name="token", label="Token"),),
        ),
        AuthScheme(
            type="basic",
            label="User name and password",
            fields=(
                SecretField(
                    name="username",
                    label="User name",
                    pattern=r"^[^:\s]([^:]*[^:\s])?$",
                    refusal="has a colon, which ends a user name (RFC 7617, 2)",
                    masked=False,
                ),
                # Some APIs: the key as user name.
                SecretField(
                    name="password",
                    label="Password",
                    pattern="",
                    may_be_empty=True,
                    keeps_spaces=True,
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
            fields=(SecretField(name="key", label="API key", pattern=ANY_TEXT),),
        ),
        AuthScheme(
            type="path_token",
            label="Token in the path",
            fields=(
                SecretField(
                    name="token",
                    label="Token",
                    # Some servers take an encoded slash for a slash, and no client encodes dots.
                    pattern=r"^(?!\.*$)[^/\\\s]([^/\\]*[^/\\\s])?$",
                    refusal="has a slash, or only dots: it would lead to another path",
                ),
            ),
            fills=("token",),
        ),
        AuthScheme(
            type="headers",
            label="Headers of its own",
            options=(_names("headers", HEADER_NAME, validate_header_names),),
            named=SecretField(
                name="",
                label="",
                pattern=HEADER_VALUE["pattern"],
            ),
        ),
        AuthScheme(
            type="query",
            label="Several keys in the query",
            options=(_names("query parameters", PARAMETER_NAME, validate_parameter_names),),
            named=SecretField(name="", label="", pattern=ANY_TEXT),
        ),
        AuthScheme(
            type="json_body",
            label="Fields of a JSON body",
            options=(_names("body's fields", PARAMETER_NAME, validate_parameter_names),),
            named=SecretField(name="", label="", pattern=ANY_TEXT),
        ),
        AuthScheme(
            type=oauth2.OAUTH2,
            label="OAuth 2",
            options=(*oauth2.OPTIONS, _SEND_AS),
            fields=oauth2.GRANTS[oauth2.AUTHORIZATION_CODE].fields,
            grants=oauth2.GRANTS,
        ),
    )
}


AUTH = {
    "oneOf": [
        _auth(scheme.type, *scheme.options) | {"title": scheme.label} for scheme in SCHEMES.values()
    ]
}


def _secret_schema(scheme: AuthScheme) -> dict[str, Any]:
    """Return the JSON Schema of a scheme's secret, whatever its integration."""
    if scheme.named:
        [option] = scheme.options
        return {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_NAMED_FIELDS,
            "propertyNames": option.schema["items"],
            "additionalProperties": scheme.named.schema,
        }
    needed = [field.name for field in scheme.fields if field.required]
    return record({field.name: field.schema for field in scheme.fields}, needed)


# By the scheme's type; `none` takes no secret.
SECRETS = {
    scheme.type: _secret_schema(scheme)
    for scheme in SCHEMES.values()
    if scheme.fields or scheme.named
}


def scheme_of(auth: Mapping[str, Any]) -> AuthScheme:
    """Return the scheme of a validated `auth`."""
    return SCHEMES[auth["type"]]


def secret_fields(auth: Mapping[str, Any]) -> tuple[SecretField, ...]:
    """Return what a secret for a validated `auth` holds."""
    scheme = scheme_of(auth)
    if scheme.named:
        return tuple(replace(scheme.named, name=name, label=name) for name in auth["names"])
    if scheme.grants:
        return scheme.grants[auth["grantType"]].fields
    return scheme.fields


def presented_as(auth: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the auth by which a request carries the secret: with OAuth 2 the access token's."""
    if auth["type"] != oauth2.OAUTH2:
        return auth
    how: str | Mapping[str, Any] = auth.get("sendAs", "bearer")
    return {"type": how} if isinstance(how, str) else how


def suits(auth: Mapping[str, Any], secret: Mapping[str, Any]) -> bool:
    """Whether a secret has the fields that `auth` needs, and no others than it knows."""
    fields = secret_fields(auth)
    needed = {field.name for field in fields if field.required}
    return needed <= set(secret) <= {field.name for field in fields}


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
    if scheme.grants:
        oauth2.validate_together(value)


def validate_secret(auth: Mapping[str, Any], secret: Any) -> None:
    """Refuse a secret that does not fit a validated `auth`. Never repeats a value."""
    fields = secret_fields(auth)
    if not isinstance(secret, dict) or not suits(auth, secret):
        raise ValidationError(f"A secret of type {auth['type']} has exactly: {_listed(fields)}.")
    for field in fields:
        if field.name in secret:
            field.validate(secret[field.name])
    if grants := scheme_of(auth).grants:
        oauth2.validate_secret(grants[auth["grantType"]], secret)


def _listed(fields: Iterable[SecretField]) -> str:
    return ", ".join(
        field.name if field.required else f"{field.name} (optional)" for field in fields
    )


def _validate_prefix(value: Any) -> None:
    if value == "":
        raise ValidationError(
            "An empty prefix: leave it out. A token that stands alone in the header Authorization"
            " is an api_key_header without a prefix."
        )
    validate_header_value(value)


def _validate_send_as(value: Any) -> None:
    if value == "bearer":
        return
    if not isinstance(value, dict) or value.get("type") not in _TOKEN_TYPES:
        raise ValidationError(
            f'sendAs is "bearer", or the auth of a type out of {", ".join(_TOKEN_TYPES)}.'
        )
    try:
        validate_auth(value)
    except ValidationError as error:
        raise ValidationError(f"sendAs: {error.message}") from None
