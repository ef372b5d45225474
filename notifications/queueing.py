"""Which channels have something to send, and how workers hear of it."""

import logging
from collections.abc import Sequence
from uuid import UUID

from celery import current_app

from api import broker
from healthchecks.statements import fetch

log = logging.getLogger(__name__)

DELIVER_TASK = "notifications.deliver"
SWEEP_TASK = "notifications.sweep"
QUEUE = "notifications"  # of its own, so that a mail server which hangs delays no check
LEASE_SECONDS = 90  # in the queue, and anew for each message: then another may send
AT_ONCE = 16  # channels; the worker's threads
# Of these, of one tenant: channels that hang leave threads to others.
AT_ONCE_OF_TENANT = 4

# Leased ones take the first turns. Rows are taken without waiting: a sweep may run twice.
_LEASE = """
WITH wanting AS (
    SELECT c.id, c.tenant_id, pending.due_at,
           coalesce(c.lease_until < statement_timestamp(), true) AS free
    FROM (
        SELECT channel_id, min(due_at) AS due_at FROM notification_deliveries
        WHERE state = 'pending' AND due_at <= statement_timestamp() GROUP BY channel_id
    ) AS pending
    JOIN notification_channels c ON c.id = pending.channel_id
    WHERE c.enabled AND c.disabled_at IS NULL
      AND coalesce(c.next_try_at <= statement_timestamp(), true)
), fair AS (
    SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY free, due_at) AS turn_of_tenant
    FROM wanting
), turns AS (
    SELECT *, row_number() OVER (ORDER BY free, due_at) AS turn
    FROM fair WHERE turn_of_tenant <= %(of_tenant)s
), taken AS (
    SELECT c.id FROM notification_channels c JOIN turns USING (id)
    WHERE turns.free AND turns.turn <= %(at_once)s
      AND coalesce(c.lease_until < statement_timestamp(), true)
    ORDER BY turns.due_at
    FOR NO KEY UPDATE OF c SKIP LOCKED
)
UPDATE notification_channels c
SET lease_id = gen_random_uuid(),
    lease_until = statement_timestamp() + make_interval(secs => %(lease)s)
FROM taken WHERE c.id = taken.id
RETURNING c.id, c.lease_id
"""


def enqueue_due() -> None:
    """Hand the channels that have something to send to the workers."""
    send(DELIVER_TASK, [[str(channel), str(lease)] for channel, lease in lease_due()])


def lease_due() -> Sequence[tuple[UUID, UUID]]:
    """Lease channels that have something to send; return each with its lease. One query."""
    limits = {"at_once": AT_ONCE, "of_tenant": AT_ONCE_OF_TENANT, "lease": LEASE_SECONDS}
    return [(channel, lease) for channel, lease in fetch(_LEASE, limits)]


def nudge() -> bool:
    """Have a sweep now; return whether the broker took it. If not, the next tick does."""
    return send(SWEEP_TASK, [[]])


def send(task: str, messages: list[list[str]]) -> bool:
    """Send what is only a hint: what is lost, a lease or a tick brings again. Return whether the
    broker took it."""
    if not messages:
        return True
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            for arguments in messages:
                current_app.send_task(task, args=arguments, queue=QUEUE, producer=producer)
    except broker.FAULTS as fault:
        log.error("Notifications could not be sent to the workers: %s", type(fault).__name__)
        return False
    return True
