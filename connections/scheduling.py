"""When a connection's checks are scheduled anew because somebody changed something.

A connection is checked while its tenant, integration and connection are active and checks are
enabled. Every change that bears on that, or on the interval, ends here: what is under way is
dropped, and the connection is due at once with a new anchor, or not at all.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction
from django.dispatch import Signal

# Sent within the transaction, with `connection_ids`, so that what lies above this app can follow.
rescheduled = Signal()

CHUNK = 1000  # rows locked at once by one statement (scheduling.md, "Record")

_ADD_MISSING = """
INSERT INTO connection_health (connection_id, tenant_id, integration_id, interval_seconds)
SELECT id, tenant_id, integration_id, 60 FROM connections WHERE id = ANY(%(ids)s)
ON CONFLICT DO NOTHING
"""

# Rows are locked in the order of their ids, as every writer of many rows does, so that no two of
# them can wait for each other.
_RESCHEDULE = """
WITH locked AS (
    SELECT h.connection_id
    FROM connection_health h
    WHERE h.connection_id = ANY(%(ids)s)
    ORDER BY h.connection_id
    FOR NO KEY UPDATE
), wanted AS (
    SELECT c.id,
           60 * coalesce(c.interval_minutes, i.interval_minutes, t.default_interval_minutes)
               AS interval_seconds,
           c.status = 'active' AND i.status = 'active' AND i.checks_enabled
               AND t.status = 'active' AS checked
    FROM locked
    JOIN connections c ON c.id = locked.connection_id
    JOIN integrations i ON i.id = c.integration_id
    JOIN tenants t ON t.id = c.tenant_id
)
UPDATE connection_health h
SET interval_seconds = wanted.interval_seconds,
    due_at = CASE WHEN wanted.checked THEN now() END,
    downtime_started_at = CASE WHEN wanted.checked THEN h.downtime_started_at END,
    anchor_at = NULL, slot_at = NULL,
    claim_id = NULL, lease_until = NULL, started_at = NULL, attempts = 0,
    version = h.version + 1
FROM wanted
WHERE h.connection_id = wanted.id
"""

_FORGET_FAILURES = """
UPDATE connection_health
SET recent_outcomes = '', unsettled = false, limited_streak = 0,
    circuit_state = 'closed', circuit_failures = 0, circuit_openings = 0,
    circuit_open_until = NULL, circuit_cause = ''
WHERE connection_id = ANY(%(ids)s)
"""


def reschedule(connection_ids: Iterable[UUID], *, forget_failures: bool = False) -> None:
    """Schedule these connections anew, or for the first time.

    `forget_failures` is for a new credential: it closes the circuit and forgets recent failures.
    A transaction for each thousand rows, unless the caller is in one.
    """
    ids = sorted(connection_ids)
    for start in range(0, len(ids), CHUNK):
        chunk = {"ids": ids[start : start + CHUNK]}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ADD_MISSING, chunk)
            cursor.execute(_RESCHEDULE, chunk)
            if forget_failures:
                cursor.execute(_FORGET_FAILURES, chunk)
            rescheduled.send(sender=None, connection_ids=chunk["ids"])
