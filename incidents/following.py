"""What becomes of open incidents: who joins, who recovers, and when they are over."""

import datetime as dt
from uuid import UUID

from django.conf import settings

from api.ids import lowest_id
from healthchecks.statements import execute, fetch
from incidents.models import IncidentCause

LATELY = dt.timedelta(minutes=2)  # calls that show whether an API is back
_OLDEST_CLAIM = LATELY + dt.timedelta(minutes=3)  # of calls that were made lately

_FAILS = "h.downtime_started_at IS NOT NULL AND h.last_failure_cause = ANY(%(causes)s)"

# The rows are locked as a deletion's opposite: it waits for us and takes ours along, or is passed.
_JOIN = f"""
WITH joining AS (
    SELECT h.tenant_id, i.id AS incident_id, h.connection_id, h.downtime_started_at
    FROM incidents i JOIN connection_health h ON h.integration_id = i.integration_id
    WHERE i.resolved_at IS NULL AND h.downtime_started_at >= i.started_at AND {_FAILS}
      AND h.due_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM incident_connections c
                      WHERE c.incident_id = i.id AND c.connection_id = h.connection_id
                        AND c.recovered_at IS NULL)
    ORDER BY h.connection_id
    FOR KEY SHARE OF h SKIP LOCKED
)
INSERT INTO incident_connections (id, tenant_id, incident_id, connection_id, failed_at)
SELECT uuid_v7(), tenant_id, incident_id, connection_id, downtime_started_at FROM joining
ON CONFLICT (incident_id, connection_id) DO UPDATE SET recovered_at = NULL
"""  # noqa: S608 - made of constants

# Who fails for another reason by now, or is no longer checked, has left it too.
_RECOVER = f"""
UPDATE incident_connections c
SET recovered_at = CASE WHEN h.due_at IS NOT NULL AND h.downtime_started_at IS NULL
                        THEN coalesce(h.last_successful_check_at, now()) ELSE now() END
FROM incidents i, connection_health h
WHERE i.resolved_at IS NULL AND c.incident_id = i.id AND c.recovered_at IS NULL
  AND h.connection_id = c.connection_id AND NOT ({_FAILS})
"""  # noqa: S608 - made of constants

# A wider incident can have fewer connections here than it takes by themselves: it is over when
# the last of them is well. Those that were deleted count no longer.
_COUNT = """
WITH counted AS (
    SELECT i.id, count(c.id) AS affected,
           count(c.id) FILTER (WHERE c.recovered_at IS NULL) AS down
    FROM incidents i LEFT JOIN incident_connections c ON c.incident_id = i.id
    WHERE i.resolved_at IS NULL GROUP BY i.id
)
UPDATE incidents i
SET connections_affected = n.affected, connections_down = n.down,
    resolved_at = over.at, processed_at = CASE WHEN over.at IS NULL THEN i.processed_at END
FROM counted n CROSS JOIN LATERAL (
    SELECT CASE WHEN n.down < least(%(least)s, greatest(n.affected, 1)) THEN now() END AS at
) over
WHERE i.id = n.id
  AND (i.connections_affected, i.connections_down) IS DISTINCT FROM (n.affected, n.down)
   OR i.id = n.id AND over.at IS NOT NULL
"""

# Three calls that passed lately (or all, if fewer were made), and most of those made: the API is
# back, and nobody has to wait for the end of their own pause, which lasts up to an hour.
_BACK = """
WITH hopeful AS (
    SELECT DISTINCT i.id FROM incidents i JOIN incident_connections c ON c.incident_id = i.id
    WHERE i.resolved_at IS NULL AND c.recovered_at > now() - %(lately)s
), calls AS (
    SELECT c.incident_id, count(*) AS made, count(*) FILTER (WHERE k.outcome = 'passed') AS passed
    FROM hopeful JOIN incident_connections c ON c.incident_id = hopeful.id
    JOIN health_checks k ON k.connection_id = c.connection_id
    WHERE k.id > %(oldest)s AND k.created_at > now() - %(lately)s
      AND k.circuit_breaker_status <> 'open' AND k.outcome <> 'inconclusive'
    GROUP BY c.incident_id
)
SELECT c.connection_id
FROM calls JOIN incident_connections c USING (incident_id)
JOIN connection_health h ON h.connection_id = c.connection_id
WHERE calls.passed >= least(3, calls.made) AND 2 * calls.passed > calls.made
  AND c.recovered_at IS NULL AND h.circuit_state = 'open' AND h.circuit_open_until > now()
"""


def follow(now: dt.datetime, *, joining: bool) -> list[UUID]:
    """Bring all open incidents up to date; return whose open circuits shall be tried. Four queries.

    Not `joining`: nobody is added, since what fails now may be our own fault.
    """
    causes = {"causes": IncidentCause.values}
    if joining:
        execute(_JOIN, causes)
    execute(_RECOVER, causes)
    tried = fetch(_BACK, {"lately": LATELY, "oldest": lowest_id(now - _OLDEST_CLAIM)})
    execute(_COUNT, {"least": settings.INCIDENT_MIN_CONNECTIONS})
    return [pk for (pk,) in tried]
