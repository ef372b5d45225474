"""What goes with deleted connections: their part in incidents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from connections.edits import deleting
from incidents.models import IncidentConnection


def follow_deletion(tenant_id: UUID, connection_ids: Sequence[UUID], **_: Any) -> None:
    affected = IncidentConnection.objects.filter(tenant=tenant_id, connection__in=connection_ids)
    affected.delete()


def connect() -> None:
    deleting.connect(follow_deletion, dispatch_uid="incidents")
