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
from healthchecks.held import CLAIM_LIFE, DAY, HELD, HOUR, floor_day, floor_hour, span
from healthchecks.models import HealthCheck
from healthchecks.statements import fetch

WEEK = 7 * DAY
WINDOWS = {"24h": DAY, "7d": WEEK, "30d": 30 * DAY, "90d": 90 * DAY}
_FIRST_DAY = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)  # no check is older

WHOSE = (
    "tenant_id = %(tenant)s AND (%(connection)s::uuid IS NULL OR connection_id = %(connection)s)"
)

_NOW = "SELECT clock_timestamp(), (SELECT made_until FROM statistics_state)"

# Each connection counts alike, however often it is checked.
_OBSERVED = f"""
WITH {HELD.format(whose=WHOSE)}, pieces AS (
    SELECT * FROM unnest(
        %(of)s::timestamptz[], %(at)s::timestamptz[], %(is_day)s::boolean[], %(share)s::float[]
    ) AS p(start, starts_at, is_day, share)
), windows AS (
    SELECT unnest(%(starts)s::timestamptz[]) AS start
), sums AS (
    SELECT p.start, h.connection_id, h.observed_ms * share AS observed,
           h.unhealthy_ms * share AS unhealthy, h.slots * share AS slots,
           h.slots_missed * share AS missed
    FROM hourly_statistics h JOIN pieces p ON p.starts_at = h.starts_at AND NOT p.is_day
    WHERE h.starts_at = ANY(%(hours)s::timestamptz[]) AND {WHOSE}
    UNION ALL
    SELECT p.start, d.connection_id, d.observed_ms, d.unhealthy_ms, d.slots, d.slots_missed
    FROM daily_statistics d JOIN pieces p ON p.starts_at = d.starts_at AND p.is_day
    WHERE d.starts_at = ANY(%(days)s::timestamptz[]) AND {WHOSE}
    UNION ALL
    SELECT w.start, connection_id, length, CASE WHEN is_unhealthy THEN length ELSE 0 END, 0, 0
    FROM held JOIN windows w ON held.until > w.start,
    LATERAL (
        SELECT 1000 * extract(epoch FROM held.until - greatest(held.since, w.start))::float
            AS length
    ) AS within
    UNION ALL
    SELECT w.start, connection_id, 0, 0, c.slots, c.slots_missed
    FROM health_checks c JOIN windows w ON c.created_at >= w.start
    WHERE id >= %(lowest)s AND id < %(highest)s AND {WHOSE}
      AND created_at >= %(since)s AND created_at < %(until)s
), connections_seen AS (
    SELECT start, sum(observed) AS observed, sum(unhealthy) AS unhealthy, sum(slots) AS slots,
           sum(missed) AS missed
    FROM sums GROUP BY start, connection_id
)
SELECT start, avg(100 * (1 - unhealthy / observed)) FILTER (WHERE observed > 0),
       100 * (1 - sum(missed) / nullif(sum(slots), 0)),
       sum(observed) / 1000, sum(unhealthy) / 1000
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
        """What `WHOSE` asks for."""
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
    """What was seen within a window. Percentages are None where nothing was, or no slot ended."""

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

    A tenant's uptime is the mean of its connections', its coverage that of all their slots.
    """
    starts = {at.start(window): window for window in windows}
    pieces = [piece for start in starts for piece in _pieces(start, at.made_until)]
    rows = fetch(
        _OBSERVED,
        {
            **scope.parameters,
            **at.rest,
            "starts": list(starts),
            "of": [piece.of for piece in pieces],
            "at": [piece.at for piece in pieces],
            "is_day": [piece.is_day for piece in pieces],
            "share": [piece.share for piece in pieces],
            "hours": sorted({piece.at for piece in pieces if not piece.is_day}),
            "days": sorted({piece.at for piece in pieces if piece.is_day}),
        },
    )
    seen = {
        starts[start]: Observed(
            uptime=_percentage(uptime),
            coverage=_percentage(coverage),
            seconds=seconds,
            unhealthy_seconds=unhealthy_seconds,
        )
        for start, uptime, coverage, seconds, unhealthy_seconds in rows
    }
    return {window: seen.get(window, Observed()) for window in starts.values()}


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


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A row of the statistics, of a day or an hour, that counts in the window starting at `of`."""

    of: dt.datetime
    at: dt.datetime
    is_day: bool
    share: float = 1.0


def _pieces(start: dt.datetime, end: dt.datetime) -> list[_Piece]:
    """Return what statistics there are between the two: whole days, and the hours beside them.

    Of the hour in which a window starts only a share counts.
    """
    hours, first_day, last_day = floor_hour(start), _ceil_day(start), floor_day(end)
    if first_day >= last_day:
        first_day = last_day = max(end, hours)
    days = [_Piece(of=start, at=at, is_day=True) for at in _steps(first_day, last_day, DAY)]
    return days + [
        _Piece(of=start, at=at, is_day=False, share=min(1.0, (at + HOUR - start) / HOUR))
        for at in (*_steps(hours, first_day, HOUR), *_steps(last_day, end, HOUR))
    ]


def _ceil_day(moment: dt.datetime) -> dt.datetime:
    return floor_day(moment + DAY - dt.timedelta.resolution)


def _steps(start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    return [start + n * step for n in range(-((start - end) // step))]


def _percentage(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
