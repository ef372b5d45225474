"""From a credential to what a request carries of it."""

import base64
from collections.abc import Mapping
from typing import Any

from connections.encryption import Secret
from connections.redaction import remember


def authorization_headers(auth: Mapping[str, Any], secret: Secret) -> dict[str, str]:
    """Return the headers that present `secret` by the scheme `auth`.

    Raises KeyError where the secret is of another scheme.
    """
    match auth["type"]:
        case "bearer":
            return {"Authorization": _prefixed(auth.get("prefix") or "Bearer", secret["token"])}
        case "basic":
            # RFC 7617, 2.1: UTF-8
            pair = base64.b64encode(f"{secret['username']}:{secret['password']}".encode())
            remember([pair.decode()])
            return {"Authorization": f"Basic {pair.decode()}"}
        case "api_key_header":
            return {auth["header"]: _prefixed(auth.get("prefix") or "", secret["key"])}
        case _:
            return {}


def _prefixed(prefix: str, value: str) -> str:
    return f"{prefix} {value}" if prefix else value
