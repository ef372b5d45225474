"""The latest checks of many connections at once, as a page of a list shows them."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from healthchecks.statements import fetch

MOST = 30  # checks of one connection

# By each connection's own index, newest first, which is read no further than needed.
_RECENT = """
SELECT place, recent.*
FROM unnest(%(connections)s::uuid[]) WITH ORDINALITY AS wanted(id, place), LATERAL (
    SELECT id::text, status, outcome, failure_cause, latency_ms, maintenance, created_at
    FROM health_checks c WHERE connection_id = wanted.id ORDER BY c.id DESC LIMIT %(limit)s
) AS recent
ORDER BY recent.id DESC
"""


class RecentCheck(NamedTuple):
    """Thousands of them are shown at once: a model's instances would take several times as long."""

    id: str
    status: str
    outcome: str
    failure_cause: str | None
    latency_ms: int
    maintenance: bool
    created_at: dt.datetime


def recent_checks(connection_ids: Sequence[UUID], limit: int) -> Sequence[Sequence[RecentCheck]]:
    """Return the latest checks, newest first, of each of these connections. One query."""
    found: list[list[RecentCheck]] = [[] for _ in connection_ids]
    chosen = {"connections": list(connection_ids), "limit": limit}
    for place, *check in fetch(_RECENT, chosen):
        found[place - 1].append(RecentCheck(*check))
    return found
