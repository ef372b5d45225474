"""Hourly and daily statistics and the outages: made by the database, for all connections at once.

Hours are made in order, each in a transaction of its own, which also notes how far they reach. A
check that was held back counts in an hour that is not made yet (`recording.py`).
An hour begins with what held at the end of the one before, so no raw row is searched for.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from api.ids import time_of
from healthchecks.held import (
    DAY,
    HOUR,
    SETTLED_AFTER,
    floor_day,
    floor_hour,
    held,
    held_and_stretches,
    span,
)
from healthchecks.missed import slots_of_check_before, slots_of_statistics_before
from healthchecks.models import (
    DailyStatistics,
    HealthCheck,
    HourlyStatistics,
    Outage,
    StatisticsState,
)
from healthchecks.partitions import HOURLY_STATISTICS
from healthchecks.statements import execute, fetch

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('statistics'))"
_WAIT_FOR_LOCK = "SELECT pg_advisory_xact_lock(hashtext('statistics'))"
# Whoever writes has an id; its results may belong to an hour that was not settled when it began.
_STILL_WRITING = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_xid IS NOT NULL AND xact_start < %(settled)s
)
"""
_ROOM_TO_SORT = "SELECT set_config('work_mem', '64MB', true)"
_WHOSE = "(%(only)s::uuid[] IS NULL OR connection_id = ANY(%(only)s::uuid[]))"

_LATENCIES = """
           count(test_action_latency_ms) FILTER (WHERE outcome = 'passed') AS latency_count,
           percentile_disc(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY test_action_latency_ms)
               FILTER (WHERE outcome = 'passed') AS latencies
"""

_MAKE_HOUR = f"""
WITH {held(_WHOSE, _WHOSE)}, observed AS (
    SELECT connection_id, tenant_id,
           sum(extract(epoch FROM until - since) * 1000) AS observed_ms,
           coalesce(
               sum(extract(epoch FROM until - since) * 1000) FILTER (WHERE is_unhealthy), 0
           ) AS unhealthy_ms,
           max(held_until) FILTER (WHERE is_last AND held_until > %(until)s) AS held_until,
           bool_or(is_unhealthy AND is_last) AS held_unhealthy
    FROM held GROUP BY connection_id, tenant_id
), made AS MATERIALIZED (
    SELECT connection_id, tenant_id, outcome, slots, slots_missed, failure_cause,
           test_action_latency_ms, {slots_of_check_before("%(since)s")} AS slots_before,
           created_at - (slots - 1) * make_interval(secs => interval_seconds)
               AS slots_since, interval_seconds
    FROM health_checks
    WHERE id >= %(lowest)s AND id < %(highest)s AND {_WHOSE}
      AND created_at >= %(since)s AND created_at < %(until)s
), counted AS (
    SELECT connection_id, tenant_id, count(*) AS checks,
           count(*) FILTER (WHERE outcome = 'failed') AS failed,
           count(*) FILTER (WHERE outcome = 'inconclusive') AS inconclusive,
           sum(slots) AS slots, sum(slots_missed) AS slots_missed,
           sum(slots_before) AS slots_before,
           sum(least(slots_before, slots_missed)) AS missed_before,
           min(slots_since) FILTER (WHERE slots_before > 0) AS slots_since,
           max(interval_seconds) FILTER (WHERE slots_before > 0) AS slots_apart,
           {_LATENCIES}
    FROM made GROUP BY connection_id, tenant_id
), causes AS (
    SELECT connection_id, jsonb_object_agg(failure_cause, n) AS failures_by_cause
    FROM (
        SELECT connection_id, failure_cause, count(*) AS n FROM made
        WHERE failure_cause IS NOT NULL GROUP BY connection_id, failure_cause
    ) AS each
    GROUP BY connection_id
)
INSERT INTO hourly_statistics (
    connection_id, tenant_id, starts_at, held_until, held_unhealthy, observed_ms, unhealthy_ms,
    checks, failed, inconclusive, slots, slots_missed, slots_before, missed_before, slots_since,
    slots_apart, failures_by_cause,
    latency_count, latency_p50, latency_p95, latency_p99, latency_max
)
SELECT connection_id, tenant_id, %(since)s, held_until, coalesce(held_unhealthy, false),
       coalesce(observed_ms, 0), coalesce(unhealthy_ms, 0),
       coalesce(checks, 0), coalesce(failed, 0), coalesce(inconclusive, 0),
       coalesce(slots, 0), coalesce(slots_missed, 0), coalesce(slots_before, 0),
       coalesce(missed_before, 0), slots_since, slots_apart, failures_by_cause,
       coalesce(latency_count, 0), latencies[1], latencies[2], latencies[3], latencies[4]
FROM observed FULL JOIN counted USING (connection_id, tenant_id)
LEFT JOIN causes USING (connection_id)
WHERE EXISTS (SELECT FROM connections c WHERE c.id = connection_id)
ORDER BY tenant_id, connection_id
"""  # noqa: S608 - our own words

# Those that reached the border of the hours may go on beyond it.
_MAKE_OUTAGES = f"""
WITH {held_and_stretches(_WHOSE, _WHOSE, reached="ended_at = %(since)s")}
INSERT INTO outages (connection_id, tenant_id, started_at, ended_at, cause, checks)
SELECT connection_id, tenant_id, started_at, ended_at, cause, checks FROM stretches
WHERE ended_at > %(since)s AND EXISTS (SELECT FROM connections c WHERE c.id = connection_id)
ON CONFLICT (connection_id, tenant_id, started_at) DO UPDATE
SET ended_at = excluded.ended_at, checks = excluded.checks, cause = excluded.cause
"""  # noqa: S608 - our own words

