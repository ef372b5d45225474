"""Changes of health, as they are listed."""

import datetime as dt

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from connections.models import Connection
from healthchecks.models import HealthStateChange
from tenants.models import Tenant
from tests.api.test_contract import assert_shape
from tests.api.test_envelope import error_of
from tests.factories import make_change, make_connection, make_integration

URL = "/api/v1/state-changes"
MINUTE = dt.timedelta(minutes=1)
CHANGE = {
    "id": "id",
    "connectionId": "id",
    "connectionName": "text",
    "integrationId": "id",
    "integrationName": "text",
    "from": "text",
    "to": "text",
    "reasons": "list",
    "healthCheckId": "id",
    "at": "time",
}
RECOVERY = {"from_status": "unhealthy", "to_status": "healthy", "reasons": []}


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


def listed(client: APIClient, **query: str) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def ids(*changes: HealthStateChange) -> list[str]:
    return [str(change.pk) for change in changes]


def test_a_change_says_from_what_to_what_and_why(connection: Connection, victor: APIClient) -> None:
    change = make_change(connection)
    shown = victor.get(URL).json()["data"][0]
    assert_shape(shown, CHANGE)
    assert (shown["from"], shown["to"]) == ("healthy", "unhealthy")
    assert shown["reasons"] == ["test_action_failed"]
    assert shown["healthCheckId"] == str(change.health_check_id)
    assert (shown["connectionName"], shown["integrationName"]) == ("Production", "Acme CRM")


def test_changes_come_newest_first_and_can_be_filtered(
    acme: Tenant, connection: Connection, victor: APIClient
) -> None:
    other = make_connection(make_integration(acme, "Slack"), "Staging")
    fall = make_change(connection, ago=20 * MINUTE)
    rise = make_change(connection, ago=10 * MINUTE, **RECOVERY)
    of_other = make_change(other, to_status="degraded")
    assert listed(victor) == ids(of_other, rise, fall)
    assert listed(victor, connectionId=str(connection.pk)) == ids(rise, fall)
    assert listed(victor, integrationId=str(other.integration_id)) == ids(of_other)
    assert listed(victor, toStatus="unhealthy") == ids(fall)
    assert listed(victor, fromStatus="unhealthy") == ids(rise)
    between = iso(timezone.now() - 15 * MINUTE)
    assert listed(victor, **{"from": between}) == ids(of_other, rise)
    assert listed(victor, to=between) == ids(fall)


def test_a_change_that_was_written_late_is_found_by_its_time(
    connection: Connection, victor: APIClient
) -> None:
    change = make_change(connection, at=timezone.now() - 30 * MINUTE)
    span = {"from": iso(timezone.now() - 40 * MINUTE), "to": iso(timezone.now() - 20 * MINUTE)}
    assert listed(victor, **span) == ids(change)


@pytest.mark.parametrize(
    "query",
    ["toStatus=well", "fromStatus=", "from=unhealthy", "integrationId=5", "colour=red", "limit=0"],
)
def test_filters_that_mean_nothing_are_refused(victor: APIClient, query: str) -> None:
    error = error_of(victor.get(f"{URL}?{query}"), 400)
    assert set(error["details"]) == {query.partition("=")[0]}


def test_anothers_changes_are_not_listed(connection: Connection, charlie: APIClient) -> None:
    make_change(connection)
    assert listed(charlie) == []
    assert listed(charlie, connectionId=str(connection.pk)) == []
