"""A secret is in no row, message, log line or answer, whatever happens to its call."""

import base64
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tests.pipeline.running import Caller, Vitals, eventually

CANARY = "c4n4ry+T0ken/with=signs&more"
NEVER_RESOLVES = "http://no-such-host.invalid"


def forms(secret: str) -> list[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    escaped = json.dumps(secret)[1:-1]
    return [secret, encoded, quote(secret, safe=""), quote(secret), escaped]


def fates(provider: SimulatedProvider) -> Iterator[tuple[str, str]]:
    """Ways a call can end, each with the base URL that makes it so."""
    body = json.dumps({"error": f"bad token {CANARY}"}).encode()
    echo = (("X-Echo", CANARY), ("Location", f"http://127.0.0.1/?token={quote(CANARY, safe='')}"))
    behaviours = {
        "fine": Behaviour(),
        "refused": Behaviour(status=401, body=body, headers=echo),
        "redirected": Behaviour(status=302, headers=echo),
        "echoed": Behaviour(status=200, body=body, headers=echo),
        "cut": Behaviour(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + CANARY.encode()),
        "garbage": Behaviour(raw=f"NOT HTTP {CANARY}\r\n\r\n".encode()),
    }
    for name, behaviour in behaviours.items():
        provider.set(f"canary-{name}", behaviour)
        yield name, provider.url(f"canary-{name}")
    yield "unresolved", NEVER_RESOLVES


def everything_stored(vitals: Vitals) -> Iterator[tuple[str, str]]:
    """Each table's rows as text, and each key of the broker."""
    tables = vitals.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = vitals.sql(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')  # noqa: S608 - our own table names
        yield f"table {table}", str(rows[0][0])
    broker = vitals.redis()
    for key in broker.keys("*"):
        yield f"key {key!r}", repr(broker.dump(key))


def test_a_canary_is_nowhere(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: Callable[[str], Caller]
) -> None:
    acme = new_tenant("Canary")
    secret = {"type": "bearer", "secret": {"token": CANARY}}
    connections = {
        name: acme.connection(acme.integration(url, name=name.title()), credential=secret)
        for name, url in fates(provider)
    }
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
    wrong = {"type": "basic", "secret": {"token": CANARY, "extra": CANARY}}
    refused = acme.call("PUT", f"/api/v1/connections/{connections['fine']}/credential", wrong)
    assert refused.status_code == 400
    answers.append(refused.text)

    presented = {request.credential for request in provider.requests}
    assert CANARY in str(presented), "the secret was really sent"
    outcomes = {name: acme.checks(pk)[0]["outcome"] for name, pk in connections.items()}
    assert outcomes == dict.fromkeys(connections, "failed") | {"fine": "passed", "echoed": "passed"}

    places = dict(everything_stored(vitals))
    places |= {f"log {path.name}": path.read_text() for path in vitals.logs.glob("*.log")}
    places |= {f"answer {number}": text for number, text in enumerate(answers)}
    found = [
        (place, form) for place, text in places.items() for form in forms(CANARY) if form in text
    ]
    assert found == []