_MAKE_DAY = f"""
WITH hours AS MATERIALIZED (
    SELECT *, {slots_of_statistics_before("%(since)s")} AS slots_before_day
    FROM hourly_statistics
    WHERE starts_at >= %(since)s AND starts_at < %(until)s AND {_WHOSE}
), sums AS (
    SELECT connection_id, tenant_id, sum(checks) AS checks, sum(failed) AS failed,
           sum(inconclusive) AS inconclusive, sum(slots) AS slots,
           sum(slots_missed) AS slots_missed, sum(slots_before_day) AS slots_before,
           sum(least(slots_before_day, missed_before)) AS missed_before,
           min(slots_since) FILTER (WHERE slots_before_day > 0) AS slots_since,
           max(slots_apart) FILTER (WHERE slots_before_day > 0) AS slots_apart,
           sum(observed_ms) AS observed_ms, sum(unhealthy_ms) AS unhealthy_ms
    FROM hours GROUP BY connection_id, tenant_id
), latencies AS (
    SELECT connection_id, {_LATENCIES}
    FROM health_checks
    WHERE id >= %(lowest)s AND id < %(highest)s AND {_WHOSE}
      AND created_at >= %(since)s AND created_at < %(until)s
    GROUP BY connection_id
), causes AS (
    SELECT connection_id, jsonb_object_agg(cause, n) AS failures_by_cause
    FROM (
        SELECT connection_id, cause, sum(n::int) AS n
        FROM hours, jsonb_each_text(failures_by_cause) AS each(cause, n)
        GROUP BY connection_id, cause
    ) AS each
    GROUP BY connection_id
)
INSERT INTO daily_statistics (
    connection_id, tenant_id, starts_at, observed_ms, unhealthy_ms,
    checks, failed, inconclusive, slots, slots_missed, slots_before, missed_before, slots_since,
    slots_apart, failures_by_cause,
    latency_count, latency_p50, latency_p95, latency_p99, latency_max
)
SELECT connection_id, tenant_id, %(since)s, observed_ms, unhealthy_ms,
       checks, failed, inconclusive, slots, slots_missed, slots_before, missed_before, slots_since,
       slots_apart, failures_by_cause,
       coalesce(latency_count, 0), latencies[1], latencies[2], latencies[3], latencies[4]
FROM sums LEFT JOIN latencies USING (connection_id) LEFT JOIN causes USING (connection_id)
ORDER BY tenant_id, connection_id
"""  # noqa: S608 - our own words

# What was made while its connection was being deleted.
_ORPHANS = """
DELETE FROM {table} s
WHERE {column} >= %(since)s AND NOT EXISTS (SELECT FROM connections c WHERE c.id = s.connection_id)
"""


def make_statistics(now: dt.datetime | None = None) -> int:
    """Make the statistics of all hours that are over and settled; return the number of hours.

    Harmless when several do it at once: one does, the others return. `now` is the database's
    clock unless it is given.
    """
    hours = 0
    while _make_next_hour(now or fetch("SELECT clock_timestamp()")[0][0]):
        hours += 1
    return hours


def make_past(connection_ids: Sequence[UUID], since: dt.datetime) -> None:
    """Make the statistics of connections whose checks, all made since `since`, were written
    after the event, as far as they are made for all. Those made meanwhile are made anew."""
    with transaction.atomic():
        execute(_WAIT_FOR_LOCK)
        for model in (HourlyStatistics, DailyStatistics, Outage):
            model.objects.filter(connection__in=connection_ids).delete()
        until, hour = made_until(), floor_hour(since)
        while until is not None and hour < until:
            _make_hour(hour, only=connection_ids)
            hour += HOUR


def made_until() -> dt.datetime | None:
    """Return up to when there are statistics: a full hour. None: there are none yet. One query."""
    return StatisticsState.objects.values_list("made_until", flat=True).first()


@transaction.atomic
def _make_next_hour(now: dt.datetime) -> bool:
    """Make one hour; return whether there was one to make."""
    if not fetch(_LOCK)[0][0]:
        return False
    hour = made_until()
    if hour is None:
        hour = _first_hour(now)
        StatisticsState.objects.create(made_until=hour)
    settled = hour + HOUR + SETTLED_AFTER
    if now < settled or fetch(_STILL_WRITING, {"settled": settled})[0][0]:
        return False
    HOURLY_STATISTICS.make(hour.date(), hour.date())
    _remove_orphans(hour)
    _make_hour(hour)
    StatisticsState.objects.update(made_until=hour + HOUR)
    return True


def _first_hour(now: dt.datetime) -> dt.datetime:
    oldest = HealthCheck.objects.order_by("pk").values_list("pk", flat=True).first()
    return floor_hour(time_of(oldest) if oldest else now)


def _make_hour(hour: dt.datetime, only: Sequence[UUID] | None = None) -> None:
    """Make one hour, and the day that ends with it, of all connections or `only` of these."""
    execute(_ROOM_TO_SORT)
    chosen = {"only": list(only) if only is not None else None}
    end = hour + HOUR
    for statement in (_MAKE_HOUR, _MAKE_OUTAGES):
        execute(statement, span(hour, end) | chosen)
    if end == floor_day(end):
        execute(_MAKE_DAY, span(end - DAY, end) | chosen)


def _remove_orphans(hour: dt.datetime) -> None:
    tables = [("hourly_statistics", "starts_at", HOUR), ("outages", "ended_at", HOUR)]
    if hour == floor_day(hour):
        tables.append(("daily_statistics", "starts_at", DAY))
    for table, column, age in tables:
        execute(_ORPHANS.format(table=table, column=column), {"since": hour - age})
