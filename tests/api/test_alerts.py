"""Alerts: listed, shown and acknowledged."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from connections.models import Connection
from healthchecks.models import Alert
from tenants.models import Tenant
from tests.api.test_contract import assert_shape
from tests.api.test_envelope import error_of
from tests.factories import make_alert, make_connection, make_integration

URL = "/api/v1/alerts"
MINUTE = dt.timedelta(minutes=1)
ALERT = {
    "id": "id",
    "connectionId": "id",
    "connectionName": "text",
    "integrationId": "id",
    "integrationName": "text",
    "openedAt": "time",
    "resolvedAt": "time?",
    "downtimeStart": "time",
    "acknowledgedAt": "time?",
    "acknowledgedBy": "text?",
    "cause": "text",
    "consecutiveFailures": "int",
    "message": "text",
    "suggestedResolution": "object?",
    "incidentId": "id?",
    "told": "bool",
}


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


def listed(client: APIClient, **query: str) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def ids(*alerts: Alert) -> list[str]:
    return [str(alert.pk) for alert in alerts]


def acknowledge(client: APIClient, alert: Alert) -> Any:
    return client.post(f"{URL}/{alert.pk}/acknowledge")


def test_an_alert_says_what_is_down_since_when_and_why(
    connection: Connection, victor: APIClient
) -> None:
    alert = make_alert(connection, ago=2 * MINUTE)
    shown = victor.get(f"{URL}/{alert.pk}").json()["data"]
    assert_shape(shown, ALERT)
    assert shown["connectionName"] == "Production"
    assert shown["integrationName"] == "Acme CRM"
    assert shown["message"] == "Down for 7 minutes: The API answered 503 Service Unavailable."
    assert shown["suggestedResolution"]["who"] == "provider"
    assert (shown["incidentId"], shown["told"]) == (None, False)
    assert shown["downtimeStart"] == iso(alert.downtime_started_at)
    assert (shown["resolvedAt"], shown["acknowledgedAt"], shown["acknowledgedBy"]) == (None,) * 3
    assert victor.get(URL).json()["data"] == [shown]


def test_an_alert_says_whether_people_were_told_and_which_incident_it_is_of(
    connection: Connection, victor: APIClient
) -> None:
    incident = uuid4()
    alert = make_alert(connection, incident_id=incident)
    [shown] = victor.get(URL).json()["data"]
    assert (shown["told"], shown["incidentId"]) == (False, str(incident))
    Alert.objects.filter(pk=alert.pk).update(told_at=timezone.now())
    assert victor.get(URL).json()["data"][0]["told"] is True


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (119, "119 seconds"), (7199, "119 minutes"), (200_000, "2 days")],
)
def test_a_resolved_alert_says_how_long_it_was(
    connection: Connection, victor: APIClient, seconds: int, words: str
) -> None:
    start = timezone.now() - dt.timedelta(days=3)
    end = start + dt.timedelta(seconds=seconds)
    make_alert(connection, downtime_started_at=start, resolved_at=end)
    message = victor.get(URL).json()["data"][0]["message"]
    assert message.startswith(f"Was down for {words}: ")


def test_alerts_come_newest_first_and_can_be_filtered(
    acme: Tenant, connection: Connection, victor: APIClient
) -> None:
    other = make_connection(make_integration(acme, "Slack"), "Staging")
    past = {"resolved_at": timezone.now(), "cause": "network"}
    incident = uuid4()
    resolved = make_alert(connection, ago=20 * MINUTE, **past, incident_id=incident)
    seen = make_alert(connection, ago=10 * MINUTE, acknowledged_at=timezone.now())
    of_other = make_alert(other)
    assert listed(victor) == ids(of_other, seen, resolved)
    assert listed(victor, connectionId=str(connection.pk)) == ids(seen, resolved)
    assert listed(victor, integrationId=str(other.integration_id)) == ids(of_other)
    assert listed(victor, state="open") == ids(of_other, seen)
    assert listed(victor, state="resolved") == ids(resolved)
    assert listed(victor, acknowledged="true") == ids(seen)
    assert listed(victor, acknowledged="false") == ids(of_other, resolved)
    assert listed(victor, cause="network") == ids(resolved)
    assert listed(victor, incidentId=str(incident)) == ids(resolved)
    between = {"from": iso(timezone.now() - 15 * MINUTE), "to": iso(timezone.now() - 5 * MINUTE)}
    assert listed(victor, **between) == ids(seen)
    exactly = {"from": seen.opened_at.isoformat(), "to": of_other.opened_at.isoformat()}
    assert listed(victor, **exactly) == ids(seen)


@pytest.mark.parametrize(
    "query",
    [
        "connectionId=no-id",
        "state=closed",
        "acknowledged=maybe",
        "cause=fate",
        "incidentId=no-id",
        "from=yesterday",
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "colour=red",
        "cursor=abc",
        "limit=101",
    ],
)
def test_filters_that_mean_nothing_are_refused(victor: APIClient, query: str) -> None:
    error = error_of(victor.get(f"{URL}?{query}"), 400)
    assert set(error["details"]) == {query.partition("=")[0]}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_moments_far_away_are_moments_too(
    connection: Connection, victor: APIClient, moment: str
) -> None:
    alert = make_alert(connection)
    in_the_future = moment.startswith("9")
    assert listed(victor, **{"from": moment}) == ([] if in_the_future else ids(alert))
    assert listed(victor, to=moment) == (ids(alert) if in_the_future else [])


def test_who_acknowledges_first_is_kept(
    connection: Connection, bob: APIClient, alice: APIClient
) -> None:
    alert = make_alert(connection)
    first = acknowledge(bob, alert).json()["data"]
    assert first["acknowledgedBy"] == "operator key"
    assert first["acknowledgedAt"] is not None
    again = acknowledge(alice, alert)
    assert again.status_code == 200
    assert again.json()["data"] == first


def test_a_resolved_alert_can_be_acknowledged_too(connection: Connection, bob: APIClient) -> None:
    alert = make_alert(connection, resolved_at=timezone.now())
    assert acknowledge(bob, alert).json()["data"]["acknowledgedBy"] == "operator key"


def test_a_viewer_acknowledges_nothing(connection: Connection, victor: APIClient) -> None:
    alert = make_alert(connection)
    error_of(acknowledge(victor, alert), 403)
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_an_acknowledgement_says_no_more(connection: Connection, bob: APIClient) -> None:
    alert = make_alert(connection)
    answer = bob.post(f"{URL}/{alert.pk}/acknowledge", {"by": "me"})
    assert error_of(answer, 400)["details"] == {"by": ["Unknown field."]}
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_anothers_alerts_are_neither_listed_nor_found_by_its_ids(
    connection: Connection, charlie: APIClient
) -> None:
    make_alert(connection)
    assert listed(charlie) == []
    assert listed(charlie, connectionId=str(connection.pk)) == []
    assert listed(charlie, integrationId=str(connection.integration_id)) == []
