"""A past of many checks, made by the database itself, with its statistics."""

import datetime as dt
from uuid import UUID

from django.utils import timezone

from benchmarks.population import empty_database, populate
from healthchecks import statistics
from healthchecks.models import StatisticsState
from healthchecks.retention import make_partitions
from healthchecks.statements import execute, fetch
from tenants.models import ApiKey, Role

# Ids of the time of their checks. One in fifty fails, for five checks in a row.
_CHECKS = """
INSERT INTO health_checks (
    id, tenant_id, connection_id, created_at, latency_ms, test_action_latency_ms,
    interval_seconds, test_action_status_code, slots, slots_missed, test_action_success, status,
    outcome, check_type, credential_status, circuit_breaker_status, failure_cause, reasons,
    error_code
)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || left(md5(random()::text), 3) || '8' || left(md5(random()::text), 15))::uuid,
       tenant_id, connection_id, at, 100 + 400 * random(), 90 + 400 * random(),
       %(interval)s, CASE WHEN down THEN 503 ELSE 200 END, 1, 0, NOT down,
       CASE WHEN down THEN 'unhealthy' ELSE 'healthy' END,
       CASE WHEN down THEN 'failed' ELSE 'passed' END,
       'scheduled', 'active', 'closed', CASE WHEN down THEN 'provider' END,
       CASE WHEN down THEN ARRAY['test_action_failed'] END, CASE WHEN down THEN 'http_503' END
FROM (
    SELECT h.tenant_id, h.connection_id, n,
           (hashtext(h.connection_id::text || (n / 5)::text) %% 50) = 0 AS down,
           %(since)s + n * make_interval(secs => %(interval)s)
               + make_interval(secs => abs(hashtext(h.connection_id::text)) %% %(interval)s) AS at
    FROM connection_health h, generate_series(0, %(checks)s - 1) n
) made
"""
_LATEST = """
UPDATE connection_health h
SET last_health_check_id = latest.id, last_health_check_at = latest.created_at,
    health_status = latest.status, last_successful_check_at = latest.created_at
FROM connections c, LATERAL (
    SELECT id, created_at, status FROM health_checks
    WHERE connection_id = c.id ORDER BY id DESC LIMIT 1
) latest
WHERE c.id = h.connection_id
"""


def live_through(connections: int, *, days: int, interval: dt.timedelta) -> tuple[str, list[UUID]]:
    """Make one tenant with these many connections and their past; return its key and their ids."""
    empty_database()
    StatisticsState.objects.all().delete()
    execute("TRUNCATE hourly_statistics, daily_statistics, outages")
    integration = populate("https://api.example.com", connections, interval=interval)
    since = timezone.now() - dt.timedelta(days=days)
    make_partitions(since=since.date())
    checks = dt.timedelta(days=days) // interval
    seconds = int(interval.total_seconds())
    execute(_CHECKS, {"since": since, "interval": seconds, "checks": checks})
    execute(_LATEST)
    statistics.make_statistics()
    execute("VACUUM ANALYZE")
    key = ApiKey(tenant=integration.tenant, name="Bench", role=Role.VIEWER)
    secret = key.mint()
    key.save()
    return secret, [pk for (pk,) in fetch("SELECT id FROM connections")]
