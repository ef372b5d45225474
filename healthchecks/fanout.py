"""A whole dispatch: claim what is due, send it to the workers, say what was done."""

import logging
from collections import Counter

from api import broker
from healthchecks import live, queues, recording
from healthchecks.dispatch import dispatch
from healthchecks.recorder import record_around_poison

log = logging.getLogger(__name__)

MOST_WAITING = 400  # messages: more would only wait until their claims have expired


def fan_out() -> dict[str, int]:
    """Dispatch now; return the summary. Zeros where another dispatcher is at work, or where the
    workers have not taken what they were sent."""
    summary = Counter(claimed=0, skipped=0, missed=0)
    deferred = 0
    while _workers_keep_up() and (result := dispatch()) is not None:
        if result.exhausted:
            log.error("%d checks died with their worker too often", len(result.exhausted))
            live.publish(record_around_poison(recording.given_up(result.exhausted)))
        queues.enqueue(result.claims, queue=queues.SCHEDULED_QUEUE)
        summary.update(claimed=len(result.claims), skipped=result.skipped, missed=result.missed)
        deferred = result.deferred
        if not result.more:
            break
    counts = {"claimed": summary["claimed"], "deferred": deferred}
    counts |= {"skipped": summary["skipped"], "missed": summary["missed"]}
    if any(counts.values()):
        log.info(
            "Dispatched: %(claimed)d claimed, %(deferred)d deferred, %(skipped)d skipped,"
            " %(missed)d missed",
            counts,
            extra=counts,
        )
    return counts


def _workers_keep_up() -> bool:
    waiting = broker.waiting(queues.SCHEDULED_QUEUE)
    if waiting > MOST_WAITING:
        log.warning("Nothing is dispatched: %d messages wait for a worker", waiting)
    return waiting <= MOST_WAITING
