"""The simulated provider answers as its accounts say and knows who asked."""

import time
from base64 import b64encode
from collections.abc import Iterator

import pytest

from demo.behaviour import Behaviour, preset
from demo.provider import SimulatedProvider
from tests.demo.client import ask


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


@pytest.mark.parametrize(
    ("account", "status"),
    [("fine", 200), ("expiring", 200), ("unauthorized", 401), ("limited", 429), ("broken", 500)],
)
def test_an_account_answers_as_it_is_named(
    provider: SimulatedProvider, account: str, status: int
) -> None:
    assert ask(provider.port, f"/{account}/me")[0] == status


def test_a_limited_account_says_when_to_come_back(provider: SimulatedProvider) -> None:
    assert ask(provider.port, "/limited/me")[1]["Retry-After"] == "60"


def test_a_numbered_account_behaves_as_its_kind_and_is_counted_alone(
    provider: SimulatedProvider,
) -> None:
    assert ask(provider.port, "/broken-7/me")[0] == 500
    assert (provider.count("broken-7"), provider.count("broken")) == (1, 0)


def test_a_slow_account_is_above_the_default_threshold_of_two_seconds() -> None:
    slow = preset("slow", 0)
    assert slow is not None
    assert 2 < slow.delay < 10


@pytest.mark.parametrize(("minute", "status"), [(0, 503), (2.9, 503), (3, 200), (11.9, 200)])
def test_a_flapping_account_is_down_three_minutes_of_every_twelve(
    minute: float, status: int
) -> None:
    for period in (0, 1, 2_000_000):
        flapping = preset("flapping", (period * 12 + minute) * 60)
        assert flapping is not None
        assert flapping.status == status


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/rest/api/3/myself", ["accountId"]),
        ("/me", ["user", "id"]),
        ("/api/v1/user", ["result", "id"]),
        ("/api/auth.test", ["ok"]),
        ("/user?per_page=1", ["login"]),
        ("/anything/else", ["status"]),
    ],
)
def test_a_path_answers_like_the_api_that_has_it(
    provider: SimulatedProvider, path: str, place: list[str]
) -> None:
    found = ask(provider.port, f"/fine{path}")[2]
    for key in place:
        found = found[key]
    assert found


def test_slack_answers_a_dead_token_with_200_and_not_ok(provider: SimulatedProvider) -> None:
    status, _, body = ask(provider.port, "/unauthorized/api/auth.test", method="POST", body="{}")
    assert (status, body) == (200, {"ok": False, "error": "invalid_auth"})


def test_a_head_request_is_answered_without_a_body(provider: SimulatedProvider) -> None:
    status, headers, body = ask(provider.port, "/fine/me", method="HEAD")
    assert (status, body) == (200, None)
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    "header",
    [
        ("Authorization", "Bearer s3cret"),
        ("Authorization", "token s3cret"),
        ("Authorization", "s3cret"),
        ("Authorization", "Basic " + b64encode(b"mia@example.com:s3cret").decode()),
        ("X-Api-Key", "s3cret"),
        ("PRIVATE-TOKEN", "s3cret"),
    ],
)
def test_only_the_expected_token_is_accepted(
    provider: SimulatedProvider, header: tuple[str, str]
) -> None:
    provider.set("acme", Behaviour(token="s3cret"))
    name, value = header
    wrong = "Bearer s3cre" if name == "Authorization" else "s3cre"
    assert ask(provider.port, "/acme/me", headers={name: value})[0] == 200
    assert ask(provider.port, "/acme/me", headers={name: wrong})[0] == 401
    assert ask(provider.port, "/acme/me")[0] == 401


def test_a_credential_can_choose_the_behaviour(provider: SimulatedProvider) -> None:
    assert ask(provider.port, "/jira/me", headers={"Authorization": "Bearer broken"})[0] == 500
    basic = b64encode(b"mia@example.com:unauthorized").decode()
    assert ask(provider.port, "/jira/me", headers={"Authorization": f"Basic {basic}"})[0] == 401


def test_a_credential_can_be_given_a_behaviour(provider: SimulatedProvider) -> None:
    provider.set("revoked", Behaviour(status=403))
    assert ask(provider.port, "/jira/me", headers={"Authorization": "Bearer revoked"})[0] == 403
    assert ask(provider.port, "/jira/me", headers={"Authorization": "Bearer other"})[0] == 200


def test_what_was_set_comes_before_what_a_credential_is_preset_to(
    provider: SimulatedProvider,
) -> None:
    provider.set("jira", Behaviour(status=503))
    assert ask(provider.port, "/jira/me", headers={"Authorization": "Bearer fine"})[0] == 503


def test_a_request_is_recorded_with_what_was_presented(provider: SimulatedProvider) -> None:
    before = time.monotonic(), time.time()
    ask(provider.port, "/acme/me?page=2", method="POST", headers={"X-Api-Key": "k"}, body="hi")
    [request] = provider.requests
    assert (request.account, request.method, request.path) == ("acme", "POST", "/acme/me?page=2")
    assert (request.tail, request.credential, request.body) == ("/me", "k", b"hi")
    assert b"\r\nX-Api-Key: k\r\n" in request.head
    assert before[0] <= request.monotonic <= time.monotonic()
    assert before[1] <= request.wall <= time.time()
