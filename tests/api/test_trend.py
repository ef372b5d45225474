"""Where a tenant's connections stood over time, and what was seen of them."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from connections.models import Connection
from healthchecks.held import DAY, HOUR, floor_day, floor_hour
from healthchecks.models import DailyStatistics, HourlyStatistics, StatisticsState
from tenants.models import Tenant
from tests.factories import make_change, make_connection, make_integration, set_health

MINUTE = dt.timedelta(minutes=1)
FULL = 3_600_000  # milliseconds of an hour


def points(client: APIClient, window: str = "24h") -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/health-checks/trend?window={window}")
    found: list[dict[str, Any]] = answer.json()["data"]["points"]
    return found


def checked(connection: Connection, *, since: dt.timedelta, status: str = "healthy") -> Connection:
    """Let this connection have been made that long ago, and stand there now."""
    now = timezone.now()
    Connection.objects.filter(pk=connection.pk).update(created_at=now - since)
    set_health(connection, last_health_check_at=now, health_status=status)
    return connection


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return checked(make_connection(make_integration(acme)), since=30 * DAY)


def test_where_connections_stood_is_counted_back_from_now(
    connection: Connection, victor: APIClient, charlie: APIClient
) -> None:
    crm = connection.integration
    into = timezone.now() - floor_hour(timezone.now())  # this hour
    flapping = checked(make_connection(crm), since=30 * DAY, status="unhealthy")
    make_change(flapping, ago=into + 5 * HOUR + MINUTE, to_status="degraded")
    make_change(flapping, ago=into + 2 * HOUR + MINUTE, from_status="degraded")
    young = checked(make_connection(crm), since=into + 4 * HOUR - MINUTE, status="degraded")
    make_change(young, ago=into + MINUTE, to_status="degraded")
    checked(make_connection(crm, status="paused"), since=DAY, status="unhealthy")
    make_connection(crm, "Not checked yet")
    stood = [(p["healthy"], p["degraded"], p["unhealthy"]) for p in points(victor)]
    assert len(stood) == 25
    assert stood[-8:-6] == [(2, 0, 0), (1, 1, 0)]
    assert stood[-6:] == [(1, 1, 0), (2, 1, 0), (2, 0, 1), (2, 0, 1), (1, 1, 1), (1, 1, 1)]
    assert {(p["healthy"], p["unhealthy"]) for p in points(charlie)} == {(0, 0)}


def test_an_hour_is_what_its_statistics_are(connection: Connection, victor: APIClient) -> None:
    hour = floor_hour(timezone.now())
    other = make_connection(connection.integration)
    fields: dict[str, Any] = {"tenant_id": connection.tenant_id}
    late = {
        "slots_before": 4,
        "missed_before": 4,
        "slots_since": hour - 3 * HOUR,
        "slots_apart": 900,
    }
    HourlyStatistics.objects.bulk_create(
        [
            HourlyStatistics(**fields | row)
            for row in (
                {"connection": connection, "starts_at": hour - 4 * HOUR, "observed_ms": FULL},
                {
                    "connection": other,
                    "starts_at": hour - 4 * HOUR,
                    "observed_ms": FULL // 4,
                    "unhealthy_ms": FULL // 8,
                    "checks": 4,
                    "failed": 2,
                },
                {
                    "connection": connection,
                    "starts_at": hour - 2 * HOUR,
                    "slots": 7,
                    "slots_missed": 5,
                    **late,
                },
            )
        ]
    )
    StatisticsState.objects.update_or_create(defaults={"made_until": hour - HOUR})
    seen = [
        [p[name] for name in ("uptime", "coverage", "checks", "failed", "missed")]
        for p in points(victor)
    ]
    assert seen[-6:] == [
        [None, None, 0, 0, 0],
        [75.0, None, 4, 2, 0],
        [None, 0.0, 0, 0, 4],  # the slots that passed then, counted by the first check after them
        [None, 66.67, 0, 0, 1],
        [None] * 5,
        [None] * 5,
    ]


def test_days_come_from_their_own_statistics_and_the_last_from_its_hours(
    connection: Connection, victor: APIClient
) -> None:
    today = floor_day(timezone.now())
    of = {"tenant_id": connection.tenant_id, "connection": connection, "slots": 10}
    DailyStatistics.objects.create(starts_at=today - 2 * DAY, checks=90, slots_missed=1, **of)
    for n in range(2):
        HourlyStatistics.objects.create(
            starts_at=today - DAY + n * HOUR, checks=4, observed_ms=FULL, **of
        )
    StatisticsState.objects.update_or_create(defaults={"made_until": today - DAY + 2 * HOUR})
    answer = victor.get("/api/v1/health-checks/trend?window=7d").json()["data"]
    assert answer["bucketSeconds"] == 86_400
    seen = [(p["checks"], p["coverage"], p["uptime"]) for p in answer["points"]]
    assert seen == [(0, None, None)] * 5 + [(90, 90.0, None), (8, 100.0, 100.0), (None, None, None)]


def test_a_large_tenants_trend_is_kept_for_a_while(
    connection: Connection, victor: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("healthchecks.trend.LARGE", 1)
    first = points(victor)
    set_health(connection, health_status="unhealthy")
    assert points(victor) == first
    assert points(victor, "7d")[-1]["unhealthy"] == 1
