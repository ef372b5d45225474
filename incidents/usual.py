"""How many of an integration's checks fail anyway, for the causes that make incidents."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from healthchecks.held import floor_hour
from healthchecks.statements import fetch

LEAST_RATE = 0.02  # a share of checks; no integration is taken to be better than that

# The middle one of the last 24 hours: an outage of less than twelve leaves no trace in it.
_USUAL = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY share) FROM (
    SELECT sum(coalesce((s.failures_by_cause->>'provider')::int, 0)
               + coalesce((s.failures_by_cause->>'network')::int, 0))::float
           / sum(s.checks) AS share
    FROM hourly_statistics s JOIN connections c ON c.id = s.connection_id
    WHERE c.integration_id = ANY(%(integrations)s) AND s.checks > 0
      AND s.starts_at >= %(hour)s - interval '24 hours' AND s.starts_at < %(hour)s
    GROUP BY s.starts_at
) hours
"""


def usual_rate(integrations: Iterable[UUID], now: dt.datetime) -> float:
    """Return the share of these integrations' checks that fails in most hours. One query an hour
    for the same ones: statistics are no younger."""
    return _usual_rate(tuple(sorted(integrations)), floor_hour(now))


@lru_cache(maxsize=256)
def _usual_rate(integrations: tuple[UUID, ...], hour: dt.datetime) -> float:
    [(share,)] = fetch(_USUAL, {"integrations": list(integrations), "hour": hour})
    return max(LEAST_RATE, share or 0.0)
