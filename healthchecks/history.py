"""What the stored checks add up to: uptime and coverage, and which checks were made when.

Everything is computed by the database, for one connection or for all of a tenant, in a number of
queries that does not grow with them: from statistics as far as they reach, and from the checks
made since.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from api.ids import lowest_id
from connections.models import Connection
from healthchecks.held import CLAIM_LIFE, DAY, HOUR, floor_hour, held, span
from healthchecks.missed import slots_of_check_before, slots_of_statistics_before
from healthchecks.models import HealthCheck
from healthchecks.pieces import pieces_between
from healthchecks.statements import fetch

WEEK = 7 * DAY
WINDOWS = {"24h": DAY, "7d": WEEK, "30d": 30 * DAY, "90d": 90 * DAY}
_FIRST_DAY = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)  # no check is older

WHOSE = (
    "tenant_id = %(tenant)s AND (%(connection)s::uuid IS NULL OR connection_id = %(connection)s)"
)
# Names one column alone, or the tenant's index would be taken for one of its connections.
WHOSE_CHECKS = """CASE WHEN %(connection)s::uuid IS NULL THEN tenant_id = %(tenant)s
         ELSE connection_id = %(connection)s END"""

_NOW = "SELECT clock_timestamp(), (SELECT made_until FROM statistics_state)"

# The hour in which window `n` begins, read check by check. It is `whole` where all checks that its
# statistics count are still there. No join: it would be planned for few rows.
_FIRST_HOUR = """
, {held}, first{n} AS (
    SELECT connection_id, sum(made) >= sum(counted) AS is_whole, sum(observed) AS observed,
           sum(unhealthy) AS unhealthy, sum(slots) AS slots, sum(missed) AS missed
    FROM (
        SELECT connection_id, checks AS counted, 0 AS made, 0 AS observed, 0 AS unhealthy,
               0 AS slots, 0 AS missed
        FROM hourly_statistics WHERE starts_at = %(since{n})s AND {whose}
        UNION ALL
        SELECT connection_id, 0, 1, 0, 0, slots - before, greatest(0, slots_missed - before)
        FROM health_checks, LATERAL (SELECT {before} AS before) AS passed
        WHERE id >= %(lowest{n})s AND id < %(highest{n})s AND {whose_checks}
          AND created_at >= %(since{n})s AND created_at < %(until{n})s
        UNION ALL
        SELECT connection_id, 0, 0, length, is_unhealthy::int * length, 0, 0
        FROM held{n}, LATERAL (
            SELECT 1000 * extract(epoch FROM until - greatest(since, %(start{n})s))::float AS length
        ) AS within
        WHERE until > %(start{n})s
    ) AS each
    GROUP BY connection_id
)
"""
_WITHIN_FIRST_HOUR = """
    UNION ALL
    SELECT %(start{n})s, connection_id, is_whole::int * observed, is_whole::int * unhealthy,
           is_whole::int * slots, is_whole::int * missed, is_whole
    FROM first{n}
"""

_OF_STATISTICS = f"""
    SELECT start, connection_id, observed_ms::float AS observed, unhealthy_ms AS unhealthy,
           slots - before AS slots, slots_missed - least(before, missed_before) AS missed,
           true AS is_whole
    FROM {{table}} JOIN pieces ON at = starts_at AND {{kind}},
    LATERAL (SELECT {slots_of_statistics_before("start")} AS before) AS passed
    WHERE starts_at = ANY(%({{starts}})s::timestamptz[]) AND {WHOSE}
"""  # noqa: S608 - our own words

# Each connection counts alike, however often it is checked.
_OBSERVED = f"""
WITH {held(WHOSE, WHOSE_CHECKS)} {{first_hours}}, pieces AS (
    SELECT * FROM unnest(
        %(of)s::timestamptz[], %(at)s::timestamptz[], %(is_day)s::boolean[]
    ) AS p(start, at, is_day)
), windows AS (
    SELECT unnest(%(starts)s::timestamptz[]) AS start
), sums AS (
    {_OF_STATISTICS.format(table="hourly_statistics", kind="NOT is_day", starts="hours")}
    UNION ALL
    {_OF_STATISTICS.format(table="daily_statistics", kind="is_day", starts="days")}
    UNION ALL
    SELECT w.start, connection_id, length, CASE WHEN is_unhealthy THEN length ELSE 0 END,
           0, 0, true
    FROM held JOIN windows w ON held.until > w.start,
    LATERAL (
        SELECT 1000 * extract(epoch FROM held.until - greatest(held.since, w.start))::float
            AS length
    ) AS within
    UNION ALL
    SELECT start, connection_id, 0, 0, slots - before, greatest(0, slots_missed - before), true
    FROM health_checks JOIN windows ON created_at >= start,
    LATERAL (SELECT {slots_of_check_before("start")} AS before) AS passed
    WHERE id >= %(lowest)s AND id < %(highest)s AND {WHOSE_CHECKS}
      AND created_at >= %(since)s AND created_at < %(until)s
    {{within_first_hours}}
), connections_seen AS (
    SELECT start, sum(observed) AS observed, sum(unhealthy) AS unhealthy, sum(slots) AS slots,
           sum(missed) AS missed, bool_and(is_whole) AS is_whole
    FROM sums GROUP BY start, connection_id
)
SELECT start, avg(100 * (1 - unhealthy / observed)) FILTER (WHERE observed > 0),
       100 * (1 - sum(missed)::float / nullif(sum(slots), 0)),
       sum(observed) / 1000, sum(unhealthy) / 1000, bool_and(is_whole)
