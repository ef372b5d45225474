"""How fast a connection's test action answered, over time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthchecks.held import DAY, HOUR, floor_day, floor_hour, span
from healthchecks.history import WHOSE, WHOSE_CHECKS, WINDOWS, Reach, Scope
from healthchecks.statements import fetch

QUARTER = dt.timedelta(minutes=15)
_STEPS = {"24h": QUARTER, "7d": HOUR, "30d": HOUR, "90d": DAY}

_POINTS = """
SELECT starts_at, latency_count, latency_p50, latency_p95, latency_p99, latency_max
FROM {table}
WHERE {whose} AND starts_at >= %(start)s AND starts_at < %(since)s AND latency_count > 0
UNION ALL
"""
_POINTS_OF_CHECKS = f"""
SELECT at, count, latencies[1], latencies[2], latencies[3], latencies[4]
FROM (
    SELECT date_bin(%(step)s, created_at, 'epoch') AS at, count(*) AS count,
           percentile_disc(ARRAY[0.5, 0.95, 0.99, 1])
               WITHIN GROUP (ORDER BY test_action_latency_ms) AS latencies
    FROM health_checks
    WHERE id >= %(lowest)s AND id < %(highest)s AND {WHOSE_CHECKS}
      AND created_at >= %(since)s AND created_at < %(until)s
      AND outcome = 'passed' AND test_action_latency_ms IS NOT NULL
    GROUP BY at
) AS each
ORDER BY 1
"""  # noqa: S608 - our own words
_SQL = {
    QUARTER: _POINTS_OF_CHECKS,
    HOUR: _POINTS.format(table="hourly_statistics", whose=WHOSE) + _POINTS_OF_CHECKS,
    DAY: _POINTS.format(table="daily_statistics", whose=WHOSE) + _POINTS_OF_CHECKS,
}


@dataclass(frozen=True, kw_only=True)
class Point:
    """The passed checks of one bucket that begins `at`; percentiles in ms, by nearest rank."""

    at: dt.datetime
    count: int
    p50: int
    p95: int
    p99: int
    max: int


def bucket_seconds(window: str) -> int:
    return int(_STEPS[window].total_seconds())


def points(scope: Scope, at: Reach, window: str) -> Sequence[Point]:
    """Return the latencies of a connection, oldest first, without empty buckets. One query.

    The first bucket is the one in which the window begins, whole.
    """
    step = _STEPS[window]
    start = _floor(at.start(WINDOWS[window]), step)
    # Buckets of an hour and a day come from statistics as far as those go.
    since = start if step == QUARTER else max(start, _floor(at.made_until, step))
    chosen = {**scope.parameters, **span(since, at.now), "start": start, "step": step}
    return [
        Point(at=begins, count=count, p50=p50, p95=p95, p99=p99, max=highest)
        for begins, count, p50, p95, p99, highest in fetch(_SQL[step], chosen)
    ]


def _floor(moment: dt.datetime, step: dt.timedelta) -> dt.datetime:
    if step == DAY:
        return floor_day(moment)
    hour = floor_hour(moment)
    return hour + (moment - hour) // step * step
