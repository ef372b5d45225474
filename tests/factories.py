"""The cast: Alice owns Acme, Bob is her colleague, Charlie is a stranger with a tenant of his own.

Plain functions that make one row each, valid unless told otherwise.
"""

import datetime as dt
from typing import Any
from uuid import uuid4

from django.utils import timezone

from api.ids import id_at, new_id
from connections.models import Connection, ConnectionHealth, Credential
from connections.scheduling import schedule_new
from healthchecks.models import Alert, HealthCheck, HealthStateChange
from incidents.models import Incident, IncidentConnection
from integrations.models import Action, Integration
from maintenance.models import MaintenanceWindow
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.people import find_or_create_user

TOKEN = "factory-token"


def make_tenant(name: str = "Acme", **fields: Any) -> Tenant:
    return Tenant.objects.create(name=name, slug=Tenant.free_slug(name), **fields)


def make_key(tenant: Tenant, role: Role = Role.ADMIN, **fields: Any) -> str:
    """Return the secret of a new API key."""
    return _make_key(tenant, role, fields)[1]


def make_api_key(tenant: Tenant, role: Role = Role.ADMIN, **fields: Any) -> ApiKey:
    return _make_key(tenant, role, fields)[0]


def _make_key(tenant: Tenant, role: Role, fields: dict[str, Any]) -> tuple[ApiKey, str]:
    key = ApiKey(tenant=tenant, role=role, **({"name": f"{role} key"} | fields))
    secret = key.mint()
    key.save()
    return key, secret


def make_member(
    tenant: Tenant, role: Role = Role.ADMIN, email: str = "dora@example.com", **fields: Any
) -> Membership:
    """A person who has not signed in yet."""
    user = find_or_create_user(email)
    return Membership.objects.create(tenant=tenant, user=user, role=role, **fields)


def make_integration(tenant: Tenant, name: str = "Acme CRM", **fields: Any) -> Integration:
    """An active integration with bearer authentication and no action."""
    usual = {
        "base_url": "https://api.example.com",
        "auth": {"type": "bearer"},
        "status": "active",
        "slug": f"{name.lower().replace(' ', '-')}-{Integration.objects.count()}",
    }
    return Integration.objects.create(tenant=tenant, name=name, **(usual | fields))


def make_action(integration: Integration, name: str = "Current user", **fields: Any) -> Action:
    usual = {"path": "/me"}
    return Action.objects.create(
        tenant=integration.tenant, integration=integration, name=name, **(usual | fields)
    )


def make_connection(
    integration: Integration, name: str = "Production", *, token: str | None = TOKEN, **fields: Any
) -> Connection:
    """A connection that is due; `token` None leaves it without a credential."""
    connection = Connection.objects.create(
        tenant=integration.tenant, integration=integration, name=name, **fields
    )
    if token is not None:
        credential = Credential(
            connection=connection, tenant=integration.tenant, kind=integration.auth["type"]
        )
        credential.seal({"token": token}, origin=connection.origin)
        credential.save()
    schedule_new([connection.pk])
    return Connection.objects.with_health().get(pk=connection.pk)


def make_check(
    connection: Connection, *, ago: dt.timedelta = dt.timedelta(), **fields: Any
) -> HealthCheck:
    """A healthy scheduled check, `ago` before now. The connection's own state stays as it is."""
    made_at = timezone.now() - ago
    usual = {
        "id": id_at(made_at),
        "created_at": made_at,
        "latency_ms": 156,
        "test_action_latency_ms": 145,
        "test_action_status_code": 200,
        "test_action_success": True,
        "interval_seconds": 60 * connection.effective_interval_minutes,
        "slots": 1,
        "status": "healthy",
        "outcome": "passed",
        "check_type": "scheduled",
        "credential_status": "active",
        "circuit_breaker_status": "closed",
    }
    return HealthCheck.objects.create(
        tenant_id=connection.tenant_id, connection=connection, **(usual | fields)
    )


