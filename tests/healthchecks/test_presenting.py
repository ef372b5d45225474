"""What the real probe sends of each scheme's secret, and that nobody else gets to see it."""

import base64
import json
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

import pytest

from connections.calls import build_request
from connections.encryption import Secret
from connections.models import Credential
from connections.status import CredentialState
from egress.probing import Prober
from healthchecks.claims import start
from healthchecks.preparation import Job, prepare
from healthchecks.probe import probe
from integrations.models import Action, Integration
from integrations.response_rules import ResponseRules
from tests.egress.servers import LOOPBACK_OPEN, Names, Script, answer, reset, serving
from tests.factories import make_action, make_connection, make_integration, make_tenant
from tests.healthchecks.jobs import make_job
from tests.healthchecks.rounds import claim_due

NOWHERE = "http://no-such-host.invalid"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A scheme, a secret with all that could hurt, and how the request must look."""

    auth: dict[str, Any]
    secret: dict[str, str]
    target: str = "/api/me?fixed=1"
    headers: tuple[str, ...] = ()
    path: str = "/me?fixed=1"
    method: str = "GET"
    body: bytes = b""


CANARY = "c4n4ry+T0ken/with=signs&more"
USER = "alice-c4n4ry"
PAIR = base64.b64encode(f"{USER}:{CANARY}é".encode()).decode()
CASES = {
    "bearer": Case(
        auth={"type": "bearer"},
        secret={"token": CANARY},
        headers=(f"Authorization: Bearer {CANARY}",),
    ),
    "basic": Case(
        auth={"type": "basic"},
        secret={"username": USER, "password": f"{CANARY}é"},
        headers=(f"Authorization: Basic {PAIR}",),
    ),
    "api_key_header": Case(
        auth={"type": "api_key_header", "header": "X-Key", "prefix": "Token"},
        secret={"key": CANARY},
        headers=(f"X-Key: Token {CANARY}",),
    ),
    "api_key_query": Case(
        auth={"type": "api_key_query", "parameter": "key"},
        secret={"key": f"{CANARY}#?é %2e"},
        target=f"/api/me?fixed=1&key={quote(CANARY, safe='')}%23%3F%C3%A9%20%252e",
    ),
    "path_token": Case(
        auth={"type": "path_token"},
        secret={"token": "c4n4ry:T0ken&é#?..%2f"},
        target="/api/botc4n4ry:T0ken%26%C3%A9%23%3F..%252f/me?fixed=1",
        path="/bot{token}/me?fixed=1",
    ),
    "headers": Case(
        auth={"type": "headers", "names": ["DD-Key", "Authorization"]},
        secret={"DD-Key": CANARY, "Authorization": f'OAuth "{CANARY}"'},
        headers=(f"DD-Key: {CANARY}", f'Authorization: OAuth "{CANARY}"'),
    ),
    "query": Case(
        auth={"type": "query", "names": ["key", "token"]},
        secret={"key": "c4n4ry-key", "token": f"{CANARY}#é"},
        target=f"/api/me?fixed=1&key=c4n4ry-key&token={quote(CANARY, safe='')}%23%C3%A9",
    ),
    "json_body": Case(
        auth={"type": "json_body", "names": ["client_id", "client_secret"]},
        secret={"client_id": "c4n4ry-id", "client_secret": f'{CANARY}"é'},
        method="POST",
        body=json.dumps({"client_id": "c4n4ry-id", "client_secret": f'{CANARY}"é'}).encode(),
    ),
}


def job_of(case: Case, origin: str) -> Job:
    integration = Integration(base_url=f"{origin}/api", auth=case.auth, timeout_ms=2000)
    return make_job(
        rules=ResponseRules(),
        request=build_request(
            integration, Action(method=case.method, path=case.path), {}, Secret(case.secret)
        ),
    )


@pytest.mark.parametrize("kind", CASES)
async def test_the_secret_arrives_where_it_belongs(kind: str) -> None:
    case = CASES[kind]
    async with serving(answer(b"{}")) as server, Prober(LOOPBACK_OPEN) as prober:
        seen = await probe(job_of(case, f"http://{server.authority}"), prober)
    assert seen.call is not None
    assert seen.call.status_code == 200
    lines = server.requests[0].decode("latin-1").split("\r\n")
    assert lines[0] == f"{case.method} {case.target} HTTP/1.1"
    assert lines[-1] == case.body.decode()
    assert f"Host: {server.authority}" in lines
    for header in case.headers:
        assert lines.count(header) == 1
    arrived = unquote(urlsplit(lines[0].split(" ")[1]).path).split("/")
    assert arrived[:2] == ["", "api"], "the path leads where it led"


def forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    in_url = {quote(secret, safe=safe) for safe in ("", "/", ":")} | {quote_plus(secret)}
    return {secret, encoded, json.dumps(secret)[1:-1], *in_url}


def fates(secret: str) -> dict[str, Script]:
    url = f"http://127.0.0.1/?token={quote(secret, safe='')}"
    body = json.dumps({"error": secret}).encode() + secret.encode()
    echo = f"X-Echo: {quote(secret, safe='/')}"
    return {
        "fine": answer(b"{}"),
        "echoed": answer(body, echo),
        "refused": answer(body, echo, status="401 Unauthorized"),
        "redirected": answer(body, f"Location: {url}", status="302 Found"),
        "garbage": b"NOT HTTP " + secret.encode() + b"\r\n\r\n",
        "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + secret.encode(),
        "bad header": b"HTTP/1.1 200 OK\r\n" + secret.encode() + b"\r\n\r\n",
        "reset": reset,
    }


FATES = tuple(fates(""))


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("fate", [*FATES, "unresolved"])
async def test_a_secret_shows_in_nothing_that_is_said_or_kept(
    kind: str, fate: str, caplog: pytest.LogCaptureFixture
) -> None:
    case = CASES[kind]
    caplog.set_level(logging.DEBUG)
    script = fates(max(case.secret.values(), key=len)).get(fate, b"")
    async with serving(script) as server, Prober(LOOPBACK_OPEN, resolver=Names([])) as prober:
        origin = NOWHERE if fate == "unresolved" else f"http://{server.authority}"
        job = job_of(case, origin)
        seen = await probe(job, prober)
    assert seen.call is not None
    assert bool(server.requests) is (fate != "unresolved")
    said = repr(job) + repr(seen) + caplog.text
    shown = {form for text in case.secret.values() for form in forms(text) if form in said}
    assert shown == set()


BOT: dict[str, Any] = {"auth": {"type": "path_token"}, "base_url": "https://api.example.com"}


@pytest.mark.django_db
def test_an_action_with_the_token_in_its_path_is_a_test_action() -> None:
    bot = make_integration(make_tenant(), **BOT)
    make_action(bot, path="/bot{token}/{room}")
    me = make_action(bot, path="/bot{token}/getMe")
    make_connection(bot, token="12:x")
    [job] = prepare(start(claim_due()))
    assert job.test_action_id == me.pk
    assert job.request is not None
    assert job.request.url == "https://api.example.com/bot12:x/getMe"


@pytest.mark.django_db
def test_a_secret_with_other_fields_than_asked_for_is_missing() -> None:
    integration = make_integration(make_tenant())
    make_action(integration)
    connection = make_connection(integration)
    auth = {"type": "headers", "names": ["X-One"]}
    Integration.objects.filter(pk=integration.pk).update(auth=auth)
    Credential.objects.filter(pk=connection.pk).update(kind="headers")
    [job] = prepare(start(claim_due()))
    assert (job.credential, job.request, job.broken) == (CredentialState.MISSING, None, False)
