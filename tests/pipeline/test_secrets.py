"""A secret is in no row, message, log line or answer, whatever happens to its call."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import requests

from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tests.pipeline.running import Caller, Vitals, eventually

pytestmark = pytest.mark.timeout(300)  # seconds; it looks everywhere

NEVER_RESOLVES = "http://no-such-host.invalid"
CANARY = "c4n4ry+T0ken/with=signs&more"
ACCESS_TOKEN = f"9-{CANARY}"  # that a provider gives for the refresh token


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A way to authenticate, with secrets of its own; `sent` is what shows that they arrived."""

    auth: dict[str, Any]
    secret: dict[str, str]
    sent: str
    action: dict[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return str(self.auth["type"])

    @property
    def canary(self) -> str:
        return max(self.secret.values(), key=len)


SCHEMES = (
    Scheme(auth={"type": "bearer"}, secret={"token": f"B-{CANARY}"}, sent=f"Bearer B-{CANARY}"),
    Scheme(
        auth={"type": "basic"},
        secret={"username": "basic-c4n4ry", "password": f"P-{CANARY}ü"},
        sent=b64encode(f"basic-c4n4ry:P-{CANARY}ü".encode()).decode(),
    ),
    Scheme(
        auth={"type": "api_key_header", "header": "X-Depot-Key"},
        secret={"key": f"H-{CANARY}"},
        sent=f"X-Depot-Key: H-{CANARY}",
    ),
    Scheme(
        auth={"type": "api_key_query", "parameter": "depot_key"},
        secret={"key": f"Q-{CANARY} ü"},
        sent=f"/me?depot_key=Q-{quote(CANARY, safe='')}%20%C3%BC HTTP/1.1",
    ),
    Scheme(
        auth={"type": "path_token"},
        secret={"token": "12345:p4th-c4n4ry+T0ken=signs&ü"},
        sent="/bot12345:p4th-c4n4ry%2BT0ken%3Dsigns%26%C3%BC/me HTTP/1.1",
        action={"path": "/bot{token}/me"},
    ),
    Scheme(
        auth={"type": "headers", "names": ["X-One-Key", "X-Two-Key"]},
        secret={"X-One-Key": f"1-{CANARY}", "X-Two-Key": f'2-"{CANARY}"'},
        sent=f'X-Two-Key: 2-"{CANARY}"',
    ),
    Scheme(
        auth={"type": "query", "names": ["one_key", "two_key"]},
        secret={"one_key": "3-one-c4n4ry", "two_key": f"4-{CANARY} ü"},
        sent=f"/me?one_key=3-one-c4n4ry&two_key=4-{quote(CANARY, safe='')}%20%C3%BC HTTP/1.1",
    ),
    Scheme(
        auth={"type": "json_body", "names": ["client_id", "client_secret"]},
        secret={"client_id": "5-id-c4n4ry", "client_secret": f'6-"{CANARY}'},
        sent=f'"client_secret": "6-\\"{CANARY}"',
        action={"method": "POST", "readOnly": True, "tags": ["health-check"]},
    ),
    Scheme(
        auth={"type": "oauth2", "grantType": "refresh_token", "tokenUrl": "http://127.0.0.1"},
        secret={
            "clientId": "7-id-c4n4ry",
            "clientSecret": f"7-{CANARY}",
            "refreshToken": f"8-refresh-{CANARY}",
        },
        sent=f"Bearer {ACCESS_TOKEN}",
    ),
)


def forms(secret: str) -> set[str]:
    encoded = b64encode(secret.encode()).decode().rstrip("=")
    in_url = {quote(secret, safe=safe) for safe in ("", "/", ":")} | {quote_plus(secret)}
    return {secret, encoded, json.dumps(secret)[1:-1], *in_url}


def fates(provider: SimulatedProvider, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """Ways a call can end, each with the base URL that makes it so."""
    canary = scheme.canary
    raw = canary.encode()
    body = json.dumps({"error": f"bad token {canary}"}).encode() + raw
    in_url = quote(canary, safe="")
    echo = (("X-Echo", canary), ("Location", f"http://127.0.0.1/?token={in_url}"))
    behaviours = {
        "fine": Behaviour(),
        "refused": Behaviour(status=401, body=body, headers=echo),
        "redirected": Behaviour(status=302, headers=echo),
        "echoed": Behaviour(status=200, body=body, headers=echo),
        "cut": Behaviour(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + raw),
        "garbage": Behaviour(raw=b"NOT HTTP " + raw + b"\r\n\r\n"),
    }
    for name, behaviour in behaviours.items():
        account = f"{scheme.type}-{name}"
        provider.set(account, behaviour)
        yield name, provider.url(account)
    yield "unresolved", NEVER_RESOLVES
    yield "no-tls", provider.url(f"{scheme.type}-no-tls").replace("http:", "https:")
    yield "crashed", provider.url(f"{scheme.type}-crashed")


def everything_stored(vitals: Vitals) -> Iterator[tuple[str, str]]:
    """Each table's rows as text, and each key of the broker."""
    tables = vitals.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = vitals.sql(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')  # noqa: S608 - our own table names
        yield f"table {table}", str(rows[0][0])
    broker = vitals.redis()
    for key in broker.keys("*"):
        yield f"key {key!r}", repr(broker.dump(key))


def break_actions(vitals: Vitals) -> None:
    """Let the preparation of each "crashed" call end with an error, its secret in hand."""
    vitals.sql(
        "UPDATE actions SET parameters = '[{}]' WHERE integration_id IN"
        " (SELECT id FROM integrations WHERE name LIKE '%% crashed')"
    )


def admin_pages(vitals: Vitals, acme: Caller) -> Iterator[tuple[str, str]]:
    """What the operator sees of the tenant's integrations, connections and checks."""
    name, password = "canary-admin", "a long pass phrase of canaries"
    vitals.manage(
        "shell", "-v0", "-c",
        "from django.contrib.auth.models import User;"
        f"User.objects.create_superuser('{name}', password='{password}')",
    )  # fmt: skip
    browser = requests.Session()
    login = f"{vitals.url}/sign-in"
    form = {"username": name, "password": password, "csrfmiddlewaretoken": _csrf(browser, login)}
    signed_in = browser.post(login, form, timeout=20, allow_redirects=False)
    assert signed_in.status_code == 302
    kinds = {"connections/connection": "connections", "integrations/integration": "integrations",
             "healthchecks/healthcheck": "health_checks"}  # fmt: skip
    for kind, table in kinds.items():
        rows = vitals.sql(f"SELECT id FROM {table} WHERE tenant_id = %s", acme.tenant_id)  # noqa: S608 - our own table names
        assert rows
        pages = [f"/admin/{kind}/", *(f"/admin/{kind}/{row[0]}/change/" for row in rows)]
        for page in pages:
            answer = browser.get(f"{vitals.url}{page}", timeout=20)
            assert answer.status_code == 200, page
            assert "csrfmiddlewaretoken" in answer.text  # not the sign-in's page
            assert 'name="password"' not in answer.text
            yield page, answer.text


def _csrf(browser: requests.Session, url: str) -> str:
    browser.get(url, timeout=20)
    return str(browser.cookies["csrftoken"])


def test_a_canary_is_nowhere(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: Callable[[str], Caller]
) -> None:
    acme = new_tenant("Canary")
    given = {"access_token": ACCESS_TOKEN, "expires_in": 3600}
    provider.set("tokens", Behaviour(body=json.dumps(given).encode()))
    connections = {
        (scheme.type, fate): connect(acme, scheme, fate, url, provider.url("tokens"))
        for scheme in SCHEMES
        for fate, url in fates(provider, scheme)
    }
    break_actions(vitals)
    answers = [
        acme.call("POST", f"/api/v1/connections/{pk}/health-checks").text
        for pk in connections.values()
    ]
    eventually(
        lambda: all(acme.checks(pk) for pk in connections.values()),
        within=30,
        what="not all were checked",
    )
    paths = ["integrations", "connections", "health-checks", "health-checks/summary"]
    paths += ["health/integrations", *(f"connections/{pk}" for pk in connections.values())]
    answers += [acme.call("GET", f"/api/v1/{path}").text for path in paths]
    for scheme in SCHEMES:
        wrong = {"type": scheme.type, "secret": {**scheme.secret, "extra": scheme.canary}}
        url = f"/api/v1/connections/{connections[scheme.type, 'fine']}/credential"
        answers.append(acme.call("PUT", url, wrong, expect=400).text)

    for scheme in SCHEMES:
        account = f"{scheme.type}-fine"
        arrived = [r.head + r.body for r in provider.requests if r.account == account]
        assert arrived, scheme.type
        assert all(scheme.sent in text.decode("latin-1") for text in arrived), scheme.type
    outcomes = {"fine": "passed", "echoed": "passed", "crashed": "inconclusive"}
    for (kind, fate), pk in connections.items():
        assert acme.checks(pk)[0]["outcome"] == outcomes.get(fate, "failed"), (kind, fate)
    # Not before: not all of its calls carry the secret.
    answers += [prove(acme, connections[scheme.type, "echoed"]) for scheme in SCHEMES]

    places = dict(everything_stored(vitals))
    places |= {f"log {path.name}": path.read_text() for path in vitals.logs.glob("*.log")}
    places |= dict(admin_pages(vitals, acme))
    places |= {f"answer {number}": text for number, text in enumerate(answers)}
    secrets = [secret for scheme in SCHEMES for secret in scheme.secret.values()]
    wanted = {form for secret in (*secrets, ACCESS_TOKEN) for form in forms(secret)}
    wanted |= {scheme.sent for scheme in SCHEMES}
    assert [
        (where, form) for where, text in places.items() for form in wanted if form in text
    ] == []


def connect(acme: Caller, scheme: Scheme, fate: str, url: str, token_url: str) -> str:
    """Let the scheme's tokens, if it has any, come from `token_url`."""
    tokens = {"tokenUrl": token_url} if "tokenUrl" in scheme.auth else {}
    integration = acme.create(
        "/api/v1/integrations",
        {
            "name": f"{scheme.type} {fate}",
            "baseUrl": url,
            "status": "active",
            "auth": scheme.auth | tokens,
            "healthCheckConfig": {"intervalMinutes": 60},
        },
    )["id"]
    action = {"name": "Current user", "path": "/me"} | scheme.action
    acme.create(f"/api/v1/integrations/{integration}/actions", action)
    credential = {"type": scheme.type, "secret": scheme.secret}
    return acme.connection(integration, credential=credential)


def prove(acme: Caller, connection_id: str) -> str:
    """Have the connection's action proven; return the answer."""
    integration = acme.get(f"/api/v1/connections/{connection_id}")["integrationId"]
    url = f"/api/v1/integrations/{integration}/actions"
    action = acme.get(url)[0]["id"]
    return acme.call("POST", f"{url}/{action}/prove", {"connectionId": connection_id}).text
