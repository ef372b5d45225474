"""The number of queries of each read is the same for few rows as for many."""

import datetime as dt

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from connections.models import Connection
from tenants.models import Tenant
from tests.factories import make_action, make_check, make_connection, make_integration, set_health


def populate(tenant: Tenant, n: int) -> Connection:
    integration = make_integration(tenant, f"I{n}", provider="jira")
    make_action(integration)
    connection = make_connection(integration, f"C{n}")
    for minute in range(3):
        ago = dt.timedelta(minutes=minute)
        make_check(connection, ago=ago, failure_cause="provider", error_code="http_500")
    set_health(connection, last_word="online", last_health_check_at=dt.datetime.now(dt.UTC))
    return connection


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("providers", 1),
        ("integrations", 2),
        ("integrations/{integration_id}", 2),
        ("integrations/{integration_id}/actions", 3),
        ("connections", 2),
        ("connections?order=-healthStatus&search=c", 2),
        ("connections/{connection_id}", 6),
        ("connections/{connection_id}/health-checks", 3),
        ("connections/{connection_id}/health-checks/latest", 3),
        ("health-checks", 2),
        ("health-checks/summary", 6),
        ("health/integrations", 2),
    ],
)
def test_reads_ask_as_often_for_ten_rows_as_for_one(
    acme: Tenant, alice: APIClient, path: str, most: int
) -> None:
    first = populate(acme, 0)
    ids = {"connection_id": first.pk, "integration_id": first.integration_id}
    url = "/api/v1/" + path.format_map(ids)
    assert alice.get(url).status_code == 200  # which also notes the use of the key
    counted = []
    for n in (0, 9):
        for more in range(n):
            populate(acme, n + more)
        with CaptureQueriesContext(database) as queries:
            alice.get(url)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= most
