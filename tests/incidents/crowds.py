"""Many connections that are well or fail, written as their checks would have left them."""

import datetime as dt
from typing import Any
from uuid import UUID

from healthchecks.statements import execute, fetch
from integrations.models import Integration
from tests.population import crowd, integration_at, tenant_named

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)

_CHECK = """
WITH chosen AS (
    SELECT h.*, row_number() OVER (ORDER BY h.connection_id) AS n FROM connection_health h
    WHERE h.integration_id = %(integration)s
), called AS (
    INSERT INTO health_checks (id, tenant_id, connection_id, created_at, latency_ms,
        interval_seconds, status, outcome, check_type, credential_status, circuit_breaker_status,
        slots, slots_missed, failure_cause, test_action_status_code)
    SELECT uuid_v7(), tenant_id, connection_id, now() - %(ago)s - n * interval '1 microsecond', 10,
        interval_seconds, CASE WHEN %(worked)s THEN 'healthy' ELSE 'unhealthy' END,
        CASE WHEN %(worked)s THEN 'passed' ELSE 'failed' END, 'scheduled', 'active', 'closed', 1, 0,
        CASE WHEN %(worked)s THEN NULL ELSE %(cause)s END, CASE WHEN %(worked)s THEN 200 END
    FROM chosen WHERE n > %(after)s AND n <= %(upto)s
)
UPDATE connection_health h
SET last_health_check_at = now() - %(ago)s,
    due_at = now() + interval '1 minute',
    last_successful_check_at = CASE WHEN %(worked)s THEN now() - %(ago)s
                                    ELSE h.last_successful_check_at END,
    downtime_started_at = CASE WHEN NOT %(worked)s
                               THEN coalesce(h.downtime_started_at, now() - %(ago)s) END,
    last_failure_cause = CASE WHEN %(worked)s THEN '' ELSE %(cause)s END,
    last_error_code = CASE WHEN %(worked)s THEN '' ELSE 'http_503' END,
    consecutive_failures = CASE WHEN %(worked)s THEN 0 ELSE 1 END
FROM chosen WHERE h.connection_id = chosen.connection_id AND n > %(after)s AND n <= %(upto)s
"""


def accounts(
    count: int,
    *,
    host: str = "api.example.com",
    well: dt.timedelta = MINUTE,
    **fields: Any,
) -> Integration:
    """An integration, of a tenant of its own, whose connections were `well` so long ago."""
    # Vacuumed while what earlier tests rolled back was all that it held, a table looks empty to
    # the planner, which then joins thousands of rows by reading all of them for each.
    execute("SET LOCAL enable_nestloop = off")
    fields = {"interval_minutes": 15} | fields
    tenant = fields.pop("tenant", None) or tenant_named("Acme")
    slug = f"crm-{Integration.objects.count()}"
    integration = integration_at(
        f"https://{host}", tenant=tenant, name=slug, auth={"type": "none"}, **fields
    )
    crowd(integration, count)
    check(integration, worked=True, ago=well)
    return integration


def check(
    integration: Integration,
    *,
    worked: bool,
    first: int = 0,
    count: int = 100_000,
    ago: dt.timedelta = 2 * SECOND,
    cause: str = "provider",
) -> None:
    """Let `count` of an integration's connections, from the `first` one on, have been called."""
    execute(
        _CHECK,
        {
            "integration": integration.pk,
            "worked": worked,
            "ago": ago,
            "cause": cause,
            "after": first,
            "upto": first + count,
        },
    )


def fail(integration: Integration, count: int = 100_000, **more: Any) -> None:
    check(integration, worked=False, count=count, **more)


def down(integration: Integration) -> list[UUID]:
    """Return the connections of an integration that are down, in order."""
    rows = fetch(
        "SELECT connection_id FROM connection_health WHERE integration_id = %(pk)s"
        " AND downtime_started_at IS NOT NULL ORDER BY 1",
        {"pk": integration.pk},
    )
    return [pk for (pk,) in rows]
