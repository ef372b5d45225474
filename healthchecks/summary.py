"""The state of all of a tenant's connections at a glance."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Func, Max, QuerySet

from connections.models import Connection, ConnectionHealth
from connections.standing import Standing, standing_rank
from healthchecks import history
from healthchecks.held import DAY
from healthchecks.kept_figures import LARGE, Figures, kept
from healthchecks.models import HealthCheck
from healthchecks.statements import fetch
from integrations.models import Integration

MOST_SHOWN = 100  # connections in a summary (api.md)


# The changes of one connection have an index; a join would be planned for all that there are.
_LATEST_CHANGES = """
SELECT connection_id, at, to_status
FROM unnest(%(ids)s::uuid[]) AS wanted(id), LATERAL (
    SELECT connection_id, at, to_status FROM health_state_changes
    WHERE connection_id = wanted.id ORDER BY id DESC LIMIT 1
) AS latest
"""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A connection with the cause of its latest check, and since when its health is what it is;
    None where that is not known."""

    connection: Connection
    failure_cause: str | None
    since: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How many connections stand where."""

    counts: Mapping[Standing, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, kw_only=True)
class IntegrationTotals(Totals):
    """Of one integration."""

    integration_id: UUID


@dataclass(frozen=True, kw_only=True)
class Summary(Totals):
    """`connections` are those shown, of `total`; percentages are None where nothing was seen."""

    last_check_at: dt.datetime | None
    uptime_last_24h: float | None
    uptime_last_7d: float | None
    coverage_last_24h: float | None
    connections: Sequence[Shown]


class _First(Func):
    """The first of an array, as many as a summary shows."""

    template = f"(%(expressions)s)[:{MOST_SHOWN}]"


def summarise(tenant_id: UUID) -> Summary:
    """Return the summary of a tenant. Six queries, however many connections there are."""
    connections = Connection.objects.filter(tenant_id=tenant_id)
    rows = connections.values(rank=standing_rank()).annotate(
        count=Count("pk"),
        last=Max("health__last_health_check_at"),
        shown=_First(ArrayAgg("pk", order_by="-pk")),
    )
    found = {row["rank"]: row for row in rows}
    counts = _counts(found.values())
    ids = [pk for rank in sorted(found) for pk in found[rank]["shown"]]
    uptime_last_24h, uptime_last_7d, coverage_last_24h = _figures(tenant_id, sum(counts.values()))
    return Summary(
        counts=counts,
        last_check_at=max((row["last"] for row in found.values() if row["last"]), default=None),
        uptime_last_24h=uptime_last_24h,
        uptime_last_7d=uptime_last_7d,
        coverage_last_24h=coverage_last_24h,
        connections=_shown(_in_order(connections, ids[:MOST_SHOWN])),
    )


def totals_of(integrations: QuerySet[Integration]) -> Mapping[UUID, IntegrationTotals]:
    """Return how many connections of each of these integrations stand where. One query."""
    counted = integrations.values("pk", rank=standing_rank("connections__health"))
    rows = counted.annotate(count=Count("connections")).order_by("pk")
    return {
        pk: IntegrationTotals(integration_id=pk, counts=_counts(ranks))
        for pk, ranks in groupby(rows, key=itemgetter("pk"))
    }


def _counts(rows: Iterable[Mapping[str, Any]]) -> Mapping[Standing, int]:
    found = {row["rank"]: row["count"] for row in rows}
    return {standing: found.get(standing.rank, 0) for standing in Standing}


def _figures(tenant_id: UUID, size: int) -> Figures:
    def compute() -> Figures:
        scope = history.Scope(tenant_id=tenant_id)
        seen = history.observe(scope, history.reach(), (DAY, history.WEEK))
        return seen[DAY].uptime, seen[history.WEEK].uptime, seen[DAY].coverage

    return kept(f"summary:{tenant_id}", compute) if size >= LARGE else compute()


def _in_order(connections: QuerySet[Connection], ids: Sequence[UUID]) -> Sequence[Connection]:
    rows = connections.select_related("integration", "health").in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def _shown(connections: Sequence[Connection]) -> Sequence[Shown]:
    """Two queries."""
    latest_checks = [row.health.last_health_check_id for row in connections]
    checks = HealthCheck.objects.filter(pk__in=filter(None, latest_checks))
    causes = dict(checks.values_list("connection_id", "failure_cause"))
    since = since_when(connections)
    return [
        Shown(
            connection=row,
            failure_cause=causes.get(row.pk),
            since=since[row.pk],
        )
        for row in connections
    ]


def since_when(connections: Collection[Connection]) -> Mapping[UUID, dt.datetime | None]:
    """Return since when each one's health is what it is; None: not known. One query."""
    rows = fetch(_LATEST_CHANGES, {"ids": [row.pk for row in connections]})
    changes = {pk: latest for pk, *latest in rows}
    return {row.pk: _since(row.health, *changes.get(row.pk, (None, None))) for row in connections}


def _since(
    health: ConnectionHealth, changed_at: dt.datetime | None, changed_to: str | None
) -> dt.datetime | None:
    return changed_at if changed_to == health.health_status else health.downtime_started_at
