"""What goes with a deleted connection: what was told of it, and what is known to have been told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from connections.edits import deleting
from notifications.models import (
    ConnectionWatch,
    ExpiryForecast,
    Notice,
    NotificationDelivery,
)


def follow_deletion(tenant_id: UUID, connection_ids: Sequence[UUID], **_: Any) -> None:
    of_these = {"tenant": tenant_id, "connection__in": list(connection_ids)}
    notices = Notice.objects.filter(**of_these)
    for rows in (
        NotificationDelivery.objects.filter(notice__in=notices),
        notices,
        ConnectionWatch.objects.filter(**of_these),
        ExpiryForecast.objects.filter(**of_these),
    ):
        rows._raw_delete(rows.db)


def connect() -> None:
    deleting.connect(follow_deletion, dispatch_uid="notifications")
