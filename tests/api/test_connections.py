"""Connections: created, changed, paused, resumed."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.ids import new_id
from connections.models import Connection, ConnectionHealth
from integrations.models import Integration
from notifications.models import ConnectionWatch
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_action, make_connection, make_integration, set_health

URL = "/api/v1/connections"


@pytest.fixture
def crm(acme: Tenant) -> Integration:
    return make_integration(acme, base_url="https://{site}.example.com/{part}")


@pytest.fixture
def body(crm: Integration) -> dict[str, Any]:
    variables = {"site": "acme", "part": "a_b"}
    return {"name": "Production", "integrationId": str(crm.pk), "variables": variables}


def health_of(connection_id: Any) -> ConnectionHealth:
    return ConnectionHealth.objects.get(pk=connection_id)


def claim(connection: Connection) -> None:
    """As if a check were under way."""
    set_health(connection, claim_id=new_id())


def test_a_connection_is_due_as_soon_as_it_is_created(
    alice: APIClient, body: dict[str, Any]
) -> None:
    answer = alice.post(URL, body)
    assert answer.status_code == 201
    created = answer.json()["data"]
    assert created["variables"] == body["variables"]
    assert created["status"] == "active"
    assert created["healthStatus"] == "healthy"
    assert created["lastHealthCheckAt"] is None
    assert created["nextCheckAt"] is not None
    assert created["intervalMinutes"] is None
    assert created["effectiveIntervalMinutes"] == 15
    assert created["recentOutcomes"] == []
    assert created["credential"] == {
        "type": "bearer",
        "state": "missing",
        "expiresAt": None,
        "expirySource": None,
    }


def test_a_credential_may_come_along(alice: APIClient, body: dict[str, Any]) -> None:
    credential = {"type": "bearer", "secret": {"token": "canary"}, "expiresAt": None}
    answer = alice.post(URL, {**body, "credential": credential})
    assert answer.json()["data"]["credential"]["state"] == "active"
    assert b"canary" not in answer.content


def test_a_connection_created_paused_is_not_due(alice: APIClient, body: dict[str, Any]) -> None:
    created = alice.post(URL, {**body, "status": "paused"}).json()["data"]
    assert created["nextCheckAt"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("variables", {"part": "x"}),
        ("variables", {"site": "", "part": "x"}),
        ("variables", {"site": "evil.example/", "part": "x"}),
        ("variables", {"site": 5, "part": "x"}),
        ("variables", {"site": "acme", "part": ".."}),
        ("variables", {"site": "acme", "part": "x/y"}),
        ("variables", []),
        ("variables", None),
        ("intervalMinutes", 0),
        ("intervalMinutes", 44_641),
        ("status", "idle"),
        ("integrationId", None),
        ("integrationId", 5),
        ("integrationId", {}),
        ("healthCheckTestActionId", "no-id"),
        ("mutedUntil", "2026-01-01T00:00:00Z"),
        ("credential", {"type": "basic", "secret": {"token": "canary"}}),
        ("credential", {"type": "bearer", "secret": {"tokken": "canary"}}),
        ("credential", {"type": "bearer", "secret": {"token": "canary", "more": "canary"}}),
        ("credential", {"type": "bearer", "secret": "canary"}),
        ("credential", {"type": "bearer", "secret": {"token": ["canary"]}}),
        ("credential", {"type": "bearer", "secret": {"token": "canary\r\nX: y"}}),
        ("credential", {"type": "bearer", "secret": {"token": "canary"}, "expiresAt": "soon"}),
        ("credential", {"type": "bearer"}),
        ("credential", "canary"),
    ],
)
def test_wrong_values_are_refused_and_secrets_not_repeated(
    alice: APIClient, body: dict[str, Any], field: str, value: Any
) -> None:
    answer = alice.post(URL, {**body, field: value})
    assert set(error_of(answer, 400)["details"]) == {field}
    assert b"canary" not in answer.content
    assert not Connection.objects.exists()


def test_a_variable_that_fills_an_actions_path_leads_nowhere_else(
    acme: Tenant, alice: APIClient
) -> None:
    crm = make_integration(acme)
    make_action(crm, path="/users/{user}/me?in={folder}")
    body = {"name": "Production", "integrationId": str(crm.pk)}
    for value in ("..", "a/b", "a?b", "a#b", "a\\b"):
        refused = error_of(alice.post(URL, {**body, "variables": {"user": value}}), 400)
        assert "The variable user" in refused["details"]["variables"][0]
    fine = {"user": "a b", "folder": "a/../b"}
    assert alice.post(URL, {**body, "variables": fine}).status_code == 201


def test_no_variable_leads_to_a_blocked_address(acme: Tenant, alice: APIClient) -> None:
    crm = make_integration(acme, base_url="https://{host}")
    body = {"name": "Production", "integrationId": str(crm.pk)}
    for host in ("127.0.0.1", "localhost", "0x7f.1"):
        refused = error_of(alice.post(URL, {**body, "variables": {"host": host}}), 400)
        assert "variable host" in refused["details"]["variables"][0]


def test_an_own_test_action_is_harmless_and_of_the_same_integration(
    acme: Tenant, crm: Integration, alice: APIClient, body: dict[str, Any]
) -> None:
    good = make_action(crm)
    for bad in (make_action(crm, method="DELETE"), make_action(make_integration(acme, "Other"))):
        answer = alice.post(URL, {**body, "healthCheckTestActionId": str(bad.pk)})
        assert set(error_of(answer, 400)["details"]) == {"healthCheckTestActionId"}
    answer = alice.post(URL, {**body, "healthCheckTestActionId": str(good.pk)})
    assert answer.json()["data"]["healthCheckTestActionId"] == str(good.pk)


@pytest.mark.parametrize(
    ("change", "is_rescheduled"),
    [
        ({"intervalMinutes": 1}, True),
        ({"variables": {"site": "acme", "part": "new"}}, True),
        ({"status": "paused"}, True),
        ({"status": "active"}, False),  # as it was
        ({"name": "New name"}, False),
        ({"tags": ["x"]}, False),
    ],
)
def test_an_edit_drops_the_check_under_way_if_it_bears_on_it(
    crm: Integration, alice: APIClient, change: dict[str, Any], is_rescheduled: bool
) -> None:
    connection = make_connection(crm, variables={"site": "acme", "part": "old"})
    claim(connection)
    answer = alice.patch(f"{URL}/{connection.pk}", change)
    assert answer.status_code == 200
    assert {key: answer.json()["data"][key] for key in change} == change
    assert (health_of(connection.pk).claim_id is None) is is_rescheduled


def test_the_integration_of_a_connection_stays(crm: Integration, alice: APIClient) -> None:
    connection = make_connection(crm, variables={"site": "a", "part": "b"})
    answer = alice.patch(f"{URL}/{connection.pk}", {"integrationId": str(crm.pk)})
    assert set(error_of(answer, 400)["details"]) == {"integrationId"}


def test_pausing_stops_checks_and_resuming_makes_one_due_at_once(
    crm: Integration, bob: APIClient
) -> None:
    connection = make_connection(crm)
    paused = bob.post(f"{URL}/{connection.pk}/pause").json()["data"]
    assert (paused["status"], paused["nextCheckAt"]) == ("paused", None)
    resumed = bob.post(f"{URL}/{connection.pk}/resume").json()["data"]
    assert resumed["status"] == "active"
    assert resumed["nextCheckAt"] is not None


def test_resuming_what_is_active_disturbs_nothing(crm: Integration, bob: APIClient) -> None:
    connection = make_connection(crm)
    claim(connection)
    assert bob.post(f"{URL}/{connection.pk}/resume").status_code == 200
    assert health_of(connection.pk).claim_id is not None


def test_what_is_disabled_is_neither_paused_nor_resumed(crm: Integration, bob: APIClient) -> None:
    connection = make_connection(crm, status="disabled")
    for verb in ("pause", "resume"):
        error_of(bob.post(f"{URL}/{connection.pk}/{verb}"), 409)
    assert Connection.objects.get(pk=connection.pk).status == "disabled"


def test_what_the_last_checks_left_is_shown(crm: Integration, victor: APIClient) -> None:
    connection = make_connection(crm)
    check_id, at = new_id(), dt.datetime(2026, 1, 25, 10, 15, tzinfo=dt.UTC)
    set_health(
        connection,
        health_status="unhealthy",
        last_health_check_at=at,
        last_health_check_id=check_id,
        recent_outcomes="FFP",
        consecutive_failures=2,
        downtime_started_at=at,
        circuit_state="half_open",
    )
    shown = victor.get(URL).json()["data"][0]
    assert shown["healthStatus"] == "unhealthy"
    assert shown["lastHealthCheckAt"] == shown["downtimeStart"] == "2026-01-25T10:15:00.000Z"
    assert shown["lastHealthCheckId"] == str(check_id)
    assert shown["lastSuccessfulCheckAt"] is None
    assert shown["recentOutcomes"] == ["failed", "failed", "passed"]
    assert shown["consecutiveFailures"] == 2
    assert shown["circuitBreakerStatus"] == "half_open"


def test_a_connection_says_whether_it_keeps_changing(crm: Integration, victor: APIClient) -> None:
    restless, calm = make_connection(crm), make_connection(crm)
    of = {"tenant": crm.tenant, "told_status": "healthy"}
    ConnectionWatch.objects.create(connection=restless, flapping_since=timezone.now(), **of)
    ConnectionWatch.objects.create(connection=calm, **of)
    shown = {row["id"]: row["flapping"] for row in victor.get(URL).json()["data"]}
    assert shown == {str(restless.pk): True, str(calm.pk): False}
    assert victor.get(f"{URL}/{restless.pk}").json()["data"]["flapping"] is True


def test_the_token_of_a_path_is_no_variable(acme: Tenant, alice: APIClient) -> None:
    bot = make_integration(
        acme, base_url="https://api.example.com/bot{token}", auth={"type": "path_token"}
    )
    wanted = {"name": "Bot", "integrationId": str(bot.pk)}
    refused = alice.post(URL, {**wanted, "variables": {"token": "x"}})
    assert set(error_of(refused, 400)["details"]) == {"variables"}
    created = alice.post(URL, wanted)
    assert created.status_code == 201
    url = f"{URL}/{created.json()['data']['id']}"
    assert set(error_of(alice.patch(url, {"variables": {"token": "x"}}), 400)["details"]) == {
        "variables"
    }
