"""Uptime, latency and failures of one connection."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from connections.models import Connection
from healthchecks.models import HealthCheck
from healthchecks.statistics import make_statistics
from integrations.models import Integration
from tenants.models import Tenant
from tests.api.test_contract import assert_shape
from tests.api.test_envelope import error_of
from tests.factories import make_check, make_connection, make_integration

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
UPTIME = {
    "window": "text",
    "uptime": "number?",
    "coverage": "number?",
    "downtimeSeconds": "int",
    "longestOutageSeconds": "int?",
    "mttrSeconds": "int?",
    "mtbfSeconds": "int?",
}
POINT = {"at": "time", "count": "int", "p50": "int", "p95": "int", "p99": "int", "max": "int"}
EPISODE = {"startedAt": "time", "endedAt": "time?", "cause": "text?", "checks": "int"}
DOWN: dict[str, Any] = {
    "status": "unhealthy",
    "outcome": "failed",
    "failure_cause": "provider",
    "test_action_success": False,
}


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


@pytest.fixture(params=["checks", "statistics"])
def source(request: pytest.FixtureRequest) -> Any:
    """Both ways to answer: call it when the checks are there."""
    return make_statistics if request.param == "statistics" else lambda: None


def get(client: APIClient, connection: Connection, what: str) -> Any:
    answer = client.get(f"/api/v1/connections/{connection.pk}/{what}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def windows(client: APIClient, connection: Connection) -> dict[str, dict[str, Any]]:
    data = get(client, connection, "uptime")
    assert set(data) == {"windows"}
    for window in data["windows"]:
        assert_shape(window, UPTIME)
    return {window["window"]: window for window in data["windows"]}


def test_without_checks_there_are_no_figures(connection: Connection, victor: APIClient) -> None:
    found = windows(victor, connection)
    assert list(found) == ["24h", "7d", "30d", "90d"]
    assert found["90d"] == {
        "window": "90d",
        "uptime": None,
        "coverage": None,
        "downtimeSeconds": 0,
        "longestOutageSeconds": None,
        "mttrSeconds": None,
        "mtbfSeconds": None,
    }
    assert get(victor, connection, "latency")["points"] == []
    failures = get(victor, connection, "failures")
    assert set(failures["byCause"].values()) == {0}
    assert failures["episodes"] == []


def test_uptime_and_outages_of_each_window(
    connection: Connection, victor: APIClient, source: Any
) -> None:
    # Two outages that ended, of 10 and of 15 minutes, and one of the last 5; each check holds for
    # half an hour at most.
    for ago, fields in (
        (DAY + 200 * MINUTE, DOWN),
        (DAY + 190 * MINUTE, {"slots": 3, "slots_missed": 1}),
        (130 * MINUTE, DOWN),
        (115 * MINUTE, {}),
        (5 * MINUTE, DOWN),
    ):
        make_check(connection, ago=ago, **fields)
    source()
    found = windows(victor, connection)
    day, week = found["24h"], found["7d"]
    assert day["uptime"] == pytest.approx(100 * 30 / 50, abs=0.1)
    assert day["coverage"] == 100
    assert week["coverage"] == pytest.approx(100 * 6 / 7, abs=0.01)
    assert day["downtimeSeconds"] == pytest.approx(20 * 60, abs=3)
    assert week["downtimeSeconds"] == pytest.approx(30 * 60, abs=3)
    assert day["longestOutageSeconds"] == week["longestOutageSeconds"] == 15 * 60
    assert (day["mttrSeconds"], week["mttrSeconds"]) == (15 * 60, 12.5 * 60)
    assert (day["mtbfSeconds"], week["mtbfSeconds"]) == (30 * 60 / 2, 60 * 60 / 3)


def test_an_outage_is_clipped_to_the_window(
    connection: Connection, victor: APIClient, source: Any
) -> None:
    make_check(connection, ago=DAY + 10 * MINUTE, **DOWN)
    make_check(connection, ago=DAY - 10 * MINUTE)
    source()
    day = windows(victor, connection)["24h"]
    assert day["longestOutageSeconds"] == pytest.approx(10 * 60, abs=3)
    assert day["mttrSeconds"] == 20 * 60


@pytest.mark.parametrize(
    ("window", "bucket"), [("24h", 900), ("7d", 3600), ("30d", 3600), ("90d", 86400)]
)
def test_latency_comes_in_buckets_of_passed_checks(
    connection: Connection, victor: APIClient, source: Any, window: str, bucket: int
) -> None:
    Integration.objects.filter(pk=connection.integration_id).update(degraded_latency_ms=777)
    begins = int((timezone.now() - 20 * HOUR).timestamp()) // bucket * bucket
    at = dt.datetime.fromtimestamp(begins, tz=dt.UTC)
    for second in range(1, 101):
        make_check(
            connection,
            ago=timezone.now() - at - dt.timedelta(seconds=second),
            test_action_latency_ms=second,
        )
    make_check(connection, ago=timezone.now() - at, **DOWN, test_action_latency_ms=30_000)
    make_check(connection, test_action_latency_ms=None)
    source()
    url = "latency" if window == "24h" else f"latency?window={window}"
    data = get(victor, connection, url)
    assert_shape(data, {"bucketSeconds": "int", "thresholdMs": "int", "points": "list"})
    assert (data["bucketSeconds"], data["thresholdMs"]) == (bucket, 777)
    [point] = data["points"]
    assert_shape(point, POINT)
    assert dt.datetime.fromisoformat(point.pop("at")) == at
    assert point == {"count": 100, "p50": 50, "p95": 95, "p99": 99, "max": 100}


def test_figures_outlive_the_checks(connection: Connection, victor: APIClient) -> None:
    make_check(connection, ago=2 * DAY, test_action_latency_ms=123)
    make_check(connection, ago=2 * DAY - 10 * MINUTE, **DOWN)
    make_statistics()
    HealthCheck.objects.all().delete()
    assert windows(victor, connection)["7d"]["uptime"] == 25.0
    for window in ("7d", "30d", "90d"):
        [point] = get(victor, connection, f"latency?window={window}")["points"]
        assert (point["count"], point["p50"]) == (1, 123)
    failures = get(victor, connection, "failures")
    assert failures["byCause"]["provider"] == len(failures["episodes"]) == 1


def test_failures_by_cause_and_hour_and_as_episodes(
    connection: Connection, victor: APIClient, source: Any
) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - 5 * HOUR
    for at, fields in (
        (hour - 2 * DAY, DOWN),
        (hour, DOWN),
        (hour + MINUTE, DOWN | {"failure_cause": "network"}),
        (hour + 2 * MINUTE, {}),
        (
            hour + HOUR,
            {"outcome": "inconclusive", "status": "degraded", "failure_cause": "rate_limited"},
        ),
        (timezone.now(), DOWN | {"failure_cause": "credential"}),
    ):
        make_check(connection, ago=timezone.now() - at, **fields)
    source()
    data = get(victor, connection, "failures?window=24h")
    assert set(data) == {"byCause", "byHourOfDay", "episodes"}
    assert data["byCause"] == {
        "credential": 1,
        "rate_limited": 1,
        "provider": 1,
        "network": 1,
        "configuration": 0,
        "contract": 0,
        "internal": 0,
    }
    expected = [0] * 24
    for moment, number in ((hour, 2), (hour + HOUR, 1), (timezone.now(), 1)):
        expected[moment.hour] += number
    assert data["byHourOfDay"] == expected
    for episode in data["episodes"]:
        assert_shape(episode, EPISODE)
    newest, older = data["episodes"]
    assert (newest["endedAt"], newest["cause"], newest["checks"]) == (None, "credential", 1)
    assert dt.datetime.fromisoformat(older["startedAt"]) == hour
    assert dt.datetime.fromisoformat(older["endedAt"]) == hour + 2 * MINUTE
    assert (older["cause"], older["checks"]) == ("provider", 2)
    assert get(victor, connection, "failures")["byCause"]["provider"] == 2  # of seven days


def test_a_hundred_episodes_are_shown(connection: Connection, victor: APIClient) -> None:
    checks = [make_check(connection, ago=n * MINUTE, **(DOWN if n % 2 else {})) for n in range(205)]
    data = get(victor, connection, "failures")
    assert len(data["episodes"]) == 100
    newest = max(check.created_at for check in checks if check.outcome == "failed")
    assert dt.datetime.fromisoformat(data["episodes"][0]["startedAt"]) == newest.replace(
        microsecond=newest.microsecond // 1000 * 1000
    )


def test_a_timeline_counts_results_by_status_and_step(
    connection: Connection, victor: APIClient
) -> None:
    begins = int((timezone.now() - 20 * HOUR).timestamp()) // 900 * 900
    at = dt.datetime.fromtimestamp(begins, tz=dt.UTC)
    for seconds, fields in (
        (-1, {}),
        (0, DOWN),
        (1, DOWN),
        (2, {**DOWN, "failure_cause": "network"}),
        (3, {"status": "degraded"}),
        (4, {"status": "degraded", "outcome": "inconclusive", "slots": 4, "slots_missed": 3}),
        (5, {**DOWN, "failure_cause": "network", "maintenance": True}),
        (6, {"outcome": "inconclusive", "failure_cause": "network", "maintenance": True}),
        (899, {}),
    ):
        make_check(connection, ago=timezone.now() - at - dt.timedelta(seconds=seconds), **fields)
    make_check(make_connection(connection.integration, "Other"), ago=20 * HOUR)
    data = get(victor, connection, "timeline")
    before, step = data["points"]
    assert (before["healthy"], before["unhealthy"], before["cause"]) == (1, 0, None)
    assert dt.datetime.fromisoformat(step.pop("at")) == at
    assert step == {
        "healthy": 1,
        "degraded": 1,
        "unhealthy": 3,
        "inconclusive": 1,
        "maintenance": 2,
        "missed": 3,
        "cause": "provider",
    }
    since = dt.datetime.fromisoformat(data["since"])
    assert (at - since) % dt.timedelta(seconds=data["bucketSeconds"]) == dt.timedelta(0)
    assert data["bucketSeconds"] == 900


def test_a_step_is_no_shorter_than_the_interval(connection: Connection, victor: APIClient) -> None:
    Connection.objects.filter(pk=connection.pk).update(interval_minutes=180)
    for window, hours in (("24h", 3), ("7d", 3)):
        data = get(victor, connection, f"timeline?window={window}")
        assert data["bucketSeconds"] == hours * 3600


@pytest.mark.parametrize("what", ["uptime", "latency", "failures"])
def test_another_connections_checks_do_not_count(
    connection: Connection, victor: APIClient, what: str, source: Any
) -> None:
    before = get(victor, connection, what)
    other = make_connection(connection.integration, "Other")
    for ago in (MINUTE, 5 * HOUR):
        make_check(other, ago=ago, **DOWN)
        make_check(other, ago=ago / 2)
    source()
    assert get(victor, connection, what) == before


@pytest.mark.parametrize(
    "query",
    [
        "latency?window=1h",
        "latency?window=",
        "latency?window=24h&window=7d",
        "latency?window=%00",
        "latency?windows=7d",
        "latency?limit=10",
        "failures?window=365d",
        "failures?from=2026-01-01",
        "uptime?window=24h",
        "timeline?window=30d",
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    connection: Connection, victor: APIClient, query: str
) -> None:
    answer = victor.get(f"/api/v1/connections/{connection.pk}/{query}")
    name = query.partition("?")[2].partition("=")[0]
    assert name in error_of(answer, 400)["details"]


@pytest.mark.parametrize("what", ["uptime", "latency", "failures", "timeline"])
def test_a_strangers_connection_is_not_found(
    connection: Connection, charlie: APIClient, what: str
) -> None:
    make_check(connection)
    error_of(charlie.get(f"/api/v1/connections/{connection.pk}/{what}"), 404)
    assert HealthCheck.objects.count() == 1
