"""Hourly and daily statistics and outages: they say what the checks say."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection as database

from api.ids import new_id
from connections.models import Connection
from healthchecks.held import floor_hour
from healthchecks.history import Observed, Reach, Scope, observe
from healthchecks.models import (
    DailyStatistics,
    HealthCheck,
    HourlyStatistics,
    Outage,
    StatisticsState,
)
from healthchecks.outages import Uptime, episodes, uptimes
from healthchecks.partitions import HEALTH_CHECKS
from healthchecks.statements import execute, fetch
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


def figures(connection: Connection, now: dt.datetime, made: dt.datetime) -> Uptime:
    return uptimes(Scope.of(connection), Reach(now=now, made_until=made))[0]


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


@pytest.mark.parametrize("made", [NO_STATISTICS, MIDNIGHT + HOUR, MIDNIGHT + 3 * HOUR])
def test_maintenance_is_not_observed_and_ends_what_held_before(
    connection: Connection, made: dt.datetime
) -> None:
    """Of three hours: 30 minutes well and 30 not; then 75 in maintenance, in which it fails and is
    limited; then 15 not well and 30 well."""
    at = {minute: MIDNIGHT + minute * MINUTE for minute in range(0, 181, 15)}
    aside: dict[str, Any] = {"maintenance": True}
    save(
        *(check_at(connection, at[minute]) for minute in (0, 15)),
        *(failed_at(connection, at[minute]) for minute in (30, 45)),
        check_at(connection, at[60], outcome="inconclusive", failure_cause="rate_limited", **aside),
        *(failed_at(connection, at[minute], **aside) for minute in (75, 90)),
        *(check_at(connection, at[minute], **aside) for minute in (105, 120)),
        failed_at(connection, at[135]),
        *(check_at(connection, at[minute]) for minute in (150, 165)),
    )
    make_until(made)
    observed = seen(connection, at[180], made)
    assert (observed.seconds, observed.unhealthy_seconds) == (105 * 60, 45 * 60)
    assert observed.uptime == 57.14
    assert observed.coverage == 100
    assert spans(connection, at[180], made) == [
        (at[30], at[60], "provider", 2),
        (at[135], at[150], "provider", 1),
    ]
    assert figures(connection, at[180], made).mttr_seconds == 22.5 * 60


def test_statistics_made_while_somebody_reads_are_not_counted_twice(
    connection: Connection,
) -> None:
    save(
        failed_at(connection, MIDNIGHT - 10 * MINUTE),
        failed_at(connection, MIDNIGHT + 5 * MINUTE),
        check_at(connection, MIDNIGHT + 10 * MINUTE),
        failed_at(connection, MIDNIGHT + 20 * MINUTE),
    )
    now = MIDNIGHT + HOUR + 5 * MINUTE
    make_until(MIDNIGHT)
    before = spans(connection, now, MIDNIGHT), seen(connection, now, MIDNIGHT)
    make_until(MIDNIGHT + HOUR)
    after = spans(connection, now, MIDNIGHT), seen(connection, now, MIDNIGHT)
    assert after == before


def test_an_outage_began_when_it_began_however_far_behind_statistics_are(
    connection: Connection,
) -> None:
    save(*(failed_at(connection, MIDNIGHT - 10 * HOUR + n * HOUR / 4) for n in range(200)))
    make_until(MIDNIGHT)
    now = MIDNIGHT + DAY + 2 * HOUR
    [outage] = episodes(Scope.of(connection), Reach(now=now, made_until=MIDNIGHT), now - DAY)
    assert (outage.started_at, outage.ended_at) == (MIDNIGHT - 10 * HOUR, None)
    assert outage.checks == 36 * 4


@pytest.mark.parametrize("minutes", [20, 30, 45])
def test_a_window_that_begins_within_an_hour_begins_there(
    connection: Connection, minutes: int
) -> None:
    now = MIDNIGHT + DAY + minutes * MINUTE
    save(
        failed_at(connection, MIDNIGHT - 10 * MINUTE, slots=9),
        failed_at(connection, MIDNIGHT + 10 * MINUTE),
        check_at(connection, MIDNIGHT + 30 * MINUTE, slots=3, slots_missed=2),
        failed_at(connection, MIDNIGHT + 50 * MINUTE, interval_seconds=3600),
        check_at(connection, now - 5 * MINUTE),
    )
    from_checks = figures(connection, now, NO_STATISTICS)
    make_until(now)
    assert figures(connection, now, MIDNIGHT + DAY) == from_checks
    expected = read(connection, now - DAY, now)
    assert from_checks.downtime_seconds == expected.unhealthy_seconds


def test_an_outage_that_ended_before_the_window_is_no_downtime(connection: Connection) -> None:
    save(
        failed_at(connection, MIDNIGHT, interval_seconds=60),
        *(check_at(connection, MIDNIGHT + n * HOUR / 4) for n in range(1, 97)),
    )
    now = MIDNIGHT + DAY + 20 * MINUTE
    make_until(now)
    found = figures(connection, now, MIDNIGHT + DAY)
    assert (found.uptime, found.downtime_seconds, found.longest_outage_seconds) == (100, 0, None)


def test_what_was_last_observed_before_the_window_is_no_uptime(connection: Connection) -> None:
    save(failed_at(connection, MIDNIGHT, interval_seconds=60))
    now = MIDNIGHT + DAY + 30 * MINUTE
    make_until(now)
    assert figures(connection, now, MIDNIGHT + DAY).uptime is None


def test_where_its_checks_are_gone_a_window_begins_with_the_next_hour(
    connection: Connection,
) -> None:
    save(
        *(failed_at(connection, MIDNIGHT + n * MINUTE, slots_missed=1) for n in (15, 30, 45)),
        check_at(connection, MIDNIGHT + 70 * MINUTE),
    )
    now = MIDNIGHT + DAY + 20 * MINUTE
    make_until(now)
    HealthCheck.objects.order_by("pk")[0].delete()
    found = figures(connection, now, MIDNIGHT + DAY)
    assert found.downtime_seconds == found.longest_outage_seconds == 10 * 60
    assert (found.uptime, found.coverage) == (75, 100)


@pytest.mark.parametrize("ago", [20 * MINUTE, 3 * HOUR + 20 * MINUTE, 18 * HOUR, 23 * HOUR])
@pytest.mark.parametrize("window", [DAY, 2 * DAY])
def test_a_missed_slot_counts_when_it_passed(
    connection: Connection, ago: dt.timedelta, window: dt.timedelta
) -> None:
    now = MIDNIGHT + 2 * DAY + 5 * HOUR + 20 * MINUTE
    again = now - ago  # Vitals was stopped for two days until then
    since = int(ago / MINUTE) // 15 + 1  # its slots from then on
    save(
        check_at(connection, again, slots=193, slots_missed=192),
        *(check_at(connection, again + n * HOUR / 4) for n in range(1, since)),
    )
    from_checks = seen(connection, now, NO_STATISTICS, window).coverage
    assert from_checks == pytest.approx(100 * since / (window / (HOUR / 4)), abs=1.1)
    make_until(now)
    assert seen(connection, now, MIDNIGHT + 2 * DAY + 5 * HOUR, window).coverage == from_checks


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


@pytest.mark.django_db(transaction=True)
def test_an_hour_waits_for_those_that_may_still_write_its_checks(connection: Connection) -> None:
    save(check_at(connection, MIDNIGHT + MINUTE))
    recorder = database.copy()
    try:
        recorder.set_autocommit(False)
        with recorder.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        now = fetch("SELECT clock_timestamp()")[0][0]
        StatisticsState.objects.create(made_until=floor_hour(now))
        assert make_until(floor_hour(now) + HOUR) == 0
        recorder.rollback()
    finally:
        recorder.close()
    assert make_until(floor_hour(now) + HOUR) == 1


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
    random_history(connection, MIDNIGHT - 5 * HOUR, MIDNIGHT + 4 * HOUR, seed=7)
    now = MIDNIGHT + 4 * HOUR
    make_until(MIDNIGHT + 3 * HOUR)  # by somebody else, meanwhile
    make_past([connection.pk], MIDNIGHT - 5 * HOUR)
    assert rows(other) == before
    checked, summed = (seen(connection, now, m) for m in (NO_STATISTICS, MIDNIGHT + 3 * HOUR))
    assert spans(connection, now, MIDNIGHT + 3 * HOUR) == spans(connection, now, NO_STATISTICS)
    assert summed.uptime == checked.uptime
    assert DailyStatistics.objects.filter(connection=connection).exists()
