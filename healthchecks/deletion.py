"""What goes with a deleted connection: its history, its alerts, its current state in memory."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from connections.edits import deleting
from healthchecks import live
from tenants.row_security import for_tenant

_TABLES = ("health_state_changes", "alerts", "manual_requests")
_HISTORY = ("health_checks", "hourly_statistics", "daily_statistics", "outages")
_CHUNK = 100  # connections whose history one transaction deletes


def follow_deletion(tenant_id: UUID, connection_ids: Sequence[UUID], **_: Any) -> None:
    """Delete what refers to these connections now, and their history once that is committed.

    Histories can be long, recorders wait for the connections' rows until the commit, and nobody
    sees a history without its connection; a tenant's percentages have it until it is gone.
    """
    _delete(_TABLES, tenant_id, connection_ids)
    transaction.on_commit(lambda: _forget(tenant_id, connection_ids), robust=True)


def connect() -> None:
    deleting.connect(follow_deletion, dispatch_uid="health checks")


def _forget(tenant_id: UUID, connection_ids: Sequence[UUID]) -> None:
    live.forget(tenant_id, connection_ids)
    for start in range(0, len(connection_ids), _CHUNK):
        with for_tenant(tenant_id):
            _delete(_HISTORY, tenant_id, connection_ids[start : start + _CHUNK])


def _delete(tables: Sequence[str], tenant_id: UUID, connection_ids: Sequence[UUID]) -> None:
    with database.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"DELETE FROM {table} WHERE tenant_id = %s AND connection_id = ANY(%s)",  # noqa: S608 - our own names
                [tenant_id, list(connection_ids)],
            )
