"""Trials of open circuits, made sooner than planned: where others show that the API is back.

A circuit opens for longer each time, up to an hour (`breaker.py`). What is brought forward is due
at once; budgets spread the calls.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from connections.scheduling import CHUNK, hasten
from healthchecks.statements import fetch

# Those under way are left alone, and those that somebody holds: the next look finds them.
_END_PAUSE = """
WITH waiting AS (
    SELECT h.connection_id FROM connection_health h
    WHERE h.connection_id = ANY(%(ids)s) AND h.circuit_state = 'open'
      AND h.circuit_open_until > now() AND h.due_at IS NOT NULL
      AND (h.claim_id IS NULL OR h.lease_until < now())
    ORDER BY h.connection_id
    FOR NO KEY UPDATE OF h SKIP LOCKED
)
UPDATE connection_health h SET circuit_open_until = now()
FROM waiting WHERE h.connection_id = waiting.connection_id
RETURNING h.connection_id
"""


def bring_forward(connection_ids: Sequence[UUID]) -> int:
    """Let the next check of each of these whose circuit is open be its trial, and due at once,
    or when its account may call again. Return how many there were.

    A transaction for each thousand.
    """
    ids, brought = sorted(connection_ids), 0
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            waiting = [pk for (pk,) in fetch(_END_PAUSE, {"ids": ids[start : start + CHUNK]})]
            if waiting:
                hasten(waiting)
        brought += len(waiting)
    return brought
