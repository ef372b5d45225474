"""When a secret expires, as far as it tells by itself."""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

# Schemes that send what was entered as it is. Tokens that are refreshed have an expiry of their
# own, and a password is nobody's token.
_SENT_AS_ENTERED = {"bearer", "api_key_header", "api_key_query", "path_token", "headers"}


def expiry_of_token(kind: str, secret: Mapping[str, str]) -> dt.datetime | None:
    """Return the earliest `exp` of the JWTs in a secret (RFC 7519, 4.1.4); None without any.

    Nothing is verified: that is the provider's business, and takes its key.
    """
    if kind not in _SENT_AS_ENTERED:
        return None
    return min(filter(None, map(_exp_of, secret.values())), default=None)


def claims_of(token: str) -> Mapping[str, Any]:
    """Return what a JWT says, unverified; nothing where `token` is none."""
    try:
        head, body, _ = token.split(".")
        claims = _decoded(body)
        return claims if "alg" in _decoded(head) and isinstance(claims, dict) else {}
    except (ValueError, TypeError, RecursionError):
        return {}


def _exp_of(value: str) -> dt.datetime | None:
    """`value` may have a scheme in front of the token, as in "Bearer eyJ…"."""
    exp: Any = claims_of(value.rpartition(" ")[2]).get("exp")
    try:
        return dt.datetime.fromtimestamp(exp, dt.UTC) if type(exp) in {int, float} else None
    except (ValueError, OverflowError, OSError):
        return None


def _decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
