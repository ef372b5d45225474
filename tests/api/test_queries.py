"""The number of queries of each read is the same for few rows as for many."""

import datetime as dt

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from connections.models import Connection
from tenants.models import Tenant
from tests.factories import (
    make_action,
    make_alert,
    make_api_key,
    make_change,
    make_check,
    make_connection,
    make_delivery,
    make_incident,
    make_integration,
    make_member,
    make_notice,
    make_window,
    set_health,
)
from tests.notifications.rounds import make_channel

# Statements around each handler: into and out of the web's own scope, the key's, and the tenant's
# (here within the test's transaction, which takes more of them).
ENTERING = 13


def populate(tenant: Tenant, n: int) -> Connection:
    integration = make_integration(tenant, f"I{n}", provider="jira")
    make_action(integration)
    connection = make_connection(integration, f"C{n}")
    for minute in range(3):
        ago = dt.timedelta(minutes=minute)
        make_check(connection, ago=ago, failure_cause="provider", error_code="http_500")
    make_alert(connection)
    make_incident(connection)
    make_change(connection)
    make_member(tenant, email=f"{n}@example.com")
    make_api_key(tenant)
    make_window(tenant)
    make_delivery(make_channel(tenant), make_notice(tenant, connection=connection))
    set_health(connection, last_word="online", last_health_check_at=dt.datetime.now(dt.UTC))
    return connection


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("providers", 1),
        ("integrations", 2),
        ("integrations/{integration_id}", 2),
        ("integrations/{integration_id}/actions", 3),
        ("integrations/{integration_id}/actions/{action_id}", 3),
        ("connections", 3),
        ("connections?order=-healthStatus&search=c", 3),
        ("connections?muted=false", 3),
        ("connections/{connection_id}", 8),
        ("connections/{connection_id}/health-checks", 3),
        ("connections/{connection_id}/health-checks/latest", 3),
        ("connections/{connection_id}/uptime", 5),
        ("connections/{connection_id}/latency?window=7d", 4),
        ("connections/{connection_id}/failures", 5),
        ("connections/{connection_id}/timeline", 4),
        ("health-checks", 3),
        ("health-checks/summary", 7),
        ("health-checks/by-integration?integrationId={integration_id}", 2),
        ("health-checks/recent?connectionId={connection_id}", 3),
        ("health-checks/trend?window=7d", 5),
        ("health/integrations", 2),
        ("alerts", 3),
        ("alerts/{alert_id}", 2),
        ("state-changes", 3),
        ("incidents", 3),
        ("incidents/{incident_id}", 2),
        ("incidents/{incident_id}/connections", 4),
        ("incidents/{incident_id}/timeline", 3),
        ("notification-channels", 2),
        ("notification-channels/{channel_id}", 2),
        ("notification-deliveries?event=downtime", 4),
        ("notices", 4),
        ("notices/unread", 2),
        ("maintenance-windows", 2),
        ("maintenance-windows/{window_id}", 2),
        ("tenant", 1),
        ("members", 2),
        ("api-keys", 2),
    ],
)
def test_reads_ask_as_often_for_ten_rows_as_for_one(
    acme: Tenant, alice: APIClient, path: str, most: int
) -> None:
    first = populate(acme, 0)
    ids = {
        "connection_id": first.pk,
        "integration_id": first.integration_id,
        "alert_id": first.alerts.get().pk,
        "incident_id": first.integration.incidents.get().pk,
        "window_id": make_window(acme).pk,
        "channel_id": make_channel(acme).pk,
        "action_id": first.integration.actions.get().pk,
    }
    url = "/api/v1/" + path.format_map(ids)
    assert alice.get(url).status_code == 200  # which also notes the use of the key
    counted = []
    for n in (0, 9):
        for more in range(n):
            populate(acme, n + more)
        with CaptureQueriesContext(database) as queries:
            alice.get(url)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= most + ENTERING
