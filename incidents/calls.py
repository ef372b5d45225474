"""The newest calls that were made anyway: what they tell of our own way out."""

import datetime as dt

from api.ids import lowest_id
from healthchecks.statements import fetch
from incidents.models import IncidentCause
from incidents.way_out import Call

LOOKED_BACK = dt.timedelta(minutes=15)  # the usual interval: who was well is called within it

# The host as the integration has it, variables and all: connections that differ in their
# variables are mostly customers of the same provider.
HOST = r"lower(substring(i.base_url from '^[A-Za-z]+://([^/]+)'))"

# A call is what had an answer, or failed for want of one. Of connections that were not well at
# `well_at` it tells nothing. A large integration must not hide the others, hence `turn`.
_CALLS = f"""
WITH newest AS (
    SELECT connection_id, created_at,
           failure_cause IS NULL OR failure_cause <> ALL(%(causes)s) AS worked
    FROM health_checks
    WHERE id > %(oldest)s AND circuit_breaker_status <> 'open'
      AND (test_action_status_code IS NOT NULL OR failure_cause = ANY(%(causes)s))
    ORDER BY id DESC LIMIT 2000
), latest AS (
    SELECT DISTINCT ON (connection_id) * FROM newest ORDER BY connection_id, created_at DESC
), placed AS (
    SELECT l.*, {HOST} AS host, h.downtime_started_at,
           row_number() OVER (PARTITION BY i.id ORDER BY l.created_at DESC) AS turn
    FROM latest l
    JOIN connection_health h ON h.connection_id = l.connection_id
    JOIN integrations i ON i.id = h.integration_id
    WHERE h.downtime_started_at IS NULL OR h.downtime_started_at > %(well_at)s
)
SELECT created_at, CASE WHEN worked THEN created_at
                        ELSE coalesce(downtime_started_at, created_at) END,
       host, worked
FROM placed WHERE turn <= 20
"""  # noqa: S608 - made of constants

_HOSTS = f"SELECT count(DISTINCT {HOST}) FROM integrations i WHERE i.status = 'active'"  # noqa: S608 - as above


def newest_calls(now: dt.datetime, *, well_at: dt.datetime) -> list[Call]:
    """Return the newest call of each of many connections that were well at `well_at`. One query."""
    parameters = {
        "oldest": lowest_id(now - LOOKED_BACK),
        "well_at": well_at,
        "causes": IncidentCause.values,
    }
    return [
        Call(at=at, since=since, host=host, worked=worked)
        for at, since, host, worked in fetch(_CALLS, parameters)
    ]


def number_of_hosts() -> int:
    """Return how many hosts are called, of all tenants. One query."""
    return int(fetch(_HOSTS)[0][0])
