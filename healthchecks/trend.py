"""How a tenant's connections were over time: where they stood, and what was seen of them.

Where they stood is counted back from where they stand now, by the changes since. What was seen
comes from the statistics alone, so it ends with the last full hour.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from api.ids import lowest_id
from connections.models import Connection
from healthchecks.held import DAY, HOUR, floor_day, floor_hour
from healthchecks.history import WINDOWS, reach
from healthchecks.kept_figures import LARGE, Figures, kept
from healthchecks.missed import slots_of_statistics_before
from healthchecks.statements import fetch

# What each bucket changed in how many are healthy, degraded and unhealthy, and without a bucket how
# many are so now. A new connection began with what its first change came from.
_STOOD = """
WITH checked AS (
    SELECT c.id, c.created_at, h.health_status
    FROM connections c JOIN connection_health h ON h.connection_id = c.id
    WHERE c.tenant_id = %(tenant)s AND h.due_at IS NOT NULL AND h.last_health_check_at IS NOT NULL
), changes AS (
    SELECT s.id, connection_id, from_status, to_status, at
    FROM health_state_changes s JOIN checked ON checked.id = connection_id
    WHERE s.tenant_id = %(tenant)s AND s.id >= %(lowest)s AND at >= %(start)s
), steps AS (
    SELECT NULL::timestamptz AS at, health_status AS status, 1 AS step FROM checked
    UNION ALL
    SELECT created_at, coalesce(first.from_status, health_status), 1
    FROM checked LEFT JOIN (
        SELECT DISTINCT ON (connection_id) connection_id, from_status
        FROM changes ORDER BY connection_id, id
    ) AS first ON first.connection_id = checked.id
    WHERE created_at >= %(start)s
    UNION ALL
    SELECT at, to_status, 1 FROM changes
    UNION ALL
    SELECT at, from_status, -1 FROM changes
)
SELECT date_bin(%(step)s, at, 'epoch') AS bucket,
       coalesce(sum(step) FILTER (WHERE status = 'healthy'), 0),
       coalesce(sum(step) FILTER (WHERE status = 'degraded'), 0),
       coalesce(sum(step) FILTER (WHERE status = 'unhealthy'), 0)
FROM steps GROUP BY bucket
"""

# Days come from their own statistics, but for the last, whose hours are summed. Slots that had
# passed before the span that counts them, after a stop of ours, stand in the buckets in which they
# passed. Each connection counts alike, however often it is checked.
_ROWS = """
    FROM {table} WHERE tenant_id = %(tenant)s AND starts_at >= {since} AND starts_at < {until}
"""
_DAYS = _ROWS.format(table="daily_statistics", since="%(start)s", until="%(hours_since)s")
_HOURS = _ROWS.format(table="hourly_statistics", since="%(hours_since)s", until="%(made_until)s")
_LATE = f"""
    SELECT bucket, 0 AS checks, 0 AS failed, NULL::float AS observed, 0 AS unhealthy,
           passed_by_end - passed AS slots,
           least(passed_by_end, missed_before) - least(passed, missed_before) AS missed
    FROM (SELECT * {{rows}} AND slots_before > 0) AS late,
    generate_series(
        greatest(%(start)s, date_bin(%(step)s, slots_since, 'epoch')), starts_at, %(step)s
    ) AS bucket,
    LATERAL (
        SELECT {slots_of_statistics_before("bucket")} AS passed,
               {slots_of_statistics_before("(bucket + %(step)s)")} AS passed_by_end
    ) AS slots
"""  # noqa: S608 - our own words
_SEEN = f"""
SELECT bucket,
       round(avg(100 * (1 - unhealthy / observed)) FILTER (WHERE observed > 0)::numeric, 2)::float,
       round(100 * (1 - sum(missed)::numeric / nullif(sum(slots), 0)), 2)::float,
       sum(checks)::int, sum(failed)::int, sum(missed)::int
FROM (
    SELECT starts_at AS bucket, checks, failed, observed_ms::float AS observed,
           unhealthy_ms AS unhealthy, slots - slots_before AS slots,
           slots_missed - missed_before AS missed
    {_DAYS}
    UNION ALL
    SELECT date_bin(%(step)s, starts_at, 'epoch') AS bucket, sum(checks), sum(failed),
           sum(observed_ms)::float, sum(unhealthy_ms), sum(slots - slots_before),
           sum(slots_missed - missed_before)
    {_HOURS} GROUP BY connection_id, bucket
    UNION ALL {_LATE.format(rows=_DAYS)}
    UNION ALL {_LATE.format(rows=_HOURS)}
) AS each
GROUP BY bucket
"""  # noqa: S608 - our own words


class TrendPoint(NamedTuple):
    """One bucket that begins `at`: how many of the connections that are checked now stood where at
    its end, and what was seen within it; None where that is not known."""

    at: dt.datetime
    healthy: int
    degraded: int
    unhealthy: int
    uptime: float | None
    coverage: float | None
    checks: int | None
    failed: int | None
    missed: int | None


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The points, oldest first; the last bucket goes on."""

    bucket_seconds: int
    points: Sequence[TrendPoint]


_FIGURES = len(TrendPoint._fields) - 1  # of a point, beside its time
_NONE = (0, 0, 0)


def trend(tenant_id: UUID, window: str) -> Trend:
    """Return how a tenant's connections were, by the hour for 24 hours, else by the day (UTC).

    Four queries. From `LARGE` connections on what is returned may be up to a minute old.
    """
    at = reach()
    step, floor = (HOUR, floor_hour) if window == "24h" else (DAY, floor_day)
    start = floor(at.start(WINDOWS[window]))
    buckets = [start + n * step for n in range((at.now - start) // step + 1)]
    asked = {
        "tenant": tenant_id,
        "step": step,
        "start": start,
        "lowest": lowest_id(start),
        "hours_since": max(start, floor(at.made_until)) if step == DAY else start,
        "made_until": at.made_until,
    }

    def compute() -> Figures:
        rows = zip(_stood(buckets, asked), _seen(buckets, asked), strict=True)
        return [figure for stood, seen in rows for figure in (*stood, *seen)]

    size = Connection.objects.filter(tenant_id=tenant_id).count()
    name = f"trend:{tenant_id}:{window}:{start.timestamp():.0f}"
    figures: Sequence[Any] = kept(name, compute) if size >= LARGE else compute()
    return Trend(
        bucket_seconds=int(step.total_seconds()),
        points=[
            TrendPoint(bucket, *figures[n * _FIGURES : (n + 1) * _FIGURES])
            for n, bucket in enumerate(buckets)
        ],
    )


def _stood(buckets: Sequence[dt.datetime], asked: Mapping[str, Any]) -> Iterable[Sequence[int]]:
    """Return how many were healthy, degraded and unhealthy at the end of each bucket."""
    steps = {bucket: change for bucket, *change in fetch(_STOOD, asked)}
    stood: list[Sequence[int]] = [steps.get(None, _NONE)]
    for bucket in reversed(buckets[1:]):
        changed = steps.get(bucket, _NONE)
        stood.append([now - step for now, step in zip(stood[-1], changed, strict=True)])
    return reversed(stood)


def _seen(
    buckets: Sequence[dt.datetime], asked: Mapping[str, Any]
) -> Iterator[Sequence[float | None]]:
    """Yield uptime, coverage and how many checks were made, failed and missed in each bucket."""
    found = {bucket: figures for bucket, *figures in fetch(_SEEN, asked)}
    for bucket in buckets:
        nothing = (None, None, 0, 0, 0) if bucket < asked["made_until"] else (None,) * 5
        yield found.get(bucket, nothing)
