"""Connections to be checked, in one statement each table, so that a million takes seconds."""

import datetime as dt

from api.ids import time_of
from connections.models import Connection, ConnectionHealth, Credential
from healthchecks.models import DispatchState, HealthCheck
from healthchecks.statements import execute
from integrations.models import Action, Integration
from tenants.models import Tenant

# Anchored a while ago, so that they come as regular slots, not as first claims, which are rationed.
_CONNECTIONS = """
WITH made AS (
    INSERT INTO connections (id, tenant_id, integration_id, name, variables, status, tags,
                             created_at, updated_at)
    SELECT uuid_v7(), %(tenant)s, %(integration)s, 'Account ' || n, '{}', 'active', '{}',
           now(), now()
    FROM generate_series(1, %(count)s) n
    RETURNING id
)
INSERT INTO connection_health (connection_id, tenant_id, integration_id, interval_seconds,
                               anchor_at, slot_at, due_at)
SELECT id, %(tenant)s, %(integration)s, %(interval)s, due - step, due - step, due
FROM made, LATERAL (
    SELECT now() + %(spread)s * random() + interval '1 hour' AS due,
           make_interval(secs => %(interval)s) AS step
) timed
"""


def empty_database() -> None:
    """Leave nothing of an earlier run."""
    execute("TRUNCATE tenants, health_checks, dispatch_state CASCADE")


def populate(
    base_url: str, count: int, *, interval: dt.timedelta, spread: dt.timedelta = dt.timedelta()
) -> Integration:
    """Make `count` connections of one integration, due in an hour, each with its own token.

    `spread` is how far apart the first and the last are due. `bring_due` starts them.
    """
    tenant = Tenant.objects.create(name="Bench", slug="bench")
    integration = Integration.objects.create(
        tenant=tenant,
        name="Bench",
        slug="bench",
        base_url=base_url,
        auth={"type": "bearer"},
        status="active",
        requests_per_second=10_000,
    )
    Action.objects.create(tenant=tenant, integration=integration, name="Who am I", path="/me")
    execute(
        _CONNECTIONS,
        {
            "tenant": tenant.pk,
            "integration": integration.pk,
            "count": count,
            "interval": interval.total_seconds(),
            "spread": spread,
        },
    )
    _give_credentials(integration)
    execute("VACUUM ANALYZE")
    return integration


def bring_due() -> None:
    """Let what `populate` made fall due from now on."""
    hour = dt.timedelta(hours=1)
    execute(
        "UPDATE connection_health SET anchor_at = anchor_at - %(hour)s,"
        " slot_at = slot_at - %(hour)s, due_at = due_at - %(hour)s",
        {"hour": hour},
    )
    DispatchState.objects.update(floor=None)


def left_to_check() -> int:
    """Return how many connections have not been checked yet."""
    return ConnectionHealth.objects.filter(last_health_check_id=None).count()


def seconds_from_tick_to_last_row() -> float:
    """Return the seconds from the first claim, whose time is in its id, to the last result."""
    first = HealthCheck.objects.earliest("id")
    last = HealthCheck.objects.latest("created_at")
    return (last.created_at - time_of(first.pk)).total_seconds()


def _give_credentials(integration: Integration) -> None:
    connections = Connection.objects.filter(integration=integration).only("pk", "variables")
    batch = []
    for connection in connections.iterator(chunk_size=10_000):
        connection.integration = integration
        credential = Credential(
            connection=connection, tenant_id=integration.tenant_id, kind="bearer"
        )
        credential.seal({"token": f"token-{connection.pk}"}, origin=connection.origin)
        batch.append(credential)
    Credential.objects.bulk_create(batch, batch_size=10_000)
