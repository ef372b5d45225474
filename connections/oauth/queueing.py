"""Which connections have their tokens refreshed ahead of their end, and how workers hear of it."""

import logging
from collections.abc import Collection
from uuid import UUID

from celery import current_app
from django.db import connection as database

from connections import broker

log = logging.getLogger(__name__)

REFRESH_TASK = "connections.refresh"
QUEUE = "refreshes"  # of its own, so that a token endpoint which hangs delays nobody else
_MOST = 500  # a tick
_IN_QUEUE = 60  # seconds; then a message counts as lost
_DOUBT_AGAIN = 3600  # seconds

# Paused connections as well: a refresh token that nobody uses can die.
_TAKE_DUE = """
UPDATE credentials
SET refresh_lease_id = NULL,
    refresh_lease_until = statement_timestamp() + make_interval(secs => %(in_queue)s)
WHERE connection_id IN (
    SELECT k.connection_id
    FROM credentials k
    JOIN connections c ON c.id = k.connection_id
    JOIN integrations i ON i.id = c.integration_id
    JOIN tenants t ON t.id = k.tenant_id
    WHERE k.refresh_due_at <= statement_timestamp()
      AND (k.refresh_lease_until IS NULL OR k.refresh_lease_until < statement_timestamp())
      AND c.status <> 'disabled' AND i.status = 'active' AND t.status = 'active'
    ORDER BY k.refresh_due_at
    LIMIT %(most)s
    FOR NO KEY UPDATE OF k SKIP LOCKED
)
RETURNING connection_id
"""

# Locked rows are skipped: whoever records holds other rows, for which an edit of this one waits.
_DOUBT = """
UPDATE credentials SET refresh_due_at = statement_timestamp(), doubted_at = statement_timestamp()
WHERE connection_id IN (
    SELECT connection_id FROM credentials
    WHERE connection_id = ANY(%(ids)s)
      AND refresh_due_at > statement_timestamp() AND refresh_failures = 0
      AND (doubted_at IS NULL
           OR doubted_at < statement_timestamp() - make_interval(secs => %(again)s))
    FOR NO KEY UPDATE SKIP LOCKED
)
"""


def enqueue_due() -> int:
    """Have the tokens refreshed whose time has come; return how many connections that are."""
    with database.cursor() as cursor:
        cursor.execute(_TAKE_DUE, {"in_queue": _IN_QUEUE, "most": _MOST})
        ids = [row[0] for row in cursor.fetchall()]
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            for connection_id in ids:
                current_app.send_task(
                    REFRESH_TASK, args=[str(connection_id)], queue=QUEUE, producer=producer
                )
    except broker.FAULTS as fault:
        log.error("Refreshes could not be sent: %s", type(fault).__name__)
    return len(ids)


def doubt(connection_ids: Collection[UUID]) -> None:
    """Have tokens refreshed before their time, because a provider refused them: once an hour, for
    what it refuses may be the account."""
    with database.cursor() as cursor:
        cursor.execute(_DOUBT, {"ids": list(connection_ids), "again": _DOUBT_AGAIN})
