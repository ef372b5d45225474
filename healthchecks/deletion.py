"""What goes with a deleted connection: its history, its alerts, its current state in memory."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from connections.edits import deleting
from healthchecks import live
from tenants.row_security import for_tenant

_TABLES = (
    "health_state_changes",
    "alerts",
    "manual_requests",
    "hourly_statistics",
    "daily_statistics",
    "outages",
)
_CHUNK = 1_000  # connections whose history one statement deletes


def follow_deletion(tenant_id: UUID, connection_ids: Sequence[UUID], **_: Any) -> None:
    """Delete what refers to these connections now, and their history once that is committed.

    Histories can be long, and nobody sees them without their connection.
    """
    with database.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(
                f"DELETE FROM {table} WHERE tenant_id = %s AND connection_id = ANY(%s)",  # noqa: S608 - our own names
                [tenant_id, list(connection_ids)],
            )
    transaction.on_commit(lambda: _forget(tenant_id, connection_ids), robust=True)


def connect() -> None:
    deleting.connect(follow_deletion, dispatch_uid="health checks")


def _forget(tenant_id: UUID, connection_ids: Sequence[UUID]) -> None:
    live.forget(tenant_id, connection_ids)
    for start in range(0, len(connection_ids), _CHUNK):
        with for_tenant(tenant_id), database.cursor() as cursor:
            cursor.execute(
                "DELETE FROM health_checks WHERE connection_id = ANY(%s)",
                [list(connection_ids[start : start + _CHUNK])],
            )
