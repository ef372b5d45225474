"""For how long the status of a check held: the SQL that statistics and reads share.

A conclusive check's status holds until the next one, for twice its interval at most; time beyond
is unobserved. So is the time from a check in maintenance, whatever its outcome, to the next one: a
window counts from check to check, not to the minute. What held before a span comes from the
statistics of the hour before it, so a span that follows an hour without statistics begins
unobserved.
"""

import datetime as dt
from typing import Any

from api.ids import lowest_id

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
SETTLED_AFTER = dt.timedelta(minutes=2)  # until the recorders have written the checks of an hour
# An id is minted when its check is claimed, a little before the check is made.
CLAIM_LIFE = HOUR

# Each is put after WITH, or after a comma there, and asks for the parameters of `span` and for
# `whose`, a condition on tenant_id and connection_id; `whose_checks` says the same of raw checks.

# `held` has the stretches as far as they lie within the span; `held_until` is how far the last one
# of a connection would have gone on. `n` tells it, and its parameters, from another in a statement.
_HELD = """
events{n} AS (
    SELECT connection_id, tenant_id, NULL::uuid AS id, %(since{n})s::timestamptz AS since,
           held_until, held_unhealthy AS is_unhealthy, false AS failed, NULL AS cause
    FROM hourly_statistics
    WHERE starts_at = %(since{n})s::timestamptz - interval '1 hour'
      AND held_until > %(since{n})s::timestamptz AND {whose}
    UNION ALL
    SELECT connection_id, tenant_id, id, created_at,
           created_at + (NOT maintenance)::int * 2 * make_interval(secs => interval_seconds),
           status = 'unhealthy', outcome = 'failed', failure_cause
    FROM health_checks
    WHERE id >= %(lowest{n})s AND id < %(highest{n})s AND {whose_checks}
      AND created_at >= %(since{n})s AND created_at < %(until{n})s
      AND (outcome <> 'inconclusive' OR maintenance)
), held{n} AS (
    SELECT connection_id, tenant_id, since, is_unhealthy, failed, cause, held_until,
           lead(since) OVER checks IS NULL AS is_last,
           least(lead(since) OVER checks, held_until, %(until{n})s) AS until
    FROM events{n}
    WINDOW checks AS (PARTITION BY connection_id ORDER BY since, id NULLS FIRST)
)
"""

# `stretches` has the outages: those stored that `reached`, a condition, and those within the span.
# One that goes on at the border of the two is one; of what is stored by now of the time after it,
# because statistics were made meanwhile, only the number of failed checks counts, once.
_STRETCHES = """
pieces AS (
    SELECT connection_id, tenant_id, started_at AS since,
           least(ended_at, %(since)s) AS until, checks, cause
    FROM outages WHERE {reached} AND started_at < %(since)s AND {whose}
    UNION ALL
    SELECT connection_id, tenant_id, since, until, (failed AND NOT EXISTS (
               SELECT FROM outages o
               WHERE o.connection_id = held.connection_id AND o.tenant_id = held.tenant_id
                 AND o.started_at < %(since)s AND o.ended_at > held.since
           ))::int, cause
    FROM held WHERE is_unhealthy AND until > since
), marked AS (
    SELECT *, since IS DISTINCT FROM lag(until) OVER in_time AS is_first
    FROM pieces WINDOW in_time AS (PARTITION BY connection_id ORDER BY since)
), numbered AS (
    SELECT *, count(*) FILTER (WHERE is_first) OVER in_time AS stretch
    FROM marked WINDOW in_time AS (PARTITION BY connection_id ORDER BY since)
), stretches AS (
    SELECT connection_id, tenant_id, min(since) AS started_at, max(until) AS ended_at,
           sum(checks) AS checks,
           (array_agg(cause ORDER BY since) FILTER (WHERE cause IS NOT NULL))[1] AS cause
    FROM numbered GROUP BY connection_id, tenant_id, stretch
)
"""


def held(whose: str, whose_checks: str, n: object = "") -> str:
    return _HELD.format(whose=whose, whose_checks=whose_checks, n=n)


def held_and_stretches(whose: str, whose_checks: str, *, reached: str) -> str:
    stretches = _STRETCHES.format(whose=whose, reached=reached)
    return f"{held(whose, whose_checks)}, {stretches}"


def span(since: dt.datetime, until: dt.datetime, n: object = "") -> dict[str, Any]:
    """Return the parameters that choose the checks made from `since` on and before `until`."""
    return {
        f"since{n}": since,
        f"until{n}": until,
        f"lowest{n}": lowest_id(since - CLAIM_LIFE),
        f"highest{n}": lowest_id(until),
    }


def floor_hour(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


def floor_day(moment: dt.datetime) -> dt.datetime:
    return floor_hour(moment).replace(hour=0)
