"""A whole dispatch: claim what is due, send it to the workers, say what was done."""

import logging

from healthchecks import live, queues, recording
from healthchecks.dispatch import dispatch

log = logging.getLogger(__name__)


def fan_out() -> dict[str, int]:
    """Dispatch now; return the summary. Zeros where another dispatcher is at work."""
    result = dispatch()
    if result is None:
        log.info("Another dispatcher is at work")
        return {"claimed": 0, "deferred": 0, "skipped": 0, "missed": 0}
    queues.enqueue(result.claims, queue=queues.SCHEDULED_QUEUE)
    if result.exhausted:
        log.error("%d checks died with their worker too often", len(result.exhausted))
        live.publish(recording.give_up(result.exhausted))
    if any(result.summary.values()):
        log.info(
            "Dispatched: %(claimed)d claimed, %(deferred)d deferred, %(skipped)d skipped,"
            " %(missed)d missed",
            result.summary,
            extra=result.summary,
        )
    return result.summary
