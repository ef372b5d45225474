"""Celery's way in."""

import logging
from uuid import UUID

from celery import shared_task

from connections.oauth import consent, queueing, refreshing

log = logging.getLogger(__name__)


@shared_task(name="connections.refresh_due")
def refresh_due() -> None:
    queueing.enqueue_due()


@shared_task(name=queueing.REFRESH_TASK)
def refresh(connection_id: str) -> None:
    try:
        pk = UUID(connection_id)
    except (ValueError, AttributeError, TypeError):
        log.error("A message that holds no connection was discarded")
        return
    refreshing.refresh_if_due(pk)


@shared_task(name="connections.forget_consents")
def forget_consents() -> None:
    consent.forget_old()
