"""Hourly and daily statistics and outages: they say what the checks say."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection as database

from api.ids import new_id
from connections.models import Connection
from healthchecks.history import Observed, Reach, Scope, observe
from healthchecks.models import (
    DailyStatistics,
    HealthCheck,
    HourlyStatistics,
    Outage,
    StatisticsState,
)
from healthchecks.outages import episodes
from healthchecks.partitions import HEALTH_CHECKS
from healthchecks.statements import execute
from healthchecks.statistics import made_until, make_past, make_statistics
from tenants.models import Tenant
from tests.factories import make_connection, make_integration, make_tenant
from tests.healthchecks.past import DAY, HOUR, check_at, failed_at, random_history, read

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
MIDNIGHT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NO_STATISTICS = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _room(db: None) -> None:
    HEALTH_CHECKS.make((MIDNIGHT - 2 * DAY).date(), (MIDNIGHT + 3 * DAY).date())


@pytest.fixture
def acme() -> Tenant:
    return make_tenant()


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme), token=None)


def save(*checks: HealthCheck) -> None:
    HealthCheck.objects.bulk_create(checks)


def make_until(moment: dt.datetime) -> int:
    return make_statistics(moment + 2 * MINUTE)


def seen(
    connection: Connection, now: dt.datetime, made: dt.datetime, window: dt.timedelta = DAY
) -> Observed:
    return observe(Scope.of(connection), Reach(now=now, made_until=made), [window])[window]


def spans(connection: Connection, now: dt.datetime, made: dt.datetime) -> list[Any]:
    found = episodes(Scope.of(connection), Reach(now=now, made_until=made), now - 3 * DAY)
    return [(e.started_at, e.ended_at or now, e.cause, e.checks) for e in reversed(found)]


def rows(connection: Connection) -> list[HourlyStatistics]:
    return list(HourlyStatistics.objects.filter(connection=connection).order_by("starts_at"))


def outages(connection: Connection) -> list[tuple[Any, ...]]:
    found = Outage.objects.filter(connection=connection).order_by("started_at")
    return list(found.values_list("started_at", "ended_at", "cause", "checks"))


# --- What they say ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rest", [0 * HOUR, 3 * HOUR])
def test_statistics_and_checks_say_the_same(
    connection: Connection, seed: int, rest: dt.timedelta
) -> None:
    now = MIDNIGHT + 2 * DAY + 5 * HOUR
    random_history(connection, MIDNIGHT - 10 * HOUR, now, seed)
    from_checks = spans(connection, now, NO_STATISTICS)
    expected = read(connection, now - 3 * DAY, now)
    assert [(start, end) for start, end, _, _ in from_checks] == expected.outages
    for window in (DAY, 2 * DAY):
        expected = read(connection, now - window, now)
        checked = seen(connection, now, NO_STATISTICS, window)
        assert checked.seconds == pytest.approx(expected.seconds)
        assert checked.unhealthy_seconds == pytest.approx(expected.unhealthy_seconds)
    make_until(now - rest)
    assert made_until() == now - rest
    assert spans(connection, now, now - rest) == from_checks
    for window in (DAY, 2 * DAY):
        checked, summed = (
            seen(connection, now, made, window) for made in (NO_STATISTICS, now - rest)
        )
        assert (summed.uptime, summed.coverage) == (checked.uptime, checked.coverage)
        assert summed.seconds == pytest.approx(checked.seconds, abs=0.1)
        assert summed.unhealthy_seconds == pytest.approx(checked.unhealthy_seconds, abs=0.1)


def test_an_hour_counts_what_was_made_in_it(connection: Connection) -> None:
    save(
        check_at(connection, MIDNIGHT - MINUTE),
        *(check_at(connection, MIDNIGHT + n * MINUTE, test_action_latency_ms=n) for n in range(20)),
        failed_at(connection, MIDNIGHT + 20 * MINUTE, test_action_latency_ms=9999),
        failed_at(connection, MIDNIGHT + 21 * MINUTE, failure_cause="network", slots_missed=1),
        check_at(
            connection,
            MIDNIGHT + 22 * MINUTE,
            outcome="inconclusive",
            failure_cause="rate_limited",
        ),
        check_at(connection, MIDNIGHT + HOUR),
    )
    make_until(MIDNIGHT + HOUR)
    hour = rows(connection)[-1]
    assert hour.starts_at == MIDNIGHT
    assert (hour.checks, hour.failed, hour.inconclusive) == (23, 2, 1)
    assert (hour.slots, hour.slots_missed) == (23, 1)
    assert hour.failures_by_cause == {"provider": 1, "network": 1, "rate_limited": 1}
    assert (hour.observed_ms, hour.unhealthy_ms) == (51 * 60_000, 31 * 60_000)
    assert hour.latency_count == 20
    assert (hour.latency_p50, hour.latency_p95, hour.latency_p99, hour.latency_max) == (
        9,
        18,
        19,
        19,
    )


def test_a_day_is_the_sum_of_its_hours_with_percentiles_of_its_own(connection: Connection) -> None:
    save(
        check_at(connection, MIDNIGHT - MINUTE, test_action_latency_ms=5000),
        *(check_at(connection, MIDNIGHT + n * HOUR, test_action_latency_ms=n) for n in range(21)),
        failed_at(connection, MIDNIGHT + 21 * HOUR),
        failed_at(connection, MIDNIGHT + 22 * HOUR),
        check_at(connection, MIDNIGHT + DAY, test_action_latency_ms=5000),
    )
    make_until(MIDNIGHT + DAY)
    day = DailyStatistics.objects.get(starts_at=MIDNIGHT)
    assert (day.checks, day.failed, day.failures_by_cause) == (23, 2, {"provider": 2})
    assert day.unhealthy_ms == 2 * 30 * 60_000
    assert (day.latency_count, day.latency_p50, day.latency_max) == (21, 10, 20)


def test_a_connection_checked_once_a_day_is_observed_in_each_hour(connection: Connection) -> None:
    save(failed_at(connection, MIDNIGHT + HOUR / 2, interval_seconds=24 * 3600))
    make_until(MIDNIGHT + 3 * DAY)
    hours = rows(connection)
    assert len(hours) == 49  # twice the interval, from the middle of one to the middle of another
    assert sum(hour.observed_ms for hour in hours) == 48 * 3_600_000
    assert sum(hour.checks for hour in hours) == 1
    assert hours[-1].held_until is None
    assert outages(connection) == [
        (MIDNIGHT + HOUR / 2, MIDNIGHT + HOUR / 2 + 2 * DAY, "provider", 1)
    ]


def test_an_outage_over_the_border_of_hours_and_days_is_one(connection: Connection) -> None:
    save(
        failed_at(connection, MIDNIGHT - 10 * MINUTE, failure_cause="network"),
        failed_at(connection, MIDNIGHT + 5 * MINUTE),
        check_at(connection, MIDNIGHT + 20 * MINUTE),
        failed_at(connection, MIDNIGHT + 35 * MINUTE),
    )
    make_until(MIDNIGHT)
    assert outages(connection) == [(MIDNIGHT - 10 * MINUTE, MIDNIGHT, "network", 1)]
    make_until(MIDNIGHT + HOUR)
    first, second = outages(connection)
    assert first == (MIDNIGHT - 10 * MINUTE, MIDNIGHT + 20 * MINUTE, "network", 2)
    assert second == (MIDNIGHT + 35 * MINUTE, MIDNIGHT + HOUR, "provider", 1)


def test_a_hole_in_what_was_observed_makes_two_outages(connection: Connection) -> None:
    save(failed_at(connection, MIDNIGHT), failed_at(connection, MIDNIGHT + 50 * MINUTE))
    make_until(MIDNIGHT + HOUR)
    assert [(start, end) for start, end, _, _ in outages(connection)] == [
        (MIDNIGHT, MIDNIGHT + 30 * MINUTE),
        (MIDNIGHT + 50 * MINUTE, MIDNIGHT + HOUR),
    ]


def test_statistics_made_while_somebody_reads_are_not_counted_twice(
    connection: Connection,
) -> None:
    save(
        failed_at(connection, MIDNIGHT - 10 * MINUTE),
        check_at(connection, MIDNIGHT + 10 * MINUTE),
        failed_at(connection, MIDNIGHT + 20 * MINUTE),
    )
    now = MIDNIGHT + HOUR + 5 * MINUTE
    make_until(MIDNIGHT)
    before = spans(connection, now, MIDNIGHT), seen(connection, now, MIDNIGHT)
    make_until(MIDNIGHT + HOUR)
    after = spans(connection, now, MIDNIGHT), seen(connection, now, MIDNIGHT)
    assert [span[:2] for span in after[0]] == [span[:2] for span in before[0]]
    assert after[1] == before[1]


def test_of_the_hour_in_which_a_window_begins_a_share_counts(connection: Connection) -> None:
    save(
        failed_at(connection, MIDNIGHT),
        check_at(connection, MIDNIGHT + 30 * MINUTE, interval_seconds=3600),
    )
    now = MIDNIGHT + DAY + 45 * MINUTE  # the window begins three quarters into the first hour
    make_until(MIDNIGHT + DAY)
    found = seen(connection, now, MIDNIGHT + DAY)
    assert found.unhealthy_seconds == pytest.approx(30 * 60 / 4)
    assert found.seconds == pytest.approx(60 * 60 / 4 + 90 * 60)


# --- How they are made ------------------------------------------------------------------------


def test_an_hour_is_made_once_it_has_been_over_for_two_minutes(connection: Connection) -> None:
    save(check_at(connection, MIDNIGHT + MINUTE))
    late = MIDNIGHT + HOUR + 2 * MINUTE
    assert make_statistics(late - dt.timedelta.resolution) == 0
    assert make_statistics(late) == 1
    assert made_until() == MIDNIGHT + HOUR


def test_what_was_left_out_is_caught_up_with_in_order(connection: Connection) -> None:
    random_history(connection, MIDNIGHT + MINUTE, MIDNIGHT + 8 * HOUR, seed=5)
    assert make_until(MIDNIGHT + 8 * HOUR) == 8
    at_once = list(HourlyStatistics.objects.order_by("starts_at").values()), outages(connection)
    for model in (HourlyStatistics, Outage, StatisticsState):
        model.objects.all().delete()
    for hours in (1, 2, 8):
        make_until(MIDNIGHT + hours * HOUR)
    step_by_step = list(HourlyStatistics.objects.order_by("starts_at").values())
    assert (step_by_step, outages(connection)) == at_once


def test_made_again_nothing_changes(connection: Connection) -> None:
    random_history(connection, MIDNIGHT, MIDNIGHT + 2 * HOUR, seed=6)
    make_until(MIDNIGHT + 2 * HOUR)
    before = list(HourlyStatistics.objects.values()), outages(connection)
    assert make_until(MIDNIGHT + 2 * HOUR) == 0
    assert (list(HourlyStatistics.objects.values()), outages(connection)) == before


@pytest.mark.django_db(transaction=True)
def test_of_several_that_make_them_at_once_one_does(connection: Connection) -> None:
    save(check_at(connection, MIDNIGHT + MINUTE))
    other = database.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('statistics'))")
            assert make_until(MIDNIGHT + HOUR) == 0
            cursor.execute("SELECT pg_advisory_unlock(hashtext('statistics'))")
    finally:
        other.close()
    assert make_until(MIDNIGHT + HOUR) == 1


def test_before_the_first_check_there_is_nothing_to_make() -> None:
    assert make_statistics(MIDNIGHT + HOUR / 2) == 0
    assert made_until() == MIDNIGHT


def test_every_tenant_has_its_own_rows(connection: Connection) -> None:
    stranger = make_connection(make_integration(make_tenant("Stranger")), token=None)
    save(check_at(connection, MIDNIGHT), failed_at(stranger, MIDNIGHT))
    make_until(MIDNIGHT + HOUR)
    found = HourlyStatistics.objects.values_list("connection_id", "tenant_id", "failed")
    assert set(found) == {
        (connection.pk, connection.tenant_id, 0),
        (stranger.pk, stranger.tenant_id, 1),
    }


def test_what_a_deletion_at_the_same_time_left_goes_with_the_next_hour(
    connection: Connection,
) -> None:
    save(failed_at(connection, MIDNIGHT - MINUTE, interval_seconds=7200))
    make_until(MIDNIGHT)
    deleted, models = new_id(), (HourlyStatistics, DailyStatistics, Outage)
    for model in models:
        statement = f"UPDATE {model._meta.db_table} SET connection_id = %(id)s"  # noqa: S608 - ours
        assert execute(statement, {"id": deleted})
    make_until(MIDNIGHT + HOUR)
    for model in models:
        assert not model.objects.filter(connection_id=deleted).exists()


def test_a_past_that_was_written_after_the_event_gets_its_statistics(
    connection: Connection,
) -> None:
    other = make_connection(connection.integration, "Other", token=None)
    save(check_at(other, MIDNIGHT - DAY))
    make_until(MIDNIGHT + 2 * HOUR)
    before = rows(other)
    random_history(connection, MIDNIGHT - 5 * HOUR, MIDNIGHT + 3 * HOUR, seed=7)
    now = MIDNIGHT + 3 * HOUR
    make_past([connection.pk], MIDNIGHT - 5 * HOUR)
    assert rows(other) == before
    checked, summed = (seen(connection, now, m) for m in (NO_STATISTICS, MIDNIGHT + 2 * HOUR))
    assert summed.uptime == checked.uptime
    assert DailyStatistics.objects.filter(connection=connection).exists()
