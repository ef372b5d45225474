"""For how long the status of a check held: the SQL that statistics and reads share.

A conclusive check's status holds until the next one, for twice its interval at most; time beyond
is unobserved. What held before a span comes from the statistics of the hour before it, so a span
that follows an hour without statistics begins unobserved.
"""

import datetime as dt
from typing import Any

from api.ids import lowest_id

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
# An id is minted when its check is claimed, a little before the check is made.
CLAIM_LIFE = HOUR

# Each is put after WITH, or after a comma there, and asks for the parameters of `span` and for
# `whose`, a condition on tenant_id and connection_id.

# `held` has the stretches as far as they lie within the span; `held_until` is how far the last one
# of a connection would have gone on.
HELD = """
events AS (
    SELECT connection_id, tenant_id, NULL::uuid AS id, %(since)s::timestamptz AS since, held_until,
           held_unhealthy AS is_unhealthy, false AS failed, NULL AS cause
    FROM hourly_statistics
    WHERE starts_at = %(since)s::timestamptz - interval '1 hour'
      AND held_until > %(since)s::timestamptz AND {whose}
    UNION ALL
    SELECT connection_id, tenant_id, id, created_at,
           created_at + 2 * make_interval(secs => interval_seconds),
           status = 'unhealthy', outcome = 'failed', failure_cause
    FROM health_checks
    WHERE id >= %(lowest)s AND id < %(highest)s AND outcome <> 'inconclusive' AND {whose}
      AND created_at >= %(since)s AND created_at < %(until)s
), held AS (
    SELECT connection_id, tenant_id, since, is_unhealthy, failed, cause, held_until,
           lead(since) OVER checks IS NULL AS is_last,
           least(lead(since) OVER checks, held_until, %(until)s) AS until
    FROM events
    WINDOW checks AS (PARTITION BY connection_id ORDER BY since, id NULLS FIRST)
)
"""

# To follow HELD. `stretches` has the outages: those stored that `reached`, a condition, and those
# within the span. One that goes on at the border of the two is one; what is stored by now of the
# time after it, because statistics were made meanwhile, is left out.
STRETCHES = """
pieces AS (
    SELECT connection_id, tenant_id, started_at AS since,
           least(ended_at, %(since)s) AS until, checks, cause
    FROM outages WHERE {reached} AND started_at < %(since)s AND {whose}
    UNION ALL
    SELECT connection_id, tenant_id, since, until, failed::int, cause
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


def span(since: dt.datetime, until: dt.datetime) -> dict[str, Any]:
    """Return the parameters that choose the checks made from `since` on and before `until`."""
    return {
        "since": since,
        "until": until,
        "lowest": lowest_id(since - CLAIM_LIFE),
        "highest": lowest_id(until),
    }


def floor_hour(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


def floor_day(moment: dt.datetime) -> dt.datetime:
    return floor_hour(moment).replace(hour=0)
