"""When a connection's checks are scheduled anew because somebody changed something.

A connection is checked while its tenant, integration and connection are active and checks are
enabled. Every change that bears on that, or on the interval, ends here: what is under way is
dropped, and the connection is due at once with a new anchor, or not at all.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import connection, transaction
from django.dispatch import Signal

# Sent within the transaction, with `connection_ids`, so that what lies above this app can follow.
rescheduled = Signal()

CHUNK = 1000  # rows locked at once by one statement (scheduling.md, "Record")

_ADD = """
INSERT INTO connection_health (connection_id, tenant_id, integration_id, interval_seconds)
SELECT id, tenant_id, integration_id, 60 FROM connections WHERE id = ANY(%(ids)s)
ON CONFLICT DO NOTHING
"""

# Rows are locked in the order of their ids, as every writer of many rows does, so that no two of
# them can wait for each other. A downtime counts only while the connection is being checked.
_RESCHEDULE = """
WITH locked AS (
    SELECT h.connection_id, h.interval_seconds, h.due_at,
           h.connection_id = ANY(%(forced)s) AS forced
    FROM connection_health h
    WHERE h.connection_id = ANY(%(ids)s)
    ORDER BY h.connection_id
    FOR NO KEY UPDATE
), now_wanted AS MATERIALIZED (
    SELECT c.id, locked.forced, locked.interval_seconds AS old_interval_seconds,
           locked.due_at IS NOT NULL AS was_checked,
           60 * coalesce(c.interval_minutes, i.interval_minutes, t.default_interval_minutes)
               AS interval_seconds,
           c.status = 'active' AND i.status = 'active' AND i.checks_enabled
               AND t.status = 'active' AS checked
    FROM locked
    JOIN connections c ON c.id = locked.connection_id
    JOIN integrations i ON i.id = c.integration_id
    JOIN tenants t ON t.id = c.tenant_id
), wanted AS MATERIALIZED (
    SELECT * FROM now_wanted
    WHERE forced OR (interval_seconds, checked)
                    IS DISTINCT FROM (old_interval_seconds, was_checked)
)
UPDATE connection_health h
SET interval_seconds = wanted.interval_seconds,
    due_at = CASE WHEN wanted.checked THEN now() END,
    downtime_started_at = CASE WHEN wanted.checked AND wanted.was_checked
                               THEN h.downtime_started_at END,
    anchor_at = NULL, slot_at = NULL,
    claim_id = NULL, lease_until = NULL, started_at = NULL, attempts = 0,
    version = h.version + 1
FROM wanted
WHERE h.connection_id = wanted.id
RETURNING h.connection_id
"""

_HASTEN = """
UPDATE connection_health SET due_at = now(), anchor_at = NULL
WHERE connection_id = ANY(%(ids)s) AND due_at > now()
  AND (claim_id IS NULL OR lease_until < now())
"""

_KEEP_TO_PAUSES = """
UPDATE connection_health h SET due_at = p.until
FROM account_pauses p
WHERE h.connection_id = ANY(%(ids)s) AND h.due_at < p.until
  AND (h.claim_id IS NULL OR h.lease_until < now())
  AND p.account = coalesce(
      (SELECT k.account FROM credentials k WHERE k.connection_id = h.connection_id),
      uuid_send(h.connection_id))
"""

_FORGET_FAILURES = """
UPDATE connection_health
SET recent_outcomes = '', unsettled = false, limited_streak = 0,
    circuit_state = 'closed', circuit_failures = 0, circuit_openings = 0,
    circuit_open_until = NULL, circuit_cause = ''
WHERE connection_id = ANY(%(ids)s)
"""


def schedule_new(connection_ids: Iterable[UUID]) -> None:
    """Schedule connections that were just made: at once, or when their account may call again."""
    ids = sorted(connection_ids)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, {"ids": ids})
        reschedule(ids)
        cursor.execute(_KEEP_TO_PAUSES, {"ids": ids})


def reschedule(connection_ids: Iterable[UUID], *, forget_failures: bool = False) -> None:
    """Schedule these connections anew, whatever it was that changed.

    `forget_failures` is for a new credential: it closes the circuit and forgets recent failures.
    """
    ids = sorted(connection_ids)
    _reschedule(ids, forced=ids, forgetting=ids if forget_failures else ())


def hasten(connection_ids: Iterable[UUID]) -> None:
    """Make connections that wait for their next slot due at once, or when their account may call
    again; their slots stay as they are.

    Without an anchor, which the claim puts back, they are claimed like new ones: re-checks would
    get a fifth of the budget. Those under way are left alone. The caller holds the rows' locks.
    """
    ids = list(connection_ids)
    with connection.cursor() as cursor:
        cursor.execute(_HASTEN, {"ids": ids})
        cursor.execute(_KEEP_TO_PAUSES, {"ids": ids})


def follow_settings(connection_ids: Iterable[UUID], *, forgetting: Collection[UUID] = ()) -> None:
    """Schedule anew those of these connections whose interval changed, or whether they are to be
    checked; and in any case those in `forgetting`, which lost their credential."""
    _reschedule(sorted(connection_ids), forced=forgetting, forgetting=forgetting)


def _reschedule(
    ids: Sequence[UUID], *, forced: Collection[UUID], forgetting: Collection[UUID]
) -> None:
    """Reschedule by ascending ids, in a transaction for each chunk unless the caller is in one."""
    forced, forgetting = frozenset(forced), frozenset(forgetting)
    for start in range(0, len(ids), CHUNK):
        chunk = list(ids[start : start + CHUNK])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                _RESCHEDULE, {"ids": chunk, "forced": [pk for pk in chunk if pk in forced]}
            )
            changed = [row[0] for row in cursor.fetchall()]
            cursor.execute(_FORGET_FAILURES, {"ids": [pk for pk in chunk if pk in forgetting]})
            if changed:
                rescheduled.send(sender=None, connection_ids=changed)
