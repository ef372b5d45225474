"""The main job from the outside: HTTP, a key, and real processes (the issue's "Show", 1 to 3)."""

import datetime as dt
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tests.pipeline.running import CRON_SECRET, Caller, Vitals, eventually

NewTenant = Callable[[str], Caller]
pytestmark = pytest.mark.timeout(300)  # seconds; a slot is a real minute here


def has_checks(tenant: Caller, connection_id: str, count: int) -> bool:
    return len(tenant.checks(connection_id)) >= count


def was_called(provider: SimulatedProvider, path: str, times: int) -> bool:
    return provider.count(path) >= times


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_two_connections_from_creation_to_failure_and_recovery(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    acme = new_tenant("Acme")
    sound = acme.integration(provider.url("sound"), name="Sound")
    shaky = acme.integration(provider.url("shaky"), name="Shaky")
    began = time.monotonic()
    a, b = acme.connection(sound), acme.connection(shaky)

    def both_checked(times: int) -> Callable[[], bool]:
        return lambda: all(len(acme.checks(pk)) >= times for pk in (a, b))

    eventually(both_checked(1), within=10 - (time.monotonic() - began), what="no first check")
    assert [check["status"] for pk in (a, b) for check in acme.checks(pk)] == ["healthy"] * 2
    provider.set("shaky", Behaviour(status=401))

    # No time is shifted here: the second slot is really a minute after the first.
    eventually(both_checked(2), within=75, what="no second check")
    first, second = sorted(check["createdAt"] for check in acme.checks(a))
    assert 57 < (moment(second) - moment(first)).total_seconds() < 68
    assert (provider.count("sound"), provider.count("shaky")) == (2, 2)

    failed = acme.checks(b)[0]
    assert (failed["status"], failed["outcome"]) == ("unhealthy", "failed")
    assert (failed["failureCause"], failed["testActionError"]["code"]) == ("credential", "http_401")
    assert failed["reasons"] == ["test_action_failed"]
    assert failed["suggestedResolution"]["who"] == "tenant"

    # Back to 200: the failure before weighs on the next three checks, then it is forgotten.
    provider.set("shaky", Behaviour())
    statuses = []
    for number in range(3, 7):
        vitals.let_time_pass(acme, 60)
        eventually(partial(has_checks, acme, b, number), within=60, what="no re-check")
        statuses.append(acme.checks(b)[0]["status"])
    assert statuses == ["degraded", "degraded", "degraded", "healthy"]
    detail = acme.get(f"/api/v1/connections/{b}")
    assert (detail["healthStatus"], detail["consecutiveFailures"]) == ("healthy", 0)


def test_a_hundred_connections_are_done_in_far_less_than_five_minutes_with_one_call_each(
    vitals: Vitals,
    provider: SimulatedProvider,
    new_tenant: NewTenant,
    record_property: Callable[[str, object], None],
) -> None:
    acme = new_tenant("A hundred")
    integration = acme.integration(provider.url("hundred"), requestsPerSecond=50)
    vitals.connect_many(integration, 100)
    began = time.monotonic()

    def checked() -> bool:
        summary = acme.get("/api/v1/health-checks/summary")
        return bool(summary["healthy"] == 100 and summary["notChecked"] == 0)

    eventually(checked, within=60, what="a hundred were not checked")
    record_property("seconds for 100 connections", round(time.monotonic() - began, 1))
    assert provider.count("hundred") == 100
    summary = acme.get("/api/v1/health-checks/summary")
    assert summary["totalConnections"] == 100
    assert summary["uptimeLast24h"] == 100


def test_a_budget_is_never_exceeded_in_any_second_as_the_provider_counts(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    """What was sent in time arrives in bunches where the machine stands still for a moment: then
    the provider counts another five hundred. What is sent too fast is so each time."""
    acme = new_tenant("Budget")
    for path in ("budget", "budget2", "budget3"):
        integration = acme.integration(provider.url(path), requestsPerSecond=50, name=path)
        vitals.connect_many(integration, 500)
        eventually(partial(was_called, provider, path, 500), within=60, what="500 were not called")
        assert provider.count(path) == 500
        if provider.max_per_second(path) <= 50:
            return
    pytest.fail("In each of three times there were more than 50 within a second.")


def test_a_person_gets_an_answer_at_once(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    acme = new_tenant("Manual")
    connection = acme.connection(acme.integration(provider.url("manual")))
    answer = acme.call("POST", f"/api/v1/connections/{connection}/health-checks", expect=201)
    check = answer.json()["data"]
    assert (check["checkType"], check["status"]) == ("manual", "healthy")
    assert acme.get(f"/api/v1/connections/{connection}/health-checks/latest")["id"] == check["id"]
    assert acme.get(f"/api/v1/health-checks/{check['id']}") == check
    assert provider.count("manual") == 1


def test_a_check_that_takes_too_long_is_promised_and_then_there(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    acme = new_tenant("Patience")
    provider.set("slow", Behaviour(delay=17))
    connection = acme.connection(acme.integration(provider.url("slow"), timeoutMs=30_000))
    answer = acme.call("POST", f"/api/v1/connections/{connection}/health-checks", expect=202)
    check_id = answer.json()["data"]["id"]
    assert answer.json()["data"]["state"] == "pending"
    path = answer.headers["Location"]
    assert acme.call("GET", path).status_code == 202
    check = eventually(
        lambda: (got := acme.call("GET", path)).status_code == 200 and got.json()["data"],
        within=10,
        what="the check did not arrive",
    )
    assert (check["id"], check["status"], check["reasons"]) == (check_id, "degraded", ["slow"])


def test_an_outside_cron_can_dispatch(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    acme = new_tenant("Cron")
    connection = acme.connection(acme.integration(provider.url("cron")))
    eventually(lambda: acme.checks(connection), within=60, what="no first check")
    acme.call("POST", f"/api/v1/connections/{connection}/health-checks", expect=201)
    vitals.stop("beat")
    try:
        vitals.let_time_pass(acme, 61)
        cron = Caller(url=acme.url, tenant_id="", key=CRON_SECRET)
        summary = cron.call("POST", "/api/v1/internal/health-checks", expect=200).json()
    finally:
        vitals.start("beat")
    counts: dict[str, Any] = summary.get("data", summary)
    assert set(counts) == {"claimed", "deferred", "skipped", "missed"}
    assert counts["skipped"] == 1  # it was checked by hand a minute ago
