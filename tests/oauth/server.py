"""An authorisation server on loopback, with refresh tokens and codes that are good for one use."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from api.ids import new_id
from connections import edits
from connections.edits import NewCredential
from connections.models import Connection, Credential
from connections.oauth.asking import DEADLINE
from connections.oauth.protocol import Failed, Refused
from connections.oauth.refreshing import Renewed, renew
from integrations.models import Integration
from tenants.models import Tenant
from tests.factories import make_integration, make_tenant

CLIENT = {"clientId": "our-client", "clientSecret": "client-canary"}


@dataclass
class AuthorizationServer:
    """Gives `access-N` and `refresh-N`; `script` are answers to give before, as status and body."""

    port: int
    lifetime: int = 3600
    delay: float = 0
    script: list[tuple[int, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[dict[str, str]] = field(default_factory=list)
    good: set[str] = field(default_factory=lambda: {"refresh-0"})
    codes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers, self._lock = count(1), threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def consent(self, authorization_url: str) -> dict[str, str]:
        """Return what a person who consents there is sent back with."""
        asked = dict(parse_qsl(urlsplit(authorization_url).query))
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        self.codes[code := f"code-{len(self.codes)}"] = asked["code_challenge"]
        return {"code": code, "state": asked["state"]}

    def answer(self, form: dict[str, str]) -> tuple[int, Any]:
        sleep(self.delay)
        with self._lock:
            self.calls.append(form)
            if self.script:
                return self.script.pop(0)
            return self._tokens() if self._is_good(form) else (400, {"error": "invalid_grant"})

    def _is_good(self, form: dict[str, str]) -> bool:
        match form["grant_type"]:
            case "refresh_token":
                found = form["refresh_token"] in self.good
                self.good.discard(form["refresh_token"])
                return found
            case "authorization_code":
                digest = hashlib.sha256(form["code_verifier"].encode()).digest()
                challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
                return self.codes.pop(form["code"], None) == challenge
            case _:
                return True

    def _tokens(self) -> tuple[int, Any]:
        number = next(self._numbers)
        self.good.add(f"refresh-{number}")
        return 200, {
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "expires_in": self.lifetime,
            "token_type": "bearer",
        }


@contextmanager
def serving() -> Iterator[AuthorizationServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if basic := self.headers.get("Authorization"):
                form["basic"] = base64.b64decode(basic.removeprefix("Basic ")).decode()
            status, answer = server.answer(form)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    class Listener(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    with Listener(("127.0.0.1", 0), Handler) as listener:
        server = AuthorizationServer(port=listener.server_address[1])
        threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown()


def oauth_integration(
    server: AuthorizationServer, tenant: Tenant | None = None, **auth: Any
) -> Integration:
    usual = {"type": "oauth2", "grantType": "refresh_token", "tokenUrl": server.url}
    return make_integration(tenant or make_tenant(f"T{new_id()}"), auth=usual | auth)


def oauth_connection(integration: Integration, **secret: str) -> Connection:
    """A connection whose refresh token is `refresh-0`, unless a secret is given."""
    entered = secret or {**CLIENT, "refreshToken": "refresh-0"}
    fields = {"integration": integration, "name": "Production"}
    credential = NewCredential(secret=entered, expires_at=None)
    return edits.create(integration.tenant, fields, credential)


def stored(connection: Connection) -> Credential:
    return Credential.objects.select_related("connection__integration").get(pk=connection.pk)


def renewed(connection: Connection, *, revision: int | None = None) -> Renewed | Refused | Failed:
    """Ask for a token after that of `revision`, by default after the one that is stored."""
    known = stored(connection).revision if revision is None else revision
    return renew(connection.pk, revision=known, until=monotonic() + 2 * DEADLINE)


def tokens_of(connection: Connection) -> dict[str, str]:
    return dict(stored(connection).unseal_tokens(origin=connection.origin))
