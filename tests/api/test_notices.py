"""The bell: what a tenant was told of, and what each member has read of it."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from notifications import bell
from notifications.models import Notice, NoticesRead
from tenants.models import Role, Tenant
from tests.api.conftest import signed_in
from tests.api.test_contract import assert_shape
from tests.api.test_envelope import error_of
from tests.factories import make_connection, make_integration, make_member, make_notice

URL = "/api/v1/notices"
MINUTE = dt.timedelta(minutes=1)
NOTICE = {
    "id": "id",
    "kind": "text",
    "event": "text?",
    "severity": "text",
    "ends": "bool",
    "title": "text",
    "text": "text",
    "path": "text",
    "connectionId": "id?",
    "connectionName": "text?",
    "integrationId": "id?",
    "integrationName": "text?",
    "incidentId": "id?",
    "alertId": "id?",
    "at": "time",
    "read": "bool",
}


@pytest.fixture
def dora(acme: Tenant) -> APIClient:
    """A viewer of Acme with a browser."""
    return signed_in(make_member(acme, Role.VIEWER).user)


def listed(client: APIClient, **query: str) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def ids(*notices: Notice) -> list[str]:
    return [str(notice.pk) for notice in notices]


def unread(client: APIClient) -> Any:
    answer = client.get(f"{URL}/unread")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def read(client: APIClient, notice: Notice) -> Any:
    return client.post(f"{URL}/read", {"upTo": str(notice.pk)}, format="json")


def test_a_notice_says_what_happened_to_what(acme: Tenant, victor: APIClient) -> None:
    connection = make_connection(make_integration(acme))
    make_notice(acme, connection=connection, incident_id=uuid4())
    [shown] = victor.get(URL).json()["data"]
    assert_shape(shown, NOTICE)
    assert (shown["connectionName"], shown["integrationName"]) == ("Production", "Acme CRM")
    assert (shown["event"], shown["path"], shown["read"]) == ("downtime", "/alerts", True)
    make_notice(acme, kind="channel_disabled")
    assert victor.get(URL).json()["data"][0]["event"] is None


def test_notices_come_newest_first_and_can_be_filtered(acme: Tenant, victor: APIClient) -> None:
    connection, incident = make_connection(make_integration(acme)), uuid4()
    down = make_notice(acme, ago=20 * MINUTE, connection=connection)
    opened = make_notice(acme, ago=10 * MINUTE, kind="incident_opened", incident_id=incident)
    assert listed(victor) == ids(opened, down)
    assert listed(victor, connectionId=str(connection.pk)) == ids(down)
    assert listed(victor, incidentId=str(incident)) == ids(opened)
    assert listed(victor, event="incident") == ids(opened)
    assert listed(victor, to=iso(timezone.now() - 15 * MINUTE)) == ids(down)
    assert listed(victor, limit="1") == ids(opened)


@pytest.mark.parametrize(
    "query", ["connectionId=x", "event=rain", "unread=maybe", "from=x", "colour=red", "limit=0"]
)
def test_filters_that_mean_nothing_are_refused(victor: APIClient, query: str) -> None:
    error = error_of(victor.get(f"{URL}?{query}"), 400)
    assert set(error["details"]) == {query.partition("=")[0]}


def test_each_member_reads_for_themselves(acme: Tenant, dora: APIClient) -> None:
    eve = signed_in(make_member(acme, email="eve@example.com").user)
    first, second, third = (make_notice(acme) for _ in range(3))
    assert unread(dora) == {"count": 3, "latestId": str(third.pk)}
    assert read(dora, second).json()["data"] == {"count": 1, "latestId": str(third.pk)}
    assert [row["read"] for row in dora.get(URL).json()["data"]] == [False, True, True]
    assert listed(dora, unread="true") == ids(third)
    assert listed(dora, unread="false") == ids(second, first)
    assert unread(eve)["count"] == 3


def test_what_was_read_stays_read(acme: Tenant, dora: APIClient) -> None:
    first, second = make_notice(acme), make_notice(acme)
    read(dora, second)
    assert read(dora, first).json()["data"] == {"count": 0, "latestId": str(second.pk)}
    assert NoticesRead.objects.get().up_to == second.pk


def test_to_a_new_member_nothing_from_before_is_news(acme: Tenant) -> None:
    old, older = make_notice(acme, ago=MINUTE), make_notice(acme, ago=2 * MINUTE)
    new = signed_in(make_member(acme).user)
    assert unread(new) == {"count": 0, "latestId": str(old.pk)}
    assert read(new, older).json()["data"]["count"] == 0
    make_notice(acme)
    assert unread(new)["count"] == 1


def test_more_than_can_be_counted_count_as_the_most(
    acme: Tenant, dora: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "MOST_COUNTED", 2)
    *_, last = [make_notice(acme) for _ in range(4)]
    assert unread(dora) == {"count": 2, "latestId": str(last.pk)}


def test_to_a_key_nothing_is_news(acme: Tenant, alice: APIClient) -> None:
    notice = make_notice(acme)
    assert unread(alice) == {"count": 0, "latestId": str(notice.pk)}
    assert read(alice, notice).json()["data"]["count"] == 0
    assert listed(alice, unread="true") == []
    assert listed(alice, unread="false") == ids(notice)
    assert not NoticesRead.objects.exists()


def test_where_nothing_was_told_there_is_no_latest(victor: APIClient) -> None:
    assert unread(victor) == {"count": 0, "latestId": None}


def test_anothers_notices_are_not_there(acme: Tenant, dora: APIClient, charlie: APIClient) -> None:
    notice = make_notice(acme)
    assert listed(charlie) == []
    assert unread(charlie) == {"count": 0, "latestId": None}
    details = {"upTo": ["There is none with this id."]}
    assert error_of(read(charlie, notice), 400)["details"] == details
    assert unread(dora)["count"] == 1


@pytest.mark.parametrize("body", [{}, {"upTo": "x"}, {"upTo": None}, {"all": True}])
def test_what_was_read_must_be_said(victor: APIClient, body: dict[str, Any]) -> None:
    error_of(victor.post(f"{URL}/read", body), 400)
