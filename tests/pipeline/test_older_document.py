"""The older document's acceptance criteria, with the processes that run for real."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tests.pipeline.running import Caller, Vitals, eventually

NewTenant = Callable[[str], Caller]

PROVIDERS = {
    "jira": ("/rest/api/3/myself", {"username": "alice@example.com", "password": "a-token"}),
    "postman": ("/me", {"key": "a-token"}),
    "testmo": ("/api/v1/user", {"token": "a-token"}),
}
AUTH = {"jira": "basic", "postman": "api_key_header", "testmo": "bearer"}


def connect(tenant: Caller, provider: SimulatedProvider, slug: str) -> str:
    """Connect an account at a provider of the catalogue, simulated here; return its id."""
    integration = tenant.create(
        "/api/v1/integrations",
        {"provider": slug, "baseUrl": provider.url(slug), "status": "active"},
    )
    secret = {"type": AUTH[slug], "secret": PROVIDERS[slug][1]}
    return tenant.connection(integration["id"], credential=secret)


def current(tenant: Caller) -> dict[str, dict[str, Any]]:
    """What `GET /health/integrations` says, by integration."""
    rows = tenant.call("GET", "/api/v1/health/integrations", expect=200).json()
    return {row["integration"]: row for row in rows}


def checked_by_hand(tenant: Caller, connection: str) -> None:
    tenant.call("POST", f"/api/v1/connections/{connection}/health-checks", expect=201)


@pytest.mark.parametrize("slug", PROVIDERS)
def test_a_providers_credential_is_validated_and_its_answer_recorded(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant, slug: str
) -> None:
    tenant = new_tenant(f"With {slug}")
    connection = connect(tenant, provider, slug)
    checked_by_hand(tenant, connection)
    [request] = provider.requests
    assert (request.method, request.tail) == ("GET", PROVIDERS[slug][0])
    assert "a-token" in str(request.credential)
    row = current(tenant)[slug]
    assert set(row) == {
        "integration",
        "status",
        "lastSuccessfulCheck",
        "lastCheck",
        "responseTimeMs",
        "errorMessage",
        "consecutiveFailures",
        "downtimeStart",
    }
    assert (row["status"], row["errorMessage"]) == ("online", None)
    assert row["responseTimeMs"] < 2000
    assert row["lastCheck"] == row["lastSuccessfulCheck"]
    detail = tenant.get(f"/api/v1/connections/{connection}")
    assert detail["effectiveIntervalMinutes"] == 1


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("jira", "Authentication expired - re-authentication required"),
        ("postman", "Invalid API key"),
        ("testmo", "Invalid API key"),
    ],
)
def test_a_dead_credential_is_told_in_the_older_words(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant, slug: str, message: str
) -> None:
    tenant = new_tenant(f"Dead {slug}")
    connection = connect(tenant, provider, slug)
    provider.set(slug, Behaviour(status=401))
    checked_by_hand(tenant, connection)
    row = current(tenant)[slug]
    assert (row["status"], row["errorMessage"]) == ("offline", message)
    assert (row["consecutiveFailures"], row["lastSuccessfulCheck"]) == (1, None)
    provider.set(slug, Behaviour(status=500))
    checked_by_hand(tenant, connection)
    assert current(tenant)[slug]["errorMessage"] == "HTTP 500 Internal Server Error"


def logged(vitals: Vitals, name: str, tenant_word: str) -> list[dict[str, Any]]:
    """The lines of a process's log that speak of an integration."""
    lines = [json.loads(line) for line in vitals.log(name).splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("integration") == tenant_word]


def test_a_downtime_of_more_than_two_minutes_is_logged_once_and_its_recovery(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    tenant = new_tenant("Downtime")
    integration = tenant.integration(provider.url("down"), name="Down for the log")
    connection = tenant.connection(integration)
    provider.set("down", Behaviour(status=503))
    checked_by_hand(tenant, connection)
    vitals.sql("UPDATE dispatch_state SET checking_since = now() - interval '1 hour'")
    vitals.sql(
        "UPDATE connection_health SET downtime_started_at = now() - interval '3 minutes'"
        " WHERE connection_id = %s",
        connection,
    )

    def warnings() -> list[dict[str, Any]]:
        return [
            line
            for line in logged(vitals, "manual", "down-for-the-log")
            if line["level"] == "WARNING"
        ]

    [warning] = eventually(warnings, within=60, what="no warning was logged")
    assert warning["downtime_minutes"] == 3
    assert warning["consecutive_failures"] >= 1
    assert warning["error"] == "The API answered 503 Service Unavailable."
    assert vitals.sql(
        "SELECT resolved_at IS NULL FROM alerts WHERE connection_id = %s", connection
    ) == [(True,)]

    provider.set("down", Behaviour())
    checked_by_hand(tenant, connection)
    assert vitals.sql(
        "SELECT resolved_at IS NULL FROM alerts WHERE connection_id = %s", connection
    ) == [(False,)]
    recovered = eventually(
        lambda: [
            line
            for line in logged(vitals, "manual", "down-for-the-log")
            if "recovered after" in line["message"]
        ],
        within=5,
        what="the recovery was not logged",
    )
    assert recovered[0]["downtime_seconds"] >= 180
    assert len(warnings()) == 1


def test_checks_in_the_background_do_not_keep_anybody_waiting(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    tenant = new_tenant("Background")
    provider.set("hanging", Behaviour(hang=True))
    integration = tenant.integration(provider.url("hanging"), requestsPerSecond=100)
    vitals.connect_many(integration, 50)
    eventually(lambda: provider.count("hanging") >= 50, within=60, what="nothing was called")
    sound = tenant.connection(tenant.integration(provider.url("sound"), name="Sound"))
    began = time.monotonic()
    checked_by_hand(tenant, sound)
    summary = tenant.get("/api/v1/health-checks/summary")
    assert time.monotonic() - began < 5, "somebody waited behind a host that hangs"
    assert summary["notChecked"] == 50
