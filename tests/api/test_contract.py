"""The answers of the seeds' examples, key by key, with the types that they show.

A name of a type with a question mark: null is possible.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from connections.models import Connection
from tenants.models import Tenant
from tests.factories import make_check, make_connection, make_integration, set_health

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IS: dict[str, Callable[[Any], Any]] = {
    "id": lambda value: isinstance(value, str) and _UUID.fullmatch(value),
    "time": lambda value: isinstance(value, str) and _TIME.fullmatch(value),
    "text": lambda value: isinstance(value, str),
    "int": lambda value: type(value) is int,
    "number": lambda value: type(value) in {int, float},
    "bool": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

CHECK = {
    "id": "id",
    "tenantId": "id",
    "connectionId": "id",
    "connectionName": "text",
    "integrationId": "id",
    "integrationName": "text",
    "status": "text",
    "outcome": "text",
    "checkType": "text",
    "credentialStatus": "text",
    "credentialExpiresAt": "time?",
    "testActionId": "id?",
    "testActionSuccess": "bool?",
    "testActionLatencyMs": "int?",
    "testActionStatusCode": "int?",
    "testActionError": "object?",
    "circuitBreakerStatus": "text",
    "maintenance": "bool",
    "latencyMs": "int",
    "failureCause": "text?",
    "reasons": "list",
    "suggestedResolution": "object?",
    "error": "object?",
    "createdAt": "time",
}
CONNECTION = {
    "id": "id",
    "name": "text",
    "integrationId": "id",
    "integrationName": "text",
    "status": "text",
    "variables": "object",
    "tags": "list",
    "intervalMinutes": "int?",
    "effectiveIntervalMinutes": "int",
    "healthCheckTestActionId": "id?",
    "standing": "text",
    "healthStatus": "text",
    "lastHealthCheckAt": "time?",
    "lastHealthCheckId": "id?",
    "lastSuccessfulCheckAt": "time?",
    "consecutiveFailures": "int",
    "downtimeStart": "time?",
    "circuitBreakerStatus": "text",
    "circuitBreakerOpenUntil": "time?",
    "credential": "object",
    "nextCheckAt": "time?",
    "muted": "bool",
    "mutedUntil": "time?",
    "maintenanceUntil": "time?",
    "flapping": "bool",
    "recentOutcomes": "list",
    "createdAt": "time",
    "updatedAt": "time",
}
HEALTH = {
    "status": "text",
    "reasons": "list",
    "since": "time?",
    "uptimeLast24h": "number?",
    "uptimeLast7d": "number?",
    "lastCheck": "object?",
    "checksLast24h": "int",
}
SUMMARY = {
    "totalConnections": "int",
    "healthy": "int",
    "degraded": "int",
    "unhealthy": "int",
    "notChecked": "int",
    "inactive": "int",
    "lastCheckAt": "time?",
    "uptimeLast24h": "number?",
    "uptimeLast7d": "number?",
    "coverageLast24h": "number?",
    "hasMore": "bool",
    "connections": "list",
}
SUMMARY_CONNECTION = {
    "id": "id",
    "name": "text",
    "integrationId": "id",
    "integrationName": "text",
    "standing": "text",
    "healthStatus": "text",
    "reasons": "list",
    "failureCause": "text?",
    "since": "time?",
    "lastCheckAt": "time?",
    "error": "text?",
    "suggestedResolution": "object?",
    "muted": "bool",
}
OLDER = {
    "integration": "text",
    "status": "text",
    "lastSuccessfulCheck": "time?",
    "lastCheck": "time",
    "responseTimeMs": "int?",
    "errorMessage": "text?",
    "consecutiveFailures": "int",
    "downtimeStart": "time?",
}


def assert_shape(value: dict[str, Any], shape: dict[str, str]) -> None:
    assert set(value) == set(shape)
    for key, kind in shape.items():
        if not (kind.endswith("?") and value[key] is None):
            assert _IS[kind.rstrip("?")](value[key]), (key, value[key])


def get(client: APIClient, path: str) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture(params=["all is well", "all is not well"])
def connection(request: pytest.FixtureRequest, acme: Tenant) -> Connection:
    connection = make_connection(make_integration(acme))
    if request.param == "all is well":
        check = make_check(connection)
        set_health(
            connection,
            last_health_check_at=check.created_at,
            last_health_check_id=check.pk,
            last_successful_check_at=check.created_at,
            last_success_latency_ms=145,
            last_word="online",
            recent_outcomes="P",
        )
        return connection
    check = make_check(
        connection,
        status="unhealthy",
        outcome="failed",
        test_action_success=False,
        test_action_status_code=401,
        failure_cause="credential",
        error_code="http_401",
        reasons=["test_action_failed"],
    )
    set_health(
        connection,
        health_status="unhealthy",
        last_health_check_at=check.created_at,
        last_health_check_id=check.pk,
        last_word="offline",
        last_error_code="http_401",
        recent_outcomes="F",
        downtime_started_at=check.created_at,
    )
    return connection


def test_the_history_of_a_connection(connection: Connection, victor: APIClient) -> None:
    answer = get(victor, f"connections/{connection.pk}/health-checks?limit=10")
    assert set(answer) == {"success", "data", "pagination"}
    assert answer["success"] is True
    assert answer["pagination"] == {"hasMore": False, "cursor": None}
    assert_shape(answer["data"][0], CHECK)


def test_one_check(connection: Connection, victor: APIClient) -> None:
    latest = get(victor, f"connections/{connection.pk}/health-checks/latest")
    assert set(latest) == {"success", "data"}
    assert_shape(latest["data"], CHECK)
    assert get(victor, f"health-checks/{latest['data']['id']}") == latest
    assert get(victor, "health-checks")["data"] == [latest["data"]]


def test_the_list_of_connections(connection: Connection, victor: APIClient) -> None:
    rows = get(victor, "connections")["data"]
    assert_shape(rows[0], CONNECTION)
    known = {"type": "text", "state": "text", "expiresAt": "time?", "expirySource": "text?"}
    assert_shape(rows[0]["credential"], known)


def test_a_connection_with_its_health(connection: Connection, victor: APIClient) -> None:
    detail = get(victor, f"connections/{connection.pk}")["data"]
    assert_shape(detail, CONNECTION | {"effectiveTestActionId": "id?", "health": "object"})
    assert_shape(detail["health"], HEALTH)
    assert_shape(detail["health"]["lastCheck"], CHECK)


def test_the_summary(connection: Connection, victor: APIClient) -> None:
    data = get(victor, "health-checks/summary")["data"]
    assert_shape(data, SUMMARY)
    assert_shape(data["connections"][0], SUMMARY_CONNECTION)


def test_the_older_documents_array(connection: Connection, victor: APIClient) -> None:
    rows = get(victor, "health/integrations")
    assert isinstance(rows, list)
    assert_shape(rows[0], OLDER)


def test_an_integration_takes_a_health_check_configuration(
    connection: Connection, alice: APIClient
) -> None:
    config = {"enabled": True, "intervalMinutes": 15, "testActionId": None}
    url = f"/api/v1/integrations/{connection.integration_id}"
    answer = alice.patch(url, {"healthCheckConfig": config}).json()
    assert answer["data"]["healthCheckConfig"] == config
