"""A whole dispatch: claim what is due, send it to the workers, say what was done."""

import logging
from collections import Counter

from healthchecks import live, queues, recording
from healthchecks.dispatch import dispatch

log = logging.getLogger(__name__)


def fan_out() -> dict[str, int]:
    """Dispatch now; return the summary. Zeros where another dispatcher is at work."""
    summary = Counter(claimed=0, skipped=0, missed=0)
    deferred = 0
    while (result := dispatch()) is not None:
        queues.enqueue(result.claims, queue=queues.SCHEDULED_QUEUE)
        if result.exhausted:
            log.error("%d checks died with their worker too often", len(result.exhausted))
            live.publish(recording.give_up(result.exhausted))
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
