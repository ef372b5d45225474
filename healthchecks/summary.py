"""The state of all of a tenant's connections at a glance."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Max, QuerySet, Value, When

from connections.models import Connection
from connections.status import HealthStatus
from healthchecks import history

MOST_SHOWN = 100  # connections in a summary (api.md)


class Standing(IntEnum):
    """Where a connection stands in a summary; those that need attention come first.

    Inactive ones are not being checked: they, their integration or their tenant is not active.
    """

    UNHEALTHY = 0
    DEGRADED = 1
    NOT_CHECKED = 2
    HEALTHY = 3
    INACTIVE = 4


_STANDING = Case(
    When(health__due_at=None, then=Value(Standing.INACTIVE)),
    When(health__last_health_check_at=None, then=Value(Standing.NOT_CHECKED)),
    When(health__health_status=HealthStatus.UNHEALTHY, then=Value(Standing.UNHEALTHY)),
    When(health__health_status=HealthStatus.DEGRADED, then=Value(Standing.DEGRADED)),
    default=Value(Standing.HEALTHY),
    output_field=IntegerField(),
)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """`connections` are those shown, of `total`; percentages are None where nothing was seen."""

    counts: Mapping[Standing, int]
    last_check_at: dt.datetime | None
    uptime_last_24h: float | None
    uptime_last_7d: float | None
    coverage_last_24h: float | None
    connections: Sequence[Connection]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def summarise(tenant_id: UUID) -> Summary:
    """Return the summary of a tenant. Six queries, however many connections there are."""
    scope = history.Scope(tenant_id=tenant_id)
    uptime = history.uptime(scope, history.DAY, history.WEEK)
    connections = Connection.objects.filter(tenant_id=tenant_id)
    rows = connections.values(standing=_STANDING).annotate(
        count=Count("pk"), last=Max("health__last_health_check_at")
    )
    found = {Standing(row["standing"]): row for row in rows}
    return Summary(
        counts={s: found[s]["count"] if s in found else 0 for s in Standing},
        last_check_at=max((row["last"] for row in found.values() if row["last"]), default=None),
        uptime_last_24h=uptime[history.DAY],
        uptime_last_7d=uptime[history.WEEK],
        coverage_last_24h=history.coverage(scope, history.DAY),
        connections=_shown(connections),
    )


def _shown(connections: QuerySet[Connection]) -> Sequence[Connection]:
    rows = connections.select_related("integration", "health")
    return list(rows.order_by(_STANDING, "-pk")[:MOST_SHOWN])
