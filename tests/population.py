"""Many connections at once, for tests and benchmarks of what moves sets."""

from typing import Any
from uuid import UUID

from connections.models import Connection, Credential
from connections.scheduling import schedule_new
from healthchecks.statements import execute
from integrations.models import Action, Integration
from tenants.models import Tenant

TOKEN = "population-token"
_CROWD = """
INSERT INTO connections (id, tenant_id, integration_id, name, variables, status, tags, created_at,
                         updated_at)
SELECT uuid_v7(), tenant_id, id, 'Account ' || n, '{}', 'active', '{}', now(), now()
FROM integrations, generate_series(1, %(count)s) n WHERE id = %(integration)s
"""


def tenant_named(name: str) -> Tenant:
    return Tenant.objects.create(name=name, slug=Tenant.free_slug(name))


def integration_at(
    base_url: str, *, tenant: Tenant | None = None, name: str = "Acme", **fields: Any
) -> Integration:
    """An active integration with bearer authentication and one action, checked each minute."""
    tenant = tenant or tenant_named(name)
    usual = {"auth": {"type": "bearer"}, "status": "active", "interval_minutes": 1}
    integration = Integration.objects.create(
        tenant=tenant, name=name, slug=name.lower(), base_url=base_url, **(usual | fields)
    )
    Action.objects.create(tenant=tenant, integration=integration, name="Who am I", path="/me")
    return integration


def crowd(integration: Integration, count: int) -> None:
    """Make many connections at once, due at once; the integration has no authentication."""
    execute(_CROWD, {"integration": integration.pk, "count": count})
    schedule_new(integration.connections.values_list("pk", flat=True))


def connect(integration: Integration, count: int = 1, *, token: str = TOKEN) -> list[UUID]:
    """Make connections with credentials, due at once; return their ids, sorted."""
    connections = Connection.objects.bulk_create(
        [
            Connection(tenant=integration.tenant, integration=integration, name=f"Account {n}")
            for n in range(count)
        ],
        batch_size=5_000,
    )
    if integration.auth["type"] != "none":
        credentials = []
        for connection in connections:
            credential = Credential(
                connection=connection, tenant=integration.tenant, kind=integration.auth["type"]
            )
            credential.seal({"token": token}, origin=connection.origin)
            credentials.append(credential)
        Credential.objects.bulk_create(credentials, batch_size=5_000)
    ids = sorted(connection.pk for connection in connections)
    schedule_new(ids)
    return ids
