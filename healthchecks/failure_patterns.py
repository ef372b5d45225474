"""What a connection's failures have in common: whose problem they were, and at what time of day."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from healthchecks.held import floor_hour
from healthchecks.history import WHOSE, WHOSE_CHECKS, WINDOWS, Reach, Scope
from healthchecks.outages import Episode, episodes
from healthchecks.statements import fetch
from healthchecks.status import FailureCause

_HOURS = 24  # of a day

_COUNTS = f"""
SELECT extract(hour FROM hour AT TIME ZONE 'UTC')::int, cause, sum(n)::int
FROM (
    SELECT starts_at AS hour, cause, n::int
    FROM hourly_statistics, jsonb_each_text(failures_by_cause) AS each(cause, n)
    WHERE {WHOSE} AND starts_at >= %(start)s AND starts_at < %(since)s
    UNION ALL
    SELECT date_trunc('hour', created_at, 'UTC'), failure_cause, count(*)
    FROM health_checks
    WHERE id >= %(lowest)s AND id < %(highest)s AND {WHOSE_CHECKS}
      AND created_at >= greatest(%(since)s, %(start)s) AND created_at < %(until)s
      AND failure_cause IS NOT NULL
    GROUP BY 1, 2
) AS counted
GROUP BY 1, 2
"""  # noqa: S608 - our own words


@dataclass(frozen=True, kw_only=True)
class FailurePatterns:
    """Checks with a failure cause, by that and by the hour of day (UTC); and the outages."""

    by_cause: Mapping[FailureCause, int]
    by_hour_of_day: Sequence[int]
    episodes: Sequence[Episode]


def failure_patterns(scope: Scope, at: Reach, window: str) -> FailurePatterns:
    """Return a connection's failures from the hour on in which the window begins. Two queries."""
    start: dt.datetime = floor_hour(at.start(WINDOWS[window]))
    by_cause: Counter[str] = Counter()
    by_hour: Counter[int] = Counter()
    for hour, cause, number in fetch(_COUNTS, {**scope.parameters, **at.rest, "start": start}):
        by_cause[cause] += number
        by_hour[hour] += number
    return FailurePatterns(
        by_cause={cause: by_cause[cause] for cause in FailureCause},
        by_hour_of_day=[by_hour[hour] for hour in range(_HOURS)],
        episodes=episodes(scope, at, start),
    )
