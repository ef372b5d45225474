"""What the stored checks add up to: uptime, coverage, counts.

Everything is computed by the database, for one connection or for all of a tenant, in a number of
queries that does not grow with them.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection as database
from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from api.ids import lowest_id
from connections.models import ConnectionHealth
from healthchecks.models import HealthCheck

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
# An id is minted when its check is claimed, a little before the check is made.
CLAIM_LIFE = dt.timedelta(hours=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # no id is older


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose checks: a tenant's, or those of one of its connections."""

    tenant_id: UUID
    connection_id: UUID | None = None

    @property
    def checks(self) -> QuerySet[HealthCheck]:
        return HealthCheck.objects.filter(**self._columns)

    @property
    def health(self) -> QuerySet[ConnectionHealth]:
        return ConnectionHealth.objects.filter(**self._columns)

    @property
    def _columns(self) -> dict[str, UUID]:
        if self.connection_id is None:
            return {"tenant_id": self.tenant_id}
        return {"tenant_id": self.tenant_id, "connection_id": self.connection_id}


# A conclusive check's status holds until the next one, for twice its interval at most; time
# beyond is unobserved. Each connection counts alike, however often it is checked.
_UPTIME = """
WITH held AS (
    SELECT connection_id, status = 'unhealthy' AS is_down, created_at AS since,
           least(
               lead(created_at) OVER (PARTITION BY connection_id ORDER BY id),
               created_at + 2 * make_interval(secs => interval_seconds),
               now()
           ) AS until
    FROM health_checks
    WHERE tenant_id = %(tenant)s AND (%(connection)s IS NULL OR connection_id = %(connection)s)
      AND id >= %(oldest)s AND outcome <> 'inconclusive'
), observed AS (
    SELECT window_start, connection_id,
           sum(extract(epoch FROM until - greatest(since, window_start))) AS seconds,
           coalesce(
               sum(extract(epoch FROM until - greatest(since, window_start)))
                   FILTER (WHERE is_down), 0
           ) AS seconds_down
    FROM held JOIN unnest(%(starts)s) AS window_start ON until > window_start
    GROUP BY window_start, connection_id
)
SELECT window_start, round(avg(100 * (1 - seconds_down / seconds)), 2)
FROM observed WHERE seconds > 0
GROUP BY window_start
"""


def uptime(scope: Scope, *windows: dt.timedelta) -> Mapping[dt.timedelta, float | None]:
    """Return, for each window up to now, the percentage of observed time without `unhealthy`.

    A tenant's is the mean of its connections'. None where nothing was observed. Two queries.
    """
    now = timezone.now()
    longest = scope.health.aggregate(Max("interval_seconds"))["interval_seconds__max"] or 0
    look_back = dt.timedelta(seconds=2 * longest) + CLAIM_LIFE
    starts = {now - window: window for window in windows}
    with database.cursor() as cursor:
        cursor.execute(
            _UPTIME,
            {
                "tenant": scope.tenant_id,
                "connection": scope.connection_id,
                "oldest": lowest_id(min(starts) - look_back),
                "starts": list(starts),
            },
        )
        shares = {starts[start]: float(share) for start, share in cursor.fetchall()}
    return {window: shares.get(window) for window in windows}


def coverage(scope: Scope, window: dt.timedelta) -> float | None:
    """Return the percentage of slots up to now that were not missed; None without slots."""
    sums = made_within(scope, window).aggregate(slots=Sum("slots"), missed=Sum("slots_missed"))
    if not sums["slots"]:
        return None
    return float(round(100 * (1 - sums["missed"] / sums["slots"]), 2))


def made_within(scope: Scope, window: dt.timedelta) -> QuerySet[HealthCheck]:
    """Return the checks made in this window up to now."""
    return made_between(scope.checks, timezone.now() - window, None)


def made_between(
    checks: QuerySet[HealthCheck], start: dt.datetime | None, end: dt.datetime | None
) -> QuerySet[HealthCheck]:
    """Return the checks made from `start` on and before `end`; None is no bound.

    Said of the ids too, so that only the partitions that can hold them are read.
    """
    if start is not None:
        claimed = max(start, _EPOCH + CLAIM_LIFE) - CLAIM_LIFE
        checks = checks.filter(created_at__gte=start, pk__gte=lowest_id(claimed))
    if end is not None:
        checks = checks.filter(created_at__lt=end, pk__lt=lowest_id(max(end, _EPOCH)))
    return checks
