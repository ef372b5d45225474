"""Celery's way in. Fetch, call, enqueue: the rules are elsewhere."""

import logging
from collections.abc import Sequence

from celery import shared_task

from healthchecks import dispatch, downtime, fanout, live, queues, retention, statistics
from healthchecks.claims import Claim
from healthchecks.stream import stream

log = logging.getLogger(__name__)


@shared_task(name="healthchecks.dispatch")
def dispatch_due() -> None:
    fanout.fan_out()


@shared_task(name=queues.PROBE_TASK)
def probe(message: Sequence[Sequence[str]]) -> None:
    try:
        claims = [Claim.from_message(parts) for parts in message]
    except (TypeError, ValueError):
        log.error("A message that holds no claims was discarded")
        return
    stream().hand_over(claims)


@shared_task(name="healthchecks.survey")
def survey() -> None:
    dispatch.survey()


@shared_task(name="healthchecks.watch_downtime")
def watch_downtime() -> None:
    downtime.sweep()


@shared_task(name="healthchecks.mend_live_store")
def mend_live_store() -> None:
    mended = live.mend()
    if mended:
        log.info("%d entries of the live store were out of date", mended)


@shared_task(name="healthchecks.make_statistics")
def make_statistics() -> None:
    hours = statistics.make_statistics()
    if hours > 1:
        log.info("Caught up with the statistics of %d hours", hours)


@shared_task(name="healthchecks.keep_partitions")
def keep_partitions() -> None:
    for day in retention.make_partitions():
        log.info("Made the partition of %s", day)
    for name in retention.drop_old_partitions():
        log.info("Dropped the partition %s", name)
    checks = retention.delete_old_checks()
    rows = retention.forget_what_is_old() + retention.forget_manual_requests()
    rows += retention.forget_pauses()
    log.info("Deleted %d checks and %d other rows that are too old", checks, rows)
