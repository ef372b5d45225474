"""Health checks as they are listed and shown."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from api.ids import new_id
from connections.models import Connection
from healthchecks.models import HealthCheck, ManualRequest
from integrations.models import Action, Integration
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import (
    make_action,
    make_change,
    make_check,
    make_connection,
    make_integration,
    set_health,
)

MINUTE = dt.timedelta(minutes=1)
FAILED: dict[str, Any] = {
    "status": "unhealthy",
    "outcome": "failed",
    "test_action_success": False,
    "reasons": ["test_action_failed"],
}


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


def history(client: APIClient, connection: Connection, **query: str) -> list[Any]:
    answer = client.get(f"/api/v1/connections/{connection.pk}/health-checks", query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def ids(*checks: HealthCheck) -> list[str]:
    return [str(check.pk) for check in checks]


def test_a_history_is_that_of_its_connection_newest_first(
    connection: Connection, victor: APIClient
) -> None:
    old, new = make_check(connection, ago=MINUTE), make_check(connection)
    other = make_check(make_connection(connection.integration, "Other"), ago=2 * MINUTE)
    assert history(victor, connection) == ids(new, old)
    rows = victor.get("/api/v1/health-checks").json()["data"]
    assert [row["id"] for row in rows] == ids(new, old, other)


def test_histories_can_be_filtered(connection: Connection, victor: APIClient) -> None:
    older = make_check(connection, ago=20 * MINUTE, **FAILED)
    newer = make_check(connection, ago=10 * MINUTE, check_type="manual")
    assert history(victor, connection, status="unhealthy") == ids(older)
    assert history(victor, connection, checkType="manual") == ids(newer)
    assert history(victor, connection, checkType="manual", status="degraded") == []
    between = iso(timezone.now() - 15 * MINUTE)
    assert history(victor, connection, **{"from": between}) == ids(newer)
    assert history(victor, connection, to=between) == ids(older)
    exactly = newer.created_at.isoformat()
    assert history(victor, connection, **{"from": exactly}) == ids(newer)
    assert history(victor, connection, to=exactly) == ids(older)
    rows = victor.get("/api/v1/health-checks", {"status": "unhealthy"}).json()["data"]
    assert [row["id"] for row in rows] == ids(older)


def test_checks_are_chosen_by_what_came_out_and_by_whose_they_are(
    connection: Connection, victor: APIClient, charlie: APIClient
) -> None:
    fine = make_check(connection, ago=2 * MINUTE)
    failed = make_check(connection, ago=MINUTE, **FAILED | {"failure_cause": "contract"})
    elsewhere = make_check(make_connection(make_integration(connection.tenant, "Other")))
    assert history(victor, connection, outcome="passed") == ids(fine)
    assert history(victor, connection, failureCause="contract") == ids(failed)
    path = "/api/v1/health-checks"
    whose = {"connectionId": connection.pk, "integrationId": connection.integration_id}
    for name, pk in whose.items():
        shown = victor.get(f"{path}?outcome=failed&{name}={pk}").json()["data"]
        assert [row["id"] for row in shown] == ids(failed)
        assert (shown[0]["connectionName"], shown[0][name]) == ("Production", str(pk))
        lines = victor.get(f"{path}?{name}={pk}", HTTP_ACCEPT="text/csv").getvalue()
        assert str(fine.pk).encode() in lines
        assert str(elsewhere.pk).encode() not in lines
        assert charlie.get(f"{path}?{name}={pk}").json()["data"] == []
    refused = victor.get(f"/api/v1/connections/{connection.pk}/health-checks?integrationId=x")
    assert set(error_of(refused, 400)["details"]) == {"integrationId"}


def test_a_check_that_was_claimed_before_the_start_and_made_after_it_counts(
    connection: Connection, victor: APIClient
) -> None:
    check = make_check(connection, created_at=timezone.now() + MINUTE)
    assert history(victor, connection, **{"from": iso(timezone.now() + MINUTE / 2)}) == ids(check)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31"])
def test_moments_far_away_are_moments_too(
    connection: Connection, victor: APIClient, moment: str
) -> None:
    moment = moment if "T" in moment else f"{moment}T23:59:59Z"
    check = make_check(connection)
    in_the_future = moment.startswith("9")
    assert history(victor, connection, **{"from": moment}) == ([] if in_the_future else ids(check))
    assert history(victor, connection, to=moment) == (ids(check) if in_the_future else [])


@pytest.mark.parametrize(
    "query",
    [
        "status=well",
        "checkType=",
        "outcome=fine",
        "failureCause=none",
        "from=yesterday",
        "from=2026-13-01T00:00:00Z",
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=9999-12-31T23:59:59-14:00",
    ],
)
def test_filters_that_mean_nothing_are_refused(
    connection: Connection, victor: APIClient, query: str
) -> None:
    for path in (f"connections/{connection.pk}/health-checks", "health-checks"):
        error = error_of(victor.get(f"/api/v1/{path}?{query}"), 400)
        assert set(error["details"]) == {query.partition("=")[0]}


def test_the_latest_check_is_not_found_before_the_first(
    connection: Connection, victor: APIClient
) -> None:
    url = f"/api/v1/connections/{connection.pk}/health-checks/latest"
    error_of(victor.get(url), 404)
    make_check(connection, ago=MINUTE)
    latest = make_check(connection)
    assert victor.get(url).json()["data"]["id"] == str(latest.pk)


def shown(client: APIClient, check: HealthCheck) -> dict[str, Any]:
    data: dict[str, Any] = client.get(f"/api/v1/health-checks/{check.pk}").json()["data"]
    return data


def test_a_failure_says_what_happened_and_who_can_help(acme: Tenant, victor: APIClient) -> None:
    postman = make_integration(acme, provider="postman")
    check = make_check(
        make_connection(postman),
        **FAILED,
        failure_cause="provider",
        error_code="http_503",
        test_action_status_code=503,
    )
    data = shown(victor, check)
    sentence = "The API answered 503 Service Unavailable."
    assert data["testActionError"] == data["error"] == {"code": "http_503", "message": sentence}
    assert data["suggestedResolution"]["who"] == "provider"
    assert data["suggestedResolution"]["url"] == "https://status.postman.com"
    assert data["reasons"] == ["test_action_failed"]


def test_a_custom_integration_has_no_status_page(connection: Connection, victor: APIClient) -> None:
    check = make_check(connection, **FAILED, failure_cause="provider", error_code="timeout")
    assert set(shown(victor, check)["suggestedResolution"]) == {"who", "text"}


def test_what_keeps_the_test_action_from_being_tried_is_no_error_of_it(
    connection: Connection, victor: APIClient
) -> None:
    check = make_check(
        connection, **FAILED, failure_cause="credential", error_code="credential_expired"
    )
    data = shown(victor, check)
    assert data["testActionError"] is None
    assert data["error"] == {"code": "credential_expired", "message": "Credentials expired"}
    assert data["suggestedResolution"]["who"] == "tenant"


def test_a_check_that_was_asked_for_is_pending_until_its_lease_ends(
    acme: Tenant, connection: Connection, victor: APIClient
) -> None:
    check_id = new_id()
    ManualRequest.objects.create(
        check_id=check_id, tenant=acme, connection=connection, created_at=timezone.now()
    )
    url = f"/api/v1/health-checks/{check_id}"
    claimed = {"claim_id": check_id, "claimed_by_hand": True}
    set_health(connection, **claimed, lease_until=timezone.now() + MINUTE)
    answer = victor.get(url)
    assert answer.status_code == 202
    assert answer.json()["data"] == {"id": str(check_id), "state": "pending"}
    assert answer["Location"] == url
    set_health(connection, lease_until=timezone.now() - MINUTE)
    error_of(victor.get(url), 410)
    made = make_check(connection, id=check_id)
    assert victor.get(url).json()["data"]["id"] == str(made.pk)


def test_the_detail_of_a_connection_sums_up_its_health(
    connection: Connection, victor: APIClient
) -> None:
    detail = f"/api/v1/connections/{connection.pk}"
    health = victor.get(detail).json()["data"]["health"]
    assert health == {
        "status": "healthy",
        "reasons": [],
        "since": None,
        "uptimeLast24h": None,
        "uptimeLast7d": None,
        "lastCheck": None,
        "checksLast24h": 0,
    }
    make_check(connection, ago=dt.timedelta(hours=30), **FAILED)
    make_check(connection, ago=20 * MINUTE)
    latest = make_check(connection, ago=10 * MINUTE)
    set_health(connection, health_status="degraded", reasons=["slow"])
    changed = make_change(connection, to_status="degraded")
    health = victor.get(detail).json()["data"]["health"]
    assert (health["status"], health["reasons"]) == ("degraded", ["slow"])
    assert health["since"] == iso(changed.at)
    assert health["lastCheck"]["id"] == str(latest.pk)
    assert health["checksLast24h"] == 2
    assert health["uptimeLast24h"] == 100.0
    assert health["uptimeLast7d"] == 40.0  # 20 minutes up, twice 15 minutes down


def test_a_connection_tells_what_a_check_would_call_now(
    acme: Tenant, connection: Connection, victor: APIClient
) -> None:
    def told() -> str | None:
        answer = victor.get(f"/api/v1/connections/{connection.pk}").json()["data"]
        return answer["effectiveTestActionId"]  # type: ignore[no-any-return]

    crm = connection.integration
    assert told() is None
    make_action(crm, "Of a site", path="/sites/{site}")
    assert told() is None  # nothing fills it
    first = make_action(crm, "First", position=1)
    assert told() == str(first.pk)
    tagged = make_action(crm, "Tagged", position=2, tags=["health-check"])
    assert told() == str(tagged.pk)
    configured, own = make_action(crm, "Configured"), make_action(crm, "Own", position=3)
    Integration.objects.filter(pk=crm.pk).update(test_action=configured)
    assert told() == str(configured.pk)
    Connection.objects.filter(pk=connection.pk).update(health_check_test_action=own)
    assert told() == str(own.pk)
    Action.objects.filter(pk__in=[own.pk, configured.pk]).update(method="POST")
    assert told() == str(tagged.pk)
