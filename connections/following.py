"""What happens to connections when their integration or their tenant is changed or deleted."""

from typing import Any
from uuid import UUID

import tenants.edits
from connections import edits
from connections.models import Connection, Credential
from connections.scheduling import follow_settings, reschedule
from integrations.auth import secret_fields
from integrations.edits import choosing, deleting, edited, losing
from integrations.fitting import secret_origin
from integrations.models import Action, Integration
from tenants.models import Tenant


def follow_edit(integration: Integration, before: Integration, **_: Any) -> None:
    """Delete the credentials that fit no longer, and schedule what is to be checked otherwise."""
    stripped = _strip(integration, before)
    if any(
        getattr(integration, name) != getattr(before, name)
        for name in ("status", "checks_enabled", "interval_minutes")
    ):
        follow_settings(_connections_of(integration), forgetting=stripped)
    else:
        reschedule(stripped, forget_failures=True)


def count_lost(integration: Integration, before: Integration, **_: Any) -> int:
    return len(_stranded(integration, before))


def has_chosen(action: Action, **_: Any) -> bool:
    return Connection.objects.filter(health_check_test_action=action).exists()


def follow_tenant(tenant: Tenant, before: Tenant, **_: Any) -> None:
    """Schedule anew what a tenant's change bears on."""
    if any(
        getattr(tenant, name) != getattr(before, name)
        for name in ("status", "default_interval_minutes")
    ):
        follow_settings(Connection.objects.filter(tenant=tenant).values_list("pk", flat=True))


def follow_deletion(integration: Integration, **_: Any) -> None:
    edits.delete(integration.tenant_id, _connections_of(integration))


def connect() -> None:
    edited.connect(follow_edit, dispatch_uid="connections")
    losing.connect(count_lost, dispatch_uid="connections")
    choosing.connect(has_chosen, dispatch_uid="connections")
    deleting.connect(follow_deletion, dispatch_uid="connections")
    tenants.edits.edited.connect(follow_tenant, dispatch_uid="connections of a tenant")


def _connections_of(integration: Integration) -> set[UUID]:
    return set(Connection.objects.filter(integration=integration).values_list("pk", flat=True))


def _strip(integration: Integration, before: Integration) -> set[UUID]:
    """Delete the credentials that fit no longer; return whose they were."""
    stranded = _stranded(integration, before)
    held_by = Credential.objects.filter(pk__in=stranded)
    list(held_by.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    held_by.delete()
    return stranded


def _stranded(integration: Integration, before: Integration) -> set[UUID]:
    """Return whose credentials were entered for another host, another auth type or other fields."""
    same_kind = _kind(integration) == _kind(before)
    if same_kind and (integration.base_url, integration.auth) == (before.base_url, before.auth):
        return set()
    held = Connection.objects.filter(integration=integration, credential__isnull=False)
    return {
        pk
        for pk, variables in held.values_list("pk", "variables").iterator()
        if not same_kind or _origin(integration, variables) != _origin(before, variables)
    }


def _origin(integration: Integration, variables: dict[str, str]) -> str:
    return secret_origin(integration.auth, integration.base_url, variables)


def _kind(integration: Integration) -> tuple[str, set[str]]:
    """Return the type of the integration's secrets and the names of their fields."""
    return integration.auth["type"], {field.name for field in secret_fields(integration.auth)}
