"""What goes with a deleted connection: what was told of it, and what is known to have been told.
And what becomes of channels that want to hear of a deleted integration."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import connections.edits
import integrations.edits
from healthchecks.statements import execute
from integrations.models import Integration
from notifications.models import (
    ConnectionWatch,
    ExpiryForecast,
    Notice,
    NotificationDelivery,
)

# A channel of this integration alone is turned off: without one it would hear of all.
_NARROW = """
UPDATE notification_channels
SET integration_ids = array_remove(integration_ids, %(id)s),
    enabled = enabled AND cardinality(array_remove(integration_ids, %(id)s)) > 0
WHERE tenant_id = %(tenant)s AND %(id)s = ANY(integration_ids)
"""


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


def follow_integration(integration: Integration, **_: Any) -> None:
    execute(_NARROW, {"tenant": integration.tenant_id, "id": integration.pk})


def connect() -> None:
    connections.edits.deleting.connect(follow_deletion, dispatch_uid="notifications")
    integrations.edits.deleting.connect(follow_integration, dispatch_uid="notifications")
