"""The tenant's summary, and the numbers in it."""

import datetime as dt
from typing import Any

import pytest
from rest_framework.test import APIClient

from api.answers import iso
from connections.models import Connection
from healthchecks.held import DAY
from healthchecks.history import Observed, Scope, observe, reach
from healthchecks.status import Reason
from tenants.models import Tenant
from tests.factories import make_change, make_check, make_connection, make_integration, set_health

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
NOW = dt.datetime(2026, 1, 25, 10, 15, tzinfo=dt.UTC)


def summary(client: APIClient) -> dict[str, Any]:
    data: dict[str, Any] = client.get("/api/v1/health-checks/summary").json()["data"]
    return data


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    """Checked every 15 minutes."""
    return make_connection(make_integration(acme))


def seen(connection: Connection, window: dt.timedelta = DAY) -> Observed:
    return observe(Scope.of(connection), reach(), [window])[window]


def share(connection: Connection, window: dt.timedelta = DAY) -> float | None:
    return seen(connection, window).uptime


def test_each_connection_counts_once_and_those_in_need_come_first(
    acme: Tenant, connection: Connection, victor: APIClient
) -> None:
    crm, draft = connection.integration, make_integration(acme, "Draft", status="draft")
    states: dict[str, dict[str, Any]] = {
        "Fine": {},
        "Slow": {"health_status": "degraded", "reasons": ["slow"]},
        "Down": {"health_status": "unhealthy", "last_error_code": "credential_expired"},
    }
    for minute, (name, fields) in enumerate(states.items()):
        at = NOW - minute * MINUTE
        set_health(make_connection(crm, name), last_health_check_at=at, **fields)
    make_connection(crm, "Paused", status="paused")
    make_connection(draft, "Drafted")
    data = summary(victor)
    rows = [(row["name"], row["error"]) for row in data.pop("connections")]
    assert data == {
        "totalConnections": 6,
        "healthy": 1,
        "degraded": 1,
        "unhealthy": 1,
        "notChecked": 1,
        "inactive": 2,
        "lastCheckAt": "2026-01-25T10:15:00.000Z",
        "uptimeLast24h": None,
        "uptimeLast7d": None,
        "coverageLast24h": None,
        "hasMore": False,
    }
    assert rows == [
        ("Down", "Credentials expired"),
        ("Slow", "The answer was slow"),
        ("Production", None),
        ("Fine", None),
        ("Drafted", None),
        ("Paused", None),
    ]


def test_each_total_leads_to_its_list(
    acme: Tenant, connection: Connection, victor: APIClient
) -> None:
    crm = connection.integration
    for n, status in enumerate(("healthy", "degraded", "unhealthy")):
        for _ in range(n + 2):
            made = make_connection(crm)
            set_health(made, last_health_check_at=NOW, health_status=status)
    make_connection(crm, status="paused")
    totals = summary(victor)
    for standing in ("unhealthy", "degraded", "notChecked", "healthy", "inactive"):
        rows = victor.get(f"/api/v1/connections?standing={standing}").json()["data"]
        assert [row["standing"] for row in rows] == [standing] * totals[standing]
    ordered = victor.get("/api/v1/connections?order=standing").json()["data"]
    shown = [row["standing"] for row in totals["connections"]]
    assert [row["standing"] for row in ordered] == shown


def test_totals_come_by_integration_too(
    acme: Tenant, connection: Connection, victor: APIClient, charlie: APIClient
) -> None:
    crm, empty = connection.integration, make_integration(acme, "Empty")
    set_health(make_connection(crm), last_health_check_at=NOW, health_status="degraded")
    make_connection(crm, status="paused")
    path = f"/api/v1/health-checks/by-integration?integrationId={empty.pk},{crm.pk}"
    none, some = victor.get(path).json()["data"]
    counts = ("total", "healthy", "degraded", "unhealthy", "notChecked", "inactive")
    assert (none["integrationId"], some["integrationId"]) == (str(empty.pk), str(crm.pk))
    assert [none[name] for name in counts] == [0, 0, 0, 0, 0, 0]
    assert [some[name] for name in counts] == [3, 0, 1, 0, 1, 1]
    assert charlie.get(path).json()["data"] == []


