"""What an integration's `auth` says of OAuth 2 (RFC 6749), and what a secret for it holds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import ValidationError

from integrations.auth_fields import AuthOption, SecretField
from integrations.templates import validate_base_url

OAUTH2 = "oauth2"  # the type of an auth
CLIENT_CREDENTIALS, AUTHORIZATION_CODE = "client_credentials", "authorization_code"
MAX_SCOPES = 50
MAX_URL_LENGTH = 2000
METHODS = ("client_secret_post", "client_secret_basic")  # RFC 7591, 2
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")  # RFC 6749, 3.3
_OURS = frozenset(  # RFC 6749, 4.1.1; RFC 7636, 4.3
    {
        "response_type", "client_id", "redirect_uri", "scope", "state",
        "code_challenge", "code_challenge_method",
    }
)  # fmt: skip
_QUERY = re.compile(r"[\x21\x24-\x7e]*")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One way to get an access token: what a secret for it holds. Of `one_of`, if it is not empty,
    a secret has one at least."""

    fields: tuple[SecretField, ...]
    one_of: tuple[str, ...] = ()


_CLIENT_ID = SecretField(name="clientId", label="Client id", masked=False)
_CLIENT_SECRET = SecretField(name="clientSecret", label="Client secret")
_CLIENT = (_CLIENT_ID, replace(_CLIENT_SECRET, may_be_empty=True))  # public clients have none
_TOKENS = (
    SecretField(name="accessToken", label="Access token", required=False),
    SecretField(name="refreshToken", label="Refresh token", required=False),
)

GRANTS = {
    "refresh_token": Grant(fields=(*_CLIENT, *_TOKENS), one_of=("accessToken", "refreshToken")),
    CLIENT_CREDENTIALS: Grant(fields=(_CLIENT_ID, _CLIENT_SECRET)),
    # The client can be the operator's, and the tokens come with the consent.
    AUTHORIZATION_CODE: Grant(
        fields=(*(replace(field, required=False) for field in _CLIENT), *_TOKENS),
        one_of=("clientId", "accessToken", "refreshToken"),
    ),
}


def _is_one_of(name: str, *words: str) -> Callable[[Any], None]:
    def validate(value: Any) -> None:
        if value not in words:
            raise ValidationError(f"{name} is one of {', '.join(words)}.")

    return validate


def _validate_token_url(value: Any) -> None:
    _validate_url("tokenUrl", value if isinstance(value, str) else "")


def _validate_authorize_url(value: Any) -> None:
    """Refuse what is no URL; a query can say what a provider wants beside (RFC 6749, 3.1)."""
    url, _, query = (value if isinstance(value, str) else "").partition("?")
    _validate_url("authorizeUrl", url)
    if not url.startswith("https://"):
        raise ValidationError("authorizeUrl: people consent over https only.")
    if not _QUERY.fullmatch(query) or len(query) > MAX_URL_LENGTH or set("{}") & set(query):
        raise ValidationError(
            "authorizeUrl: its query is short and has neither spaces, variables nor #."
        )
    if ours := _OURS.intersection(name for name, _ in parse_qsl(query, keep_blank_values=True)):
        raise ValidationError(
            f"authorizeUrl: leave {min(ours)} out of its query, Vitals sets it itself."
        )


def _validate_url(name: str, url: str) -> None:
    if len(url) > MAX_URL_LENGTH:
        raise ValidationError(f"{name} is longer than {MAX_URL_LENGTH:,} characters.")
    try:
        validate_base_url(url)
    except ValidationError as error:
        raise ValidationError(f"{name}: {error.message}") from None


def _validate_scopes(value: Any) -> None:
    if not isinstance(value, list) or len(value) > MAX_SCOPES:
        raise ValidationError(f"Give the scopes as a list, at most {MAX_SCOPES}.")
    if not all(isinstance(scope, str) and _SCOPE.fullmatch(scope) for scope in value):
        raise ValidationError("A scope is text without spaces, quotes and backslashes.")


OPTIONS = (
    AuthOption(
        name="grantType",
        label=f"one of {', '.join(GRANTS)}",
        schema={"type": "string", "enum": list(GRANTS)},
        validate=_is_one_of("grantType", *GRANTS),
    ),
    AuthOption(
        name="tokenUrl",
        label="where the provider gives tokens",
        schema={"type": "string", "maxLength": MAX_URL_LENGTH, "pattern": r"^https?://[^?#\s]+$"},
        validate=_validate_token_url,
    ),
    AuthOption(
        name="authorizeUrl",
        label="where a person consents; needed for authorization_code",
        schema={
            "type": "string",
            "maxLength": 2 * MAX_URL_LENGTH,
            "pattern": r"^https://[^#\s]+$",
        },
        validate=_validate_authorize_url,
        required=False,
    ),
    AuthOption(
        name="scopes",
        label="a list of what to ask for",
        schema={
            "type": "array",
            "maxItems": MAX_SCOPES,
            "items": {"type": "string", "pattern": f"^{_SCOPE.pattern}$"},
        },
        validate=_validate_scopes,
        required=False,
    ),
    AuthOption(
        name="tokenEndpointAuthMethod",
        label=f"how the client proves itself: {' or '.join(METHODS)}",
        schema={"type": "string", "enum": list(METHODS), "default": METHODS[0]},
        validate=_is_one_of("tokenEndpointAuthMethod", *METHODS),
        required=False,
    ),
)


def token_urls(auth: Mapping[str, Any]) -> list[str]:
    """Return the templates of the URLs that an `auth` of any type sends secrets to."""
    return [auth["tokenUrl"]] if "tokenUrl" in auth else []


def urls(auth: Mapping[str, Any]) -> list[str]:
    """Return the templates of all URLs in an `auth` of any type."""
    return token_urls(auth) + ([auth["authorizeUrl"]] if "authorizeUrl" in auth else [])


def validate_together(auth: Mapping[str, Any]) -> None:
    """Refuse options that are well by themselves and do not go together."""
    if auth["grantType"] == AUTHORIZATION_CODE and "authorizeUrl" not in auth:
        raise ValidationError("The grant authorization_code needs the field authorizeUrl.")


def validate_secret(grant: Grant, secret: Mapping[str, str]) -> None:
    """Refuse a secret whose fields are well by themselves and lead to no access token."""
    if grant.one_of and not set(grant.one_of) & set(secret):
        raise ValidationError(f"The secret needs one of {', '.join(grant.one_of)} at least.")
    if "clientSecret" in secret and "clientId" not in secret:
        raise ValidationError("The secret's clientSecret needs its clientId.")
