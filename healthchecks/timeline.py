"""A connection's results over time, in equal steps: what a band of bars shows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthchecks.held import DAY, span
from healthchecks.history import WEEK, WHOSE_CHECKS, Reach, Scope
from healthchecks.statements import fetch
from healthchecks.status import FailureCause

# A window's length, and the shortest step in it: about a hundred of them.
TIMELINES = {"24h": (DAY, dt.timedelta(minutes=15)), "7d": (WEEK, dt.timedelta(hours=2))}
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)

_SQL = f"""
SELECT date_bin(%(step)s, created_at, 'epoch') AS at,
       count(*) FILTER (WHERE kind = 'healthy'),
       count(*) FILTER (WHERE kind = 'degraded'),
       count(*) FILTER (WHERE kind = 'unhealthy'),
       count(*) FILTER (WHERE kind = 'inconclusive'),
       count(*) FILTER (WHERE kind = 'maintenance'),
       sum(slots_missed)::int,
       mode() WITHIN GROUP (ORDER BY failure_cause) FILTER (WHERE kind <> 'maintenance')
FROM health_checks, LATERAL (
    SELECT CASE WHEN maintenance THEN 'maintenance'
                WHEN outcome = 'inconclusive' THEN outcome ELSE status END AS kind
) AS counted
WHERE id >= %(lowest)s AND id < %(highest)s AND {WHOSE_CHECKS}
  AND created_at >= %(since)s AND created_at < %(until)s
GROUP BY at ORDER BY at
"""  # noqa: S608 - our own words


@dataclass(frozen=True, kw_only=True)
class Step:
    """How many checks of one step found what; those in maintenance count as that alone. `missed`
    were planned and not made. `cause` is the most frequent one of its failures."""

    at: dt.datetime
    healthy: int
    degraded: int
    unhealthy: int
    inconclusive: int
    maintenance: int
    missed: int
    cause: FailureCause | None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Steps that begin at `since` or a multiple of `bucket_seconds` later, oldest first; those
    without a check are left out."""

    since: dt.datetime
    bucket_seconds: int
    points: Sequence[Step]


def timeline(scope: Scope, at: Reach, window: str, interval: dt.timedelta) -> Timeline:
    """Return the results of a connection that is checked at this interval. One query.

    No step is shorter than the interval. The first one is that in which the window begins, whole.
    """
    length, shortest = TIMELINES[window]
    begins, step = at.start(length), max(shortest, interval)
    since = begins - (begins - _EPOCH) % step
    rows = fetch(_SQL, {**scope.parameters, **span(since, at.now), "step": step})
    points = [
        Step(
            at=start,
            healthy=healthy,
            degraded=degraded,
            unhealthy=unhealthy,
            inconclusive=inconclusive,
            maintenance=maintenance,
            missed=missed,
            cause=FailureCause(cause) if cause else None,
        )
        for start, healthy, degraded, unhealthy, inconclusive, maintenance, missed, cause in rows
    ]
    return Timeline(since=since, bucket_seconds=int(step.total_seconds()), points=points)
