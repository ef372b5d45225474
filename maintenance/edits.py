"""Maintenance windows: saved by API and admin alike, kept up to date, and narrowed by deletions.

Whoever saves or narrows a tenant's windows holds `turn` until the end of the transaction, so that
none comes to name what is being deleted, or to name nothing: that would cover everything.
"""

import logging
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db.models import Model
from django.utils import timezone

from integrations.models import Integration
from maintenance.models import MaintenanceWindow
from tenants.models import Tenant

log = logging.getLogger(__name__)

MOST_WINDOWS = 100  # of a tenant: so a calendar's length is bounded

_TURN = "SELECT pg_advisory_xact_lock(hashtext('maintenance windows'), hashtext(%s))"

# A window that names nothing else has nothing left to cover.
_NARROW = """
DELETE FROM maintenance_windows
WHERE tenant_id = %(tenant)s AND {column} <> '{{}}' AND {column} <@ %(ids)s::uuid[]
  AND {other} = '{{}}' AND tags = '{{}}';
UPDATE maintenance_windows
SET {column} = ARRAY(SELECT id FROM unnest({column}) AS id WHERE id <> ALL(%(ids)s::uuid[]))
WHERE tenant_id = %(tenant)s AND {column} && %(ids)s::uuid[]
"""


def turn(tenant_id: UUID) -> None:
    """Wait until nobody else saves or narrows this tenant's windows; held by the transaction."""
    with database.cursor() as cursor:
        cursor.execute(_TURN, [str(tenant_id)])


def has_room(tenant: Tenant) -> bool:
    return MaintenanceWindow.objects.filter(tenant=tenant).count() < MOST_WINDOWS


def missing(kind: type[Model], tenant: Tenant, ids: Collection[UUID]) -> set[UUID]:
    """Return which of these ids are not of the tenant's integrations or connections. One query."""
    found = kind._default_manager.filter(tenant=tenant, pk__in=ids).values_list("pk", flat=True)
    return set(ids) - set(found)


def go_on() -> int:
    """Go on to the next occurrence where one is over; return in how many windows.

    One that cannot, because its time zone is gone, does not stop the others.
    """
    now, count = timezone.now(), 0
    for window in MaintenanceWindow.objects.filter(current_ends_at__lte=now).order_by("pk"):
        # Whoever edits it meanwhile has gone on with it.
        unchanged = MaintenanceWindow.objects.filter(
            pk=window.pk, updated_at=window.updated_at, current_ends_at=window.current_ends_at
        )
        try:
            window.go_to(window.schedule.at(now))
        except Exception:
            log.exception("Maintenance window %s cannot go on", window.pk)
            continue
        count += unchanged.update(
            current_starts_at=window.current_starts_at, current_ends_at=window.current_ends_at
        )
    return count


def follow_connections(tenant_id: UUID, connection_ids: Collection[UUID], **_: Any) -> None:
    _narrow(tenant_id, connection_ids, column="connection_ids", other="integration_ids")


def follow_integration(integration: Integration, **_: Any) -> None:
    _narrow(
        integration.tenant_id, [integration.pk], column="integration_ids", other="connection_ids"
    )


def _narrow(tenant_id: UUID, ids: Collection[UUID], *, column: str, other: str) -> None:
    turn(tenant_id)
    with database.cursor() as cursor:
        cursor.execute(
            _NARROW.format(column=column, other=other), {"tenant": tenant_id, "ids": list(ids)}
        )
