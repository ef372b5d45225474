"""From a credential to what a request carries of it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connections.encryption import Secret
from connections.redaction import remember
from integrations.auth import presented_as, secret_fields


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """What presents a secret.

    `places` are filled in where base URL or path name them in braces; they and the values of
    `query` are not encoded yet. `body` joins the fields of the action's.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    places: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, str] = field(default_factory=dict, repr=False)


NOTHING = Authorization()


def authorize(auth: Mapping[str, Any], secret: Secret) -> Authorization:
    """Return what presents `secret` by the scheme `auth`.

    Raises KeyError where the secret is of another scheme.
    """
    match auth["type"]:
        case "oauth2":
            how = presented_as(auth)
            (field,) = secret_fields(how)
            return authorize(how, Secret({field.name: secret["accessToken"]}))
        case "bearer":
            return _in_header("Authorization", auth.get("prefix") or "Bearer", secret["token"])
        case "basic":
            # RFC 7617, 2.1: UTF-8
            pair = base64.b64encode(f"{secret['username']}:{secret['password']}".encode())
            remember([pair.decode()])
            return _in_header("Authorization", "Basic", pair.decode())
        case "api_key_header":
            return _in_header(auth["header"], auth.get("prefix") or "", secret["key"])
        case "api_key_query":
            return Authorization(query={auth["parameter"]: secret["key"]})
        case "path_token":
            return Authorization(places={"token": secret["token"]})
        case "headers" | "query" | "json_body" as kind:
            named = {name: secret[name] for name in auth["names"]}
            return Authorization(**{"body" if kind == "json_body" else kind: named})
        case _:
            return NOTHING


def _in_header(name: str, prefix: str, value: str) -> Authorization:
    # PagerDuty: Token token=KEY
    space = " " if prefix and not prefix.endswith("=") else ""
    return Authorization(headers={name: f"{prefix}{space}{value}"})
