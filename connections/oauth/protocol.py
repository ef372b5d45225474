"""What is said to a token endpoint, and what its answer means (RFC 6749). No database, no network.

oauthlib writes the requests and reads the answers; what real providers do otherwise is evened out
before: errors with status 200 (GitHub, Slack), and lifetimes that are no numbers.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from django.core.exceptions import ValidationError
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient

from connections.expiry import claims_of
from egress.failures import TransportError
from egress.session import Answer
from integrations.auth_fields import SecretField

LONGEST_LIFE = 10 * 365 * 24 * 3600  # seconds; what claims to live longer is not known to end
_VERIFIER_LENGTH = 64  # characters, of 43 to 128 (RFC 7636, 4.1)
_ERROR_STATUSES = {200, 400, 401, 403}  # 400 and 401 by RFC 6749, 5.2; the others are in use
# A grant that is dead, in RFC 6749 (5.2) and in the words of those who have their own. All other
# errors can be mended without the person who consented: a client's can be put right.
_DEAD_GRANT = {
    "invalid_grant",
    "expired_token",
    "token_expired",
    "token_revoked",
    "bad_refresh_token",  # GitHub
    "bad_verification_code",
    "invalid_refresh_token",  # Slack
    "invalid_code",  # Slack; Zoho says so of refresh tokens as well
    "interaction_required",  # Microsoft (OpenID Connect Core, 3.1.2.6)
    "consent_required",
    "login_required",
}
# Atlassian calls the client unauthorized and says this behind it.
_DEAD_GRANT_IN_WORDS = "refresh_token is invalid"
_TOKENS = {name: SecretField(name=name, label=name) for name in ("access_token", "refresh_token")}


@dataclass(frozen=True, kw_only=True)
class Client:
    """Who asks for tokens. `method` is one of integrations.oauth2.METHODS; a public client has an
    empty secret."""

    id: str
    secret: str = field(repr=False)
    method: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Basic {self._pair}"} if self._in_header else {}

    @property
    def parameters(self) -> dict[str, Any]:
        """What stands in the form, as oauthlib takes it."""
        if self._in_header:
            return {"include_client_id": False}
        return {"include_client_id": True} | ({"client_secret": self.secret} if self.secret else {})

    @property
    def _in_header(self) -> bool:
        return self.method == "client_secret_basic" and bool(self.secret)

    @property
    def _pair(self) -> str:
        # RFC 6749, 2.3.1: each part is form-encoded first.
        pair = f"{quote_plus(self.id)}:{quote_plus(self.secret)}"
        return base64.b64encode(pair.encode()).decode()


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a token endpoint gave. `lifetime` is the access token's, in seconds; None: unknown."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    lifetime: float | None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The grant is dead: no tokens for it, however often the token endpoint is asked."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """No tokens this time. `code` is that of a TransportError, `http_` and a status, or says what
    kept us from asking; `retry_after` is in seconds."""

    code: str
    retry_after: float | None = None


def refresh_body(client: Client, refresh_token: str) -> str:
    return _text(
        WebApplicationClient(client.id).prepare_refresh_body(
            refresh_token=refresh_token, client_id=client.id, **client.parameters
        )
    )


def client_body(client: Client, scopes: Sequence[str]) -> str:
    """Return the form by which a client asks for itself."""
    return _text(
        BackendApplicationClient(client.id).prepare_request_body(
            scope=list(scopes) or None, **client.parameters
        )
    )


def code_body(client: Client, *, code: str, redirect_uri: str, verifier: str) -> str:
    """Return the form by which the code of a consent is exchanged."""
    return _text(
        WebApplicationClient(client.id).prepare_request_body(
            code=code, redirect_uri=redirect_uri, code_verifier=verifier, **client.parameters
        )
    )


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """Where a person consents, and what only we know of it: the state and the PKCE verifier."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def invitation(
    authorize_url: str, *, client_id: str, redirect_uri: str, scopes: Sequence[str]
) -> Invitation:
    asking = WebApplicationClient(client_id)
    verifier = asking.create_code_verifier(_VERIFIER_LENGTH)
    challenge = asking.create_code_challenge(verifier, "S256")
    state = secrets.token_urlsafe(32)
    url = asking.prepare_request_uri(
        authorize_url,
        redirect_uri=redirect_uri,
        scope=list(scopes) or None,
        state=state,
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    return Invitation(url=_text(url), state=state, verifier=_text(verifier))


def read_answer(answer: Answer, *, retry_after: float | None) -> Tokens | Refused | Failed:
    """Return what a token endpoint's answer means. Never raises, and keeps no text of it."""
    is_error = answer.status >= 300
    code = f"http_{answer.status}" if is_error else TransportError.INVALID_RESPONSE
    failed = Failed(code=code, retry_after=retry_after)
    if answer.status not in _ERROR_STATUSES and not 200 <= answer.status < 300:
        return failed
    if answer.truncated:
        return Failed(code=TransportError.RESPONSE_TOO_LARGE)
    fields = _fields(answer.body)
    if _is_dead_grant(fields):
        return Refused()
    return (None if is_error or fields.get("error") else _read_tokens(fields)) or failed


def _is_dead_grant(fields: Mapping[str, Any]) -> bool:
    # HubSpot has its word in `status`, and in capitals.
    words = {str(fields.get(name)).lower() for name in ("error", "status")}
    described = str(fields.get("error_description")).lower()
    return bool(words & _DEAD_GRANT) or _DEAD_GRANT_IN_WORDS in described


def _read_tokens(fields: Mapping[str, Any]) -> Tokens | None:
    known = {name: fields[name] for name in (*_TOKENS, "token_type") if fields.get(name)}
    try:
        found = WebApplicationClient("").parse_request_body_response(json.dumps(known))
        for name, kind in _TOKENS.items():
            if name in found:
                kind.validate(found[name])
    except (OAuth2Error, ValidationError):
        return None
    access_token = str(found["access_token"])
    return Tokens(
        access_token=access_token,
        refresh_token=found.get("refresh_token"),
        lifetime=_lifetime(fields.get("expires_in")) or _life_of_jwt(access_token),
    )


def _fields(body: bytes) -> Mapping[str, Any]:
    """Return the fields of an answer: JSON, or as older servers have it, a form."""
    text = body.decode(errors="replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return dict(parse_qsl(text))
    return found if isinstance(found, dict) else {}


def _lifetime(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < LONGEST_LIFE else None


def _life_of_jwt(token: str) -> float | None:
    """Return for how long a JWT lives from its issue on (RFC 7519, 4.1), by its issuer's clock."""
    claims = claims_of(token)
    try:
        return _lifetime(claims["exp"] - claims["iat"])
    except (KeyError, TypeError):
        return None


def _text(value: Any) -> str:
    return str(value)