def make_alert(
    connection: Connection, *, ago: dt.timedelta = dt.timedelta(), **fields: Any
) -> Alert:
    """An open alert, opened `ago` before now, of a downtime that is five minutes older."""
    opened_at = timezone.now() - ago
    usual = {
        "id": id_at(opened_at),
        "opened_at": opened_at,
        "downtime_started_at": opened_at - dt.timedelta(minutes=5),
        "cause": "provider",
        "error_code": "http_503",
        "consecutive_failures": 3,
    }
    return Alert.objects.create(
        tenant_id=connection.tenant_id, connection=connection, **(usual | fields)
    )


def make_incident(
    *connections: Connection, ago: dt.timedelta = dt.timedelta(), **fields: Any
) -> Incident:
    """An open incident, opened `ago` before now, of connections that failed a minute earlier."""
    opened_at = timezone.now() - ago
    started_at = opened_at - dt.timedelta(minutes=1)
    usual = {
        "id": id_at(opened_at),
        "opened_at": opened_at,
        "started_at": started_at,
        "cause": "provider",
        "connections_affected": len(connections),
        "connections_down": len(connections),
    }
    integration = connections[0].integration
    incident = Incident.objects.create(
        tenant_id=integration.tenant_id, integration=integration, **(usual | fields)
    )
    for connection in connections:
        IncidentConnection.objects.create(
            tenant_id=integration.tenant_id,
            incident=incident,
            connection=connection,
            failed_at=started_at,
        )
    return incident


def make_change(
    connection: Connection, *, ago: dt.timedelta = dt.timedelta(), **fields: Any
) -> HealthStateChange:
    """A healthy connection became unhealthy, `ago` before now."""
    at = timezone.now() - ago
    usual = {
        "id": id_at(at),
        "at": at,
        "from_status": "healthy",
        "to_status": "unhealthy",
        "reasons": ["test_action_failed"],
        "health_check_id": id_at(at),
    }
    return HealthStateChange.objects.create(
        tenant_id=connection.tenant_id, connection=connection, **(usual | fields)
    )


def make_window(
    tenant: Tenant, *, ago: dt.timedelta = dt.timedelta(minutes=10), **fields: Any
) -> MaintenanceWindow:
    """A window of an hour that began `ago` before now and covers everything."""
    usual = {"name": "Release", "starts_at": timezone.now() - ago, "duration_minutes": 60}
    return MaintenanceWindow.objects.create(tenant=tenant, **(usual | fields))


def set_health(connection: Connection, **fields: Any) -> None:
    """Set what a connection's last checks left."""
    ConnectionHealth.objects.filter(pk=connection.pk).update(**fields)


def make_notice(tenant: Tenant, *, ago: dt.timedelta = dt.timedelta(), **fields: Any) -> Notice:
    """A downtime that was told of `ago` before now; of a connection, if one is given."""
    at = timezone.now() - ago
    connection = fields.get("connection")
    usual = {
        "id": id_at(at) if ago else new_id(),
        "key": f"downtime:{uuid4()}",
        "kind": "downtime_opened",
        "severity": "critical",
        "about": "connection:none",
        "title": "Production is down",
        "text": "The API answered 503 Service Unavailable.",
        "path": "/alerts",
        "integration": connection and connection.integration,
        "at": at,
    }
    return Notice.objects.create(tenant=tenant, **(usual | fields))


def make_delivery(
    channel: NotificationChannel,
    notice: Notice,
    *,
    ago: dt.timedelta = dt.timedelta(),
    **fields: Any,
) -> NotificationDelivery:
    """One that is to be tried, and was made `ago` before now."""
    at = timezone.now() - ago
    usual = {"id": id_at(at) if ago else new_id(), "due_at": at}
    return NotificationDelivery.objects.create(
        tenant_id=channel.tenant_id, channel=channel, notice=notice, **(usual | fields)
    )
