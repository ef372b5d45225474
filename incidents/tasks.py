"""Celery's way in. `detection.watch` is called by who tells people."""

import logging

from celery import shared_task

from incidents import retention

log = logging.getLogger(__name__)


@shared_task(name="incidents.forget")
def forget() -> None:
    log.info("Deleted %d incidents that are too old", retention.forget_old())
