"""Incidents: listed, shown with their connections and their course, and acknowledged."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from connections.models import Connection
from incidents.models import Incident, IncidentConnection
from integrations.models import Integration
from tenants.models import Tenant
from tests.api.test_contract import assert_shape
from tests.api.test_envelope import error_of
from tests.factories import make_connection, make_incident, make_integration

URL = "/api/v1/incidents"
MINUTE = dt.timedelta(minutes=1)
INCIDENT = {
    "id": "id",
    "integrationId": "id",
    "integrationName": "text",
    "provider": "text?",
    "state": "text",
    "cause": "text",
    "startedAt": "time",
    "openedAt": "time",
    "resolvedAt": "time?",
    "connectionsAffected": "int",
    "connectionsDown": "int",
    "wider": "bool",
    "organisationsAffected": "int?",
    "acknowledgedAt": "time?",
    "acknowledgedBy": "text?",
}


@pytest.fixture
def integration(acme: Tenant) -> Integration:
    return make_integration(acme, provider="jira")


@pytest.fixture
def three(integration: Integration) -> list[Connection]:
    return [make_connection(integration, name) for name in ("One", "Two", "Three")]


def listed(client: APIClient, **query: str) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def ids(*incidents: Incident) -> list[str]:
    return [str(incident.pk) for incident in incidents]


def part(incident: Incident, name: str, client: APIClient) -> Any:
    answer = client.get(f"{URL}/{incident.pk}/{name}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_an_incident_says_what_fails_since_when_and_how_widely(
    three: list[Connection], victor: APIClient
) -> None:
    incident = make_incident(*three, provider="jira", wider=True, organisations=7)
    shown = victor.get(f"{URL}/{incident.pk}").json()["data"]
    assert_shape(shown, INCIDENT)
    assert (shown["integrationName"], shown["provider"]) == ("Acme CRM", "jira")
    assert (shown["state"], shown["cause"]) == ("open", "provider")
    assert (shown["connectionsAffected"], shown["connectionsDown"]) == (3, 3)
    assert (shown["wider"], shown["organisationsAffected"]) == (True, 7)
    assert victor.get(URL).json()["data"] == [shown]


def test_incidents_come_newest_first_and_can_be_filtered(
    acme: Tenant, three: list[Connection], victor: APIClient
) -> None:
    other = make_connection(make_integration(acme, "Slack"))
    over = make_incident(*three, ago=20 * MINUTE, resolved_at=timezone.now())
    goes_on = make_incident(*three, ago=10 * MINUTE)
    of_other = make_incident(other)
    assert listed(victor) == ids(of_other, goes_on, over)
    assert listed(victor, state="open") == ids(of_other, goes_on)
    assert listed(victor, state="resolved") == ids(over)
    assert listed(victor, integrationId=str(other.integration_id)) == ids(of_other)
    between = {"from": iso(timezone.now() - 15 * MINUTE), "to": iso(timezone.now() - 5 * MINUTE)}
    assert listed(victor, **between) == ids(goes_on)


@pytest.mark.parametrize("query", ["state=closed", "integrationId=x", "from=today", "colour=red"])
def test_filters_that_mean_nothing_are_refused(victor: APIClient, query: str) -> None:
    assert set(error_of(victor.get(f"{URL}?{query}"), 400)["details"]) == {query.partition("=")[0]}


def test_its_connections_come_a_page_at_a_time(three: list[Connection], victor: APIClient) -> None:
    incident = make_incident(*three)
    recovered = timezone.now()
    IncidentConnection.objects.filter(connection=three[0]).update(recovered_at=recovered)
    first = victor.get(f"{URL}/{incident.pk}/connections", {"limit": 2}).json()
    assert [row["connectionName"] for row in first["data"]] == ["Three", "Two"]
    query = {"limit": 2, "cursor": first["pagination"]["cursor"]}
    [last] = victor.get(f"{URL}/{incident.pk}/connections", query).json()["data"]
    assert last == {
        "connectionId": str(three[0].pk),
        "connectionName": "One",
        "failedAt": iso(incident.started_at),
        "recoveredAt": iso(recovered),
    }


def test_its_course_tells_who_failed_joined_and_recovered(
    three: list[Connection], victor: APIClient
) -> None:
    now = timezone.now()
    incident = make_incident(*three, ago=30 * MINUTE, acknowledged_at=now - 5 * MINUTE)
    joined, recovered = now - 20 * MINUTE, now - 10 * MINUTE
    affected = IncidentConnection.objects.all()
    affected.filter(connection=three[2]).update(failed_at=joined)
    affected.filter(connection__in=three[:2]).update(recovered_at=recovered)
    Incident.objects.update(resolved_at=now)
    shown = part(incident, "timeline", victor)
    assert shown["events"] == [
        {"at": iso(incident.opened_at), "kind": "opened", "count": 2},
        {"at": iso(joined), "kind": "joined", "count": 1},
        {"at": iso(recovered), "kind": "recovered", "count": 2},
        {"at": iso(now - 5 * MINUTE), "kind": "acknowledged", "count": None},
        {"at": iso(now), "kind": "resolved", "count": None},
    ]
    assert [point["down"] for point in shown["points"]] == [2, 3, 1, 1]
    assert shown["points"][-1]["at"] == iso(now)


def test_the_course_of_a_long_incident_is_no_longer_than_that_of_a_short_one(
    integration: Integration, victor: APIClient
) -> None:
    many = [make_connection(integration, f"C{n}", token=None) for n in range(30)]
    incident = make_incident(*many, ago=dt.timedelta(days=40))
    for n, affected in enumerate(IncidentConnection.objects.all()):
        affected.recovered_at = incident.opened_at + n * dt.timedelta(minutes=3)
        affected.save()
    assert len(part(incident, "timeline", victor)["points"]) < 5


def test_who_acknowledges_first_is_kept(
    three: list[Connection], bob: APIClient, alice: APIClient, victor: APIClient
) -> None:
    path = f"{URL}/{make_incident(*three).pk}/acknowledge"
    error_of(victor.post(path), 403)
    assert error_of(bob.post(path, {"by": "me"}), 400)["details"] == {"by": ["Unknown field."]}
    first = bob.post(path).json()["data"]
    assert first["acknowledgedBy"] == "operator key"
    assert alice.post(path).json()["data"] == first
