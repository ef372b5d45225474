"""Checking by hand from the admin: every outcome has its words."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client

from connections.models import Connection
from healthchecks import connection_admin, manual, queues
from healthchecks.claims import Claim
from healthchecks.models import ManualRequest
from integrations.models import Integration
from tests.admin.pages import messages, page, row
from tests.factories import make_check, make_connection


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A worker that has recorded the check before its message was sent."""
    result: dict[str, Any] = {}

    def work(claims: Sequence[Claim], *, queue: str) -> int:
        assert queue == queues.MANUAL_QUEUE
        for claim in claims:
            connection = Connection.objects.with_health().get(pk=claim.connection_id)
            make_check(connection, id=claim.check_id, check_type="manual", **result)
        return len(claims)

    monkeypatch.setattr(queues, "enqueue", work)
    return result


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that take messages and never answer."""
    monkeypatch.setattr(queues, "enqueue", lambda claims, queue: len(claims))
    monkeypatch.setattr(connection_admin, "PATIENCE", 0.0)


def test_one_check_is_waited_for_and_told(
    olga: Client, production: Connection, answering: dict[str, Any]
) -> None:
    answer = olga.post(row(production, "check"))
    assert answer.headers["Location"] == row(production)
    assert messages(answer) == "Production: Healthy in 145 ms"


def test_a_failure_is_told_in_words(
    olga: Client, production: Connection, answering: dict[str, Any]
) -> None:
    answering |= {
        "status": "unhealthy",
        "outcome": "failed",
        "failure_cause": "credential",
        "error_code": "http_401",
    }
    told = messages(olga.post(row(production, "check")))
    assert told == "Production: Unhealthy in 145 ms. The API answered 401 Unauthorized."


@pytest.mark.usefixtures("silent")
def test_a_check_that_takes_longer_is_under_way(olga: Client, production: Connection) -> None:
    assert "under way" in messages(olga.post(row(production, "check")))


@pytest.mark.usefixtures("silent")
def test_several_are_asked_for_and_not_waited_for(olga: Client, crm: Integration) -> None:
    chosen = [make_connection(crm, f"Account {n}", variables={"site": "a"}) for n in range(3)]
    assert "3 checks are under way" in messages(_check(olga, chosen))
    assert ManualRequest.objects.count() == 3


@pytest.mark.usefixtures("silent")
def test_more_than_a_handful_are_refused(olga: Client, crm: Integration) -> None:
    count = connection_admin.MOST_CHECKED + 1
    chosen = [make_connection(crm, f"Account {n}", variables={"site": "a"}) for n in range(count)]
    assert "Select at most 20" in messages(_check(olga, chosen))
    assert not ManualRequest.objects.exists()


def test_too_many_checks_are_refused_with_the_wait(
    olga: Client, production: Connection, answering: dict[str, Any]
) -> None:
    for _ in range(manual.MOST_PER_MINUTE):
        olga.post(row(production, "check"))
        _finish(production)
    assert "was checked too often: wait" in messages(olga.post(row(production, "check")))


def test_what_is_disabled_cannot_be_checked(olga: Client, production: Connection) -> None:
    Connection.objects.update(status="disabled")
    assert "The connection is disabled" in messages(olga.post(row(production, "check")))


def test_a_broker_that_is_away_is_named(
    olga: Client, production: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "enqueue", lambda claims, queue: 0)
    assert "the broker is away" in messages(olga.post(row(production, "check")))


def test_a_check_is_never_made_by_following_a_link(olga: Client, production: Connection) -> None:
    assert olga.get(row(production, "check")).status_code == 405
    assert not ManualRequest.objects.exists()


def _check(olga: Client, chosen: Sequence[Connection]) -> Any:
    sent = {"action": "check_now", "_selected_action": [c.pk for c in chosen]}
    return olga.post(page(Connection, "changelist"), sent)


def _finish(connection: Connection) -> None:
    """What recording does to a claim."""
    type(connection.health).objects.filter(pk=connection.pk).update(claim_id=None)
