"""Claims on their way to the workers: one message carries a batch of them."""

import logging
from collections.abc import Iterable, Sequence

from celery import current_app
from django.conf import settings

from api import broker
from healthchecks.claims import Claim, release

log = logging.getLogger(__name__)

PROBE_TASK = "healthchecks.probe"
SCHEDULED_QUEUE = "probes"
MANUAL_QUEUE = "manual"  # of its own, so that a person never waits behind the schedule


def enqueue(claims: Sequence[Claim], *, queue: str) -> int:
    """Send these claims to the workers; return how many were sent.

    Those that cannot be sent are given back, so that the next tick finds them.
    """
    sent = 0
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            for batch in _batches(claims):
                current_app.send_task(
                    PROBE_TASK,
                    args=[[claim.as_message() for claim in batch]],
                    queue=queue,
                    producer=producer,
                )
                sent += len(batch)
    except broker.FAULTS as fault:
        log.error("%d claims could not be sent: %s", len(claims) - sent, type(fault).__name__)
        release(claims[sent:])
    return sent


def _batches(claims: Sequence[Claim]) -> Iterable[Sequence[Claim]]:
    size = settings.PROBE_BATCH_SIZE
    return (claims[start : start + size] for start in range(0, len(claims), size))