FROM connections_seen GROUP BY start
"""  # noqa: S608 - our own words


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose checks: a tenant's, or those of one of its connections."""

    tenant_id: UUID
    connection_id: UUID | None = None

    @classmethod
    def of(cls, connection: Connection) -> "Scope":
        return cls(tenant_id=connection.tenant_id, connection_id=connection.pk)

    @property
    def parameters(self) -> dict[str, UUID | None]:
        """What `WHOSE` and `WHOSE_CHECKS` ask for."""
        return {"tenant": self.tenant_id, "connection": self.connection_id}

    @property
    def checks(self) -> QuerySet[HealthCheck]:
        checks = HealthCheck.objects.filter(tenant_id=self.tenant_id)
        return checks.filter(connection_id=self.connection_id) if self.connection_id else checks


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The moment of a read, and up to when there are statistics: a full hour.

    Where there are none yet, that lies before the first check.
    """

    now: dt.datetime
    made_until: dt.datetime

    def start(self, window: dt.timedelta) -> dt.datetime:
        return self.now - window

    @property
    def rest(self) -> dict[str, Any]:
        """The span that is read from the checks themselves."""
        return span(self.made_until, self.now)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What was seen within a window. Percentages are None where nothing was, or no slot ended.

    `since` is where it begins: at the window's start, or with the next full hour where checks of
    the hour in which it begins are gone.
    """

    since: dt.datetime
    uptime: float | None = None
    coverage: float | None = None
    seconds: float = 0
    unhealthy_seconds: float = 0


def reach() -> Reach:
    """One query."""
    now, made_until = fetch(_NOW)[0]
    return Reach(now=now, made_until=made_until or _FIRST_DAY)


def observe(
    scope: Scope, at: Reach, windows: Iterable[dt.timedelta]
) -> Mapping[dt.timedelta, Observed]:
    """Return what was seen within each window up to now. One query.

    A tenant's uptime is the mean of its connections', its coverage that of all their slots. The
    hour in which a window begins is read from its checks; a connection of which they are gone is
    left out of that hour.
    """
    starts = {at.start(window): window for window in windows}
    pieces = [piece for start in starts for piece in pieces_between(start, at.made_until)]
    first_hours = {
        n: start
        for n, start in enumerate(starts)
        if floor_hour(start) < start and start < at.made_until
    }
    rows = fetch(
        _observed(first_hours),
        {
            **scope.parameters,
            **at.rest,
            **_first_hours(first_hours),
            "starts": list(starts),
            "of": [piece.of for piece in pieces],
            "at": [piece.at for piece in pieces],
            "is_day": [piece.is_day for piece in pieces],
            "hours": sorted({piece.at for piece in pieces if not piece.is_day}),
            "days": sorted({piece.at for piece in pieces if piece.is_day}),
        },
    )
    seen = {
        starts[start]: Observed(
            since=start if is_whole else floor_hour(start) + HOUR,
            uptime=_percentage(uptime),
            coverage=_percentage(coverage),
            seconds=seconds,
            unhealthy_seconds=unhealthy_seconds,
        )
        for start, uptime, coverage, seconds, unhealthy_seconds, is_whole in rows
    }
    return {window: seen.get(window, Observed(since=start)) for start, window in starts.items()}


def made_between(
    checks: QuerySet[HealthCheck], start: dt.datetime | None, end: dt.datetime | None
) -> QuerySet[HealthCheck]:
    """Return the checks made from `start` on and before `end`; None is no bound.

    Said of the ids too, so that only the partitions that can hold them are read.
    """
    if start is not None:
        claimed = max(start, _FIRST_DAY) - CLAIM_LIFE
        checks = checks.filter(created_at__gte=start, pk__gte=lowest_id(claimed))
    if end is not None:
        checks = checks.filter(created_at__lt=end, pk__lt=lowest_id(max(end, _FIRST_DAY)))
    return checks


def _observed(first_hours: Iterable[int]) -> str:
    return _OBSERVED.format(
        first_hours="".join(
            _FIRST_HOUR.format(
                held=held(WHOSE, WHOSE_CHECKS, n),
                before=slots_of_check_before(f"%(start{n})s"),
                whose=WHOSE,
                whose_checks=WHOSE_CHECKS,
                n=n,
            )
            for n in first_hours
        ),
        within_first_hours="".join(_WITHIN_FIRST_HOUR.format(n=n) for n in first_hours),
    )


def _first_hours(starts: Mapping[int, dt.datetime]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for n, start in starts.items():
        hour = floor_hour(start)
        parameters |= span(hour, hour + HOUR, n) | {f"start{n}": start}
    return parameters


def _percentage(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
