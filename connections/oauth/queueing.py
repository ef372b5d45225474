"""Which connections have their tokens refreshed ahead of their end, and how workers hear of it."""

import logging
from collections.abc import Collection
from uuid import UUID

from celery import current_app
from django.db import connection as database

from api import broker

log = logging.getLogger(__name__)

REFRESH_TASK = "connections.refresh"
QUEUE = "refreshes"  # of its own, so that a token endpoint which hangs delays nobody else
MOST_WAITING = 80  # messages: more would only wait until they count as lost
# Waiting or under way: of an integration, of a tenant, and of those that failed the last time.
AT_ONCE, AT_ONCE_OF_TENANT, AT_ONCE_AGAIN = 8, 24, 8
_IN_QUEUE = 60  # seconds; then a message counts as lost
_DOUBT_AGAIN = 3600  # seconds

# Paused connections as well: a refresh token that nobody uses can die. What waits or is under way
# takes the first turns, so that a token endpoint which hangs, however many connections and
# integrations it has, leaves the threads to others.
_TAKE_DUE = """
WITH due AS (
    SELECT k.connection_id, k.refresh_due_at, c.integration_id, k.tenant_id,
           k.refresh_failures > 0 AS again,
           coalesce(k.refresh_lease_until < statement_timestamp(), true) AS free
    FROM credentials k
    JOIN connections c ON c.id = k.connection_id
    JOIN integrations i ON i.id = c.integration_id
    JOIN tenants t ON t.id = k.tenant_id
    WHERE k.refresh_due_at <= statement_timestamp()
      AND c.status <> 'disabled' AND i.status = 'active' AND t.status = 'active'
), turns AS (
    SELECT connection_id, free, again,
           row_number() OVER (PARTITION BY integration_id ORDER BY free, refresh_due_at) AS turn,
           row_number() OVER (PARTITION BY tenant_id ORDER BY free, refresh_due_at)
               AS turn_of_tenant,
           row_number() OVER (PARTITION BY again ORDER BY free, refresh_due_at) AS turn_again
    FROM due
), taken AS (  -- not in the UPDATE's condition: a plan could look there twice, past the limit
    SELECT k.connection_id
    FROM credentials k JOIN turns USING (connection_id)
    WHERE turns.free AND turns.turn <= %(at_once)s
      AND turns.turn_of_tenant <= %(at_once_of_tenant)s
      AND (turns.turn_again <= %(at_once_again)s OR NOT turns.again)
      AND coalesce(k.refresh_lease_until < statement_timestamp(), true)
    ORDER BY turns.turn, k.refresh_due_at
    LIMIT %(most)s
    FOR NO KEY UPDATE OF k SKIP LOCKED
)
UPDATE credentials k
SET refresh_lease_id = NULL,
    refresh_lease_until = statement_timestamp() + make_interval(secs => %(in_queue)s)
FROM taken
WHERE k.connection_id = taken.connection_id
RETURNING k.connection_id
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
    """Have the tokens refreshed whose time has come, as many as the workers can take; return how
    many connections that are."""
    room = max(0, MOST_WAITING - broker.waiting(QUEUE))
    limits = {
        "in_queue": _IN_QUEUE,
        "at_once": AT_ONCE,
        "at_once_of_tenant": AT_ONCE_OF_TENANT,
        "at_once_again": AT_ONCE_AGAIN,
        "most": room,
    }
    with database.cursor() as cursor:
        cursor.execute(_TAKE_DUE, limits)
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