def test_each_row_says_why_since_when_and_the_one_next_step(
    acme: Tenant, connection: Connection, victor: APIClient
) -> None:
    slack = make_integration(acme, provider="slack", muted_at=NOW)
    down = make_connection(slack, "Down")
    check = make_check(down, failure_cause="provider", error_code="http_503")
    reasons = ["test_action_failed", "recent_failures"]
    set_health(
        down,
        health_status="unhealthy",
        reasons=reasons,
        last_health_check_id=check.pk,
        last_health_check_at=NOW,
    )
    make_change(down, ago=3 * HOUR, to_status="degraded")
    changed = make_change(down, ago=HOUR, from_status="degraded")
    row = summary(victor)["connections"][0]
    assert row["integrationId"] == str(slack.pk)
    assert (row["standing"], row["reasons"], row["muted"]) == ("unhealthy", reasons, True)
    assert row["failureCause"] == "provider"
    assert row["suggestedResolution"]["who"] == "provider"
    assert row["suggestedResolution"]["url"] == "https://slack-status.com"
    assert row["since"] == iso(changed.at)
    set_health(down, health_status="degraded", downtime_started_at=NOW)
    assert summary(victor)["connections"][0]["since"] == iso(NOW)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_leads_to_a_next_step(
    connection: Connection, victor: APIClient, reason: Reason
) -> None:
    with_cause = {
        Reason.TEST_ACTION_FAILED: "network",
        Reason.CIRCUIT_OPEN: "provider",
        Reason.RATE_LIMITED: "rate_limited",
        Reason.INTERNAL_ERROR: "internal",
    }
    check = make_check(connection, reasons=[reason], failure_cause=with_cause.get(reason))
    set_health(connection, reasons=[reason], last_health_check_id=check.pk)
    path = f"/api/v1/health-checks/{check.pk}"
    told = summary(victor)["connections"][0]["suggestedResolution"]
    assert told == victor.get(path).json()["data"]["suggestedResolution"]
    assert set(told) == {"who", "text"}


def test_a_hundred_connections_are_shown(connection: Connection, victor: APIClient) -> None:
    for n in range(100):
        make_connection(connection.integration, f"C{n}", token=None)
    data = summary(victor)
    assert data["totalConnections"] == 101
    assert len(data["connections"]) == 100
    assert data["hasMore"] is True


@pytest.mark.parametrize(
    "code", ["slow", "credential_limited", "http_500", "timeout", "circuit_open"]
)
def test_every_code_that_a_check_leaves_has_its_sentence(
    connection: Connection, victor: APIClient, code: str
) -> None:
    set_health(connection, health_status="degraded", last_error_code=code)
    assert summary(victor)["connections"][0]["error"]


def test_nothing_observed_is_no_uptime(connection: Connection) -> None:
    assert share(connection) is None
    make_check(connection, ago=2 * DAY)
    assert share(connection) is None


def test_a_status_holds_until_the_next_check(connection: Connection) -> None:
    make_check(connection, ago=40 * MINUTE)
    make_check(connection, ago=30 * MINUTE, status="unhealthy", outcome="failed")
    make_check(connection, ago=20 * MINUTE)
    assert share(connection) == 75.0


def test_a_status_holds_for_twice_its_interval_at_most(connection: Connection) -> None:
    make_check(connection, ago=10 * HOUR, status="unhealthy", outcome="failed")  # 30 minutes
    make_check(connection, ago=HOUR / 2, interval_seconds=60)  # 2 minutes
    assert share(connection) == pytest.approx(100 * 2 / 32, abs=0.01)


def test_a_degraded_connection_is_up(connection: Connection) -> None:
    make_check(connection, ago=MINUTE, status="degraded")
    assert share(connection) == 100.0


def test_inconclusive_checks_count_for_nothing(connection: Connection) -> None:
    make_check(connection, ago=20 * MINUTE, status="unhealthy", outcome="failed")
    make_check(connection, ago=10 * MINUTE, status="degraded", outcome="inconclusive")
    assert share(connection) == 0.0


def test_a_check_from_before_the_window_holds_into_it(connection: Connection) -> None:
    make_check(connection, ago=DAY + 10 * MINUTE, status="unhealthy", outcome="failed")
    make_check(connection, ago=DAY - 10 * MINUTE)
    assert share(connection) == pytest.approx(100 * 30 / 40, abs=0.05)


def test_the_tenants_uptime_is_the_mean_over_observed_connections(
    connection: Connection, victor: APIClient, charlie: APIClient
) -> None:
    crm = connection.integration
    for n in range(3):
        make_check(connection, ago=(n + 1) * 10 * MINUTE)
    down = make_connection(crm, "Down")
    make_check(down, ago=10 * MINUTE, status="unhealthy", outcome="failed")
    make_connection(crm, "Never observed")
    data = summary(victor)
    assert data["uptimeLast24h"] == data["uptimeLast7d"] == 50.0
    assert summary(charlie)["uptimeLast24h"] is None


def test_a_large_tenants_percentages_may_be_kept_its_counts_are_not(
    connection: Connection, victor: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("healthchecks.summary.LARGE", 1)
    make_check(connection, ago=10 * MINUTE)
    assert summary(victor)["uptimeLast24h"] == 100
    make_check(connection, ago=5 * MINUTE, status="unhealthy", outcome="failed")
    set_health(connection, health_status="unhealthy", last_health_check_at=NOW)
    data = summary(victor)
    assert (data["uptimeLast24h"], data["unhealthy"]) == (100, 1)


def test_coverage_is_the_share_of_slots_that_were_not_missed(
    connection: Connection, victor: APIClient
) -> None:
    make_check(connection, ago=2 * DAY, slots=100, slots_missed=100)
    make_check(connection, ago=2 * MINUTE, slots=3, slots_missed=2)
    make_check(connection, ago=MINUTE, slots=5, outcome="inconclusive")
    make_check(connection, slots=0)
    assert summary(victor)["coverageLast24h"] == 75.0
    nobody = make_connection(connection.integration, "Other")
    assert seen(nobody).coverage is None
