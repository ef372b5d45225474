"""Lists, page by page."""

import base64
import datetime as dt
import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from integrations.models import Integration
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_check, make_connection, make_integration, set_health


def walk(client: APIClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Return all rows of a list, having gone from page to page."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = client.get(path, query)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        rows += page["data"]
        assert page["pagination"]["hasMore"] is (page["pagination"]["cursor"] is not None)
        if not page["pagination"]["hasMore"]:
            return rows
        assert len(page["data"]) == query["limit"]
        query["cursor"] = page["pagination"]["cursor"]


@pytest.fixture
def crm(acme: Tenant) -> Integration:
    return make_integration(acme)


def test_pages_hold_each_row_once_newest_first(crm: Integration, alice: APIClient) -> None:
    names = [make_connection(crm, f"C{n}").name for n in range(7)]
    for limit in (1, 3, 7, 100):
        rows = walk(alice, "/api/v1/connections", limit=limit)
        assert [row["name"] for row in rows] == names[::-1]


@pytest.mark.parametrize("path", ["integrations", "health-checks"])
def test_lists_by_id_repeat_and_skip_nothing(crm: Integration, alice: APIClient, path: str) -> None:
    make_integration(crm.tenant, "Other")
    connection = make_connection(crm)
    for minute in range(2):
        make_check(connection, ago=dt.timedelta(minutes=minute))
    rows = walk(alice, f"/api/v1/{path}", limit=1)
    ids = [row["id"] for row in rows]
    assert len(ids) == 2
    assert ids == sorted(set(ids), reverse=True)


def test_a_page_stays_where_it_is_while_rows_are_added(crm: Integration, alice: APIClient) -> None:
    for n in range(4):
        make_connection(crm, f"C{n}")
    first = alice.get("/api/v1/connections?limit=2").json()
    make_connection(crm, "Latecomer")
    cursor = first["pagination"]["cursor"]
    second = alice.get("/api/v1/connections", {"limit": 2, "cursor": cursor}).json()
    assert [row["name"] for row in second["data"]] == ["C1", "C0"]


@pytest.mark.parametrize("path", ["providers", "integrations", "connections", "health-checks"])
@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=abc",
        "limit=",
        "limit=5&limit=6",
        "cursor=",
        "cursor=abc",
        "cursor=%00",
        "cursor=" + base64.urlsafe_b64encode(b'{"id":"no-id"}').decode().rstrip("="),
        "cursor=" + base64.urlsafe_b64encode(b'{"id":[1]}').decode().rstrip("="),
        "cursor=" + base64.urlsafe_b64encode(b"[" * 2000).decode().rstrip("="),
        "colour=red",
    ],
)
def test_a_query_that_means_nothing_is_refused_by_name(
    alice: APIClient, path: str, query: str
) -> None:
    error = error_of(alice.get(f"/api/v1/{path}?{query}"), 400)
    assert set(error["details"]) == {query.partition("=")[0]}


def test_fifty_rows_come_unless_told_otherwise(crm: Integration, alice: APIClient) -> None:
    connection = make_connection(crm)
    for n in range(51):
        make_check(connection, ago=dt.timedelta(minutes=n))
    page = alice.get("/api/v1/health-checks").json()
    assert len(page["data"]) == 50
    assert page["pagination"]["hasMore"] is True


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("createdAt", "cAbd"),
        ("-createdAt", "dbAc"),
        ("name", "Abcd"),
        ("-name", "dcbA"),
        ("healthStatus", "cbAd"),
        ("-healthStatus", "dAbc"),
        ("lastHealthCheckAt", "cdbA"),
        ("-lastHealthCheckAt", "Abdc"),
    ],
)
def test_connections_come_in_the_order_asked_for(
    crm: Integration, alice: APIClient, order: str, expected: str
) -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    states = {
        "c": ("healthy", None),
        "A": ("degraded", 3),
        "b": ("healthy", 2),
        "d": ("unhealthy", 1),
    }
    for name, (status, minute) in states.items():
        connection = make_connection(crm, name)
        checked_at = minute and now + dt.timedelta(minutes=minute, microseconds=minute)
        set_health(connection, health_status=status, last_health_check_at=checked_at)
    rows = walk(alice, "/api/v1/connections", limit=1, order=order)
    assert "".join(row["name"] for row in rows) == expected


def test_a_cursor_of_another_order_is_refused(crm: Integration, alice: APIClient) -> None:
    for name in "ab":
        make_connection(crm, name)
    page = alice.get("/api/v1/connections?limit=1&order=name").json()
    cursor = page["pagination"]["cursor"]
    for order in ("-name", "healthStatus"):
        error_of(alice.get("/api/v1/connections", {"order": order, "cursor": cursor}), 400)
    place = {"order": "lastHealthCheckAt", "key": "yesterday", "id": str(crm.pk)}
    forged = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    query = {"order": "lastHealthCheckAt", "cursor": forged}
    error_of(alice.get("/api/v1/connections", query), 400)


def test_connections_can_be_filtered(acme: Tenant, crm: Integration, alice: APIClient) -> None:
    other = make_integration(acme, "Slack")
    make_connection(crm, "Sick")
    set_health(make_connection(other, "Staging"), health_status="unhealthy")
    make_connection(crm, "Resting", status="paused")

    def names(**query: str) -> set[str]:
        rows = alice.get("/api/v1/connections", query).json()["data"]
        return {row["name"] for row in rows}

    assert names(healthStatus="unhealthy") == {"Staging"}
    assert names(integrationId=str(crm.pk)) == {"Sick", "Resting"}
    assert names(status="paused") == {"Resting"}
    assert names(search="si") == {"Sick"}
    assert names(search="SLACK") == {"Staging"}
    assert names(search="%") == set()
    assert names(status="active", healthStatus="healthy") == {"Sick"}


@pytest.mark.parametrize(
    "query", ["healthStatus=well", "status=", "integrationId=no-id", "order=age", "search=%00"]
)
def test_filters_that_mean_nothing_are_refused(alice: APIClient, query: str) -> None:
    error_of(alice.get(f"/api/v1/connections?{query}"), 400)
