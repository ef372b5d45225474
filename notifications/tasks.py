"""Celery's way in."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from incidents import detection
from notifications import (
    delivering,
    forecasts,
    incident_notices,
    looking,
    nudging,
    outbox,
    queueing,
    reminders,
    retention,
)

log = logging.getLogger(__name__)


@shared_task(name=queueing.SWEEP_TASK)
def sweep() -> None:
    """Incidents first: what they fold is then not told one by one."""
    now = timezone.now()
    detection.watch()
    incident_notices.tell(now)
    outbox.take()
    looking.look()
    forecasts.ask_for_persons(now)
    queueing.enqueue_due()


@shared_task(name="notifications.look_ahead")
def look_ahead() -> None:
    now = timezone.now()
    forecasts.foretell(now)
    reminders.remind(now)


@shared_task(name=queueing.DELIVER_TASK)
def deliver(channel_id: str, lease_id: str) -> None:
    try:
        channel, lease = UUID(channel_id), UUID(lease_id)
    except (ValueError, AttributeError, TypeError):
        log.error("A message that holds no channel was discarded")
        return
    delivering.deliver(channel, lease)
    nudging.nudge()  # others may wait for the turn that this one had


@shared_task(name="notifications.forget")
def forget() -> None:
    log.info("Deleted %d notices that are too old", retention.forget_old())
