"""Another process can steer the simulated provider."""

import json
from collections.abc import Iterator

import pytest

from demo.behaviour import Behaviour, behaviour_from_json
from demo.provider import SimulatedProvider
from tests.demo.client import ask


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


def test_another_process_can_set_a_behaviour_and_read_the_counts(
    provider: SimulatedProvider,
) -> None:
    port = provider.port
    behaviour = json.dumps({"status": 503, "headers": {"X-A": "b"}, "body": {"down": True}})
    assert ask(port, "/_control/acme", method="PUT", body=behaviour)[0] == 200
    status, headers, body = ask(port, "/acme/me")
    assert (status, headers["X-A"], body) == (503, "b", {"down": True})
    ask(port, "/fine/me")
    assert ask(port, "/_control/counts")[2]["accounts"] == {"acme": 1, "fine": 1}
    arrivals = ask(port, "/_control/requests?account=acme")[2]
    assert (arrivals["count"], arrivals["maxPerSecond"]) == (1, 1)
    assert len(arrivals["monotonic"]) == len(arrivals["wall"]) == 1
    assert ask(port, "/_control/requests")[2]["count"] == 2
    assert ask(port, "/_control", method="DELETE")[0] == 200
    assert ask(port, "/_control/counts")[2]["total"] == 0
    assert ask(port, "/acme/me")[0] == 200


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("{", "Expecting property name"),
        ("[]", "expected a JSON object"),
        ('{"colour": 1}', "unknown fields: colour"),
        ('{"status": "401"}', "status: expected a status"),
        ('{"delay": -1}', "delay: expected seconds"),
        ('{"delay": NaN}', "delay: expected seconds"),
        ('{"hang": 1}', "hang: expected true or false"),
        ('{"raw": "\\u20ac"}', "raw: "),
        ('{"token": null}', "token: expected a string"),
        ('{"headers": ["a"]}', "headers: expected an object"),
    ],
)
def test_a_wrong_behaviour_is_refused_with_the_reason(
    provider: SimulatedProvider, document: str, complaint: str
) -> None:
    status, _, body = ask(provider.port, "/_control/acme", method="PUT", body=document)
    assert status == 400
    assert complaint in body["message"]


def test_an_unknown_control_is_not_found(provider: SimulatedProvider) -> None:
    assert ask(provider.port, "/_control/nothing")[0] == 404


def test_every_field_of_a_behaviour_can_be_written_as_json() -> None:
    fields = {
        "status": 201,
        "headers": {"A": "b"},
        "body": "text",
        "raw": "\u00ff",
        "delay": 1,
        "drip": 0.5,
        "endless": "x",
        "hang": True,
        "close": True,
        "reset": True,
        "token": "t",
    }
    assert set(fields) == set(Behaviour.__dataclass_fields__)
    assert behaviour_from_json(json.dumps(fields).encode()) == Behaviour(
        status=201,
        headers=(("A", "b"),),
        body=b"text",
        raw=b"\xff",
        delay=1.0,
        drip=0.5,
        endless=b"x",
        hang=True,
        close=True,
        reset=True,
        token="t",
    )
