"""Downtimes that last: an alert once each, a warning in the log, and the word of recovery."""

import datetime as dt
import json
import logging
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from healthchecks.changes import announce
from healthchecks.errors import sentence
from healthchecks.statements import execute, fetch
from maintenance.covering import covered

log = logging.getLogger(__name__)

ALERT_AFTER = dt.timedelta(minutes=2)  # NFR-REL-02 of the older seed

# Whoever writes to several alerts takes them in the order of their connections.

# Only time in which Vitals was checking counts. The rows are locked, so that a recovery recorded
# at the same moment is seen, or sees the alert. What failed in maintenance is checked once more.
_OPEN = f"""
WITH down AS (
    SELECT h.connection_id, h.tenant_id, h.downtime_started_at, h.consecutive_failures,
           h.last_failure_cause, h.last_error_code
    FROM connection_health h, dispatch_state s
    WHERE h.downtime_started_at < now() - %(after)s AND s.checking_since < now() - %(after)s
      AND h.due_at IS NOT NULL AND NOT h.checked_in_maintenance
      AND NOT EXISTS (SELECT FROM connections c
                      WHERE c.id = h.connection_id AND {covered("c")})
      AND NOT EXISTS (SELECT FROM alerts a
                      WHERE a.connection_id = h.connection_id AND a.resolved_at IS NULL)
    ORDER BY h.connection_id
    FOR NO KEY UPDATE OF h
), opened AS (
    INSERT INTO alerts (id, tenant_id, connection_id, opened_at, downtime_started_at, cause,
                        error_code, consecutive_failures)
    SELECT uuid_v7(), d.tenant_id, d.connection_id, now(), d.downtime_started_at,
           d.last_failure_cause, d.last_error_code, d.consecutive_failures
    FROM down d
    ON CONFLICT DO NOTHING
    RETURNING *
)
SELECT i.slug, c.id, c.name, o.opened_at - o.downtime_started_at, o.consecutive_failures,
       o.error_code
FROM opened o JOIN connections c ON c.id = o.connection_id
JOIN integrations i ON i.id = c.integration_id
"""  # noqa: S608 - our own words

_CLOSE = """
UPDATE alerts a SET resolved_at = r.at, processed_at = NULL
FROM json_to_recordset(%(recoveries)s) AS r(connection_id uuid, at timestamptz),
     (SELECT id FROM alerts WHERE connection_id = ANY(%(ids)s) AND resolved_at IS NULL
      ORDER BY connection_id FOR NO KEY UPDATE) AS locked,
     connections c, integrations i
WHERE a.id = locked.id AND a.connection_id = r.connection_id AND a.resolved_at IS NULL
  AND c.id = a.connection_id AND i.id = c.integration_id
RETURNING i.slug, c.id, c.name, r.at - a.downtime_started_at
"""

_CLOSE_UNCHECKED = """
UPDATE alerts a SET resolved_at = now(), processed_at = NULL
FROM (
    SELECT a.id FROM alerts a JOIN connection_health h USING (connection_id)
    WHERE a.resolved_at IS NULL AND h.downtime_started_at IS NULL
    ORDER BY connection_id FOR NO KEY UPDATE OF a
) AS over
WHERE a.id = over.id
"""


def sweep() -> None:
    """Open the alerts that are due, whatever the interval, and close those of connections that
    are no longer checked. While a connection is in maintenance none is opened."""
    with transaction.atomic():
        opened = fetch(_OPEN, {"after": ALERT_AFTER})
        if execute(_CLOSE_UNCHECKED) or opened:
            announce()
    for integration, connection_id, name, length, failures, code in opened:
        minutes = int(length.total_seconds() // 60)
        log.warning(
            "%s: connection %s has been down for %d minutes, %d failures in a row: %s",
            integration,
            name,
            minutes,
            failures,
            sentence(code),
            extra={
                "integration": integration,
                "connection_id": str(connection_id),
                "downtime_minutes": minutes,
                "consecutive_failures": failures,
                "error": sentence(code),
            },
        )


def count_from_now() -> None:
    """Let only downtime from now on count, of any connection: until now it may be our own fault."""
    execute("UPDATE dispatch_state SET checking_since = now()")


def close(recoveries: Mapping[UUID, dt.datetime]) -> None:
    """Close the alerts of connections that recovered; `recoveries` maps each to the moment."""
    if not recoveries:
        return
    rows = [{"connection_id": str(pk), "at": at.isoformat()} for pk, at in recoveries.items()]
    closed = fetch(_CLOSE, {"recoveries": json.dumps(rows), "ids": list(recoveries)})
    for integration, connection_id, name, length in closed:
        log.info(
            "%s: connection %s recovered after %s",
            integration,
            name,
            dt.timedelta(seconds=round(length.total_seconds())),
            extra={
                "integration": integration,
                "connection_id": str(connection_id),
                "downtime_seconds": round(length.total_seconds()),
            },
        )
