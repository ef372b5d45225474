"""What dies in the middle, and what must hold afterwards (reliability.md, "Acceptance")."""

import os
import signal
from collections.abc import Callable

import pytest

from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tests.pipeline.running import Caller, Vitals, eventually

NewTenant = Callable[[str], Caller]
COUNT = 40
# Seconds. A message that Redis loses with a worker's connection comes again when its lease ends.
PATIENCE = 60
pytestmark = pytest.mark.timeout(300)  # seconds, for what is patient several times


@pytest.fixture
def crowd(vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant) -> Caller:
    """A tenant whose forty connections take three seconds each, and are all under way."""
    provider.set("crowd", Behaviour(delay=3))
    tenant = new_tenant("Crowd")
    integration = tenant.integration(
        provider.url("crowd"), requestsPerSecond=1000, timeoutMs=10_000
    )
    vitals.connect_many(integration, COUNT)
    eventually(
        lambda: provider.count("crowd") >= COUNT // 2, within=PATIENCE, what="nobody was called"
    )
    return tenant


def rows_by_slot(vitals: Vitals, tenant: Caller) -> list[int]:
    """How many checks each connection has."""
    rows = vitals.sql(
        "SELECT count(c.id) FROM connection_health h LEFT JOIN health_checks c"
        " ON c.connection_id = h.connection_id WHERE h.tenant_id = %s GROUP BY h.connection_id",
        tenant.tenant_id,
    )
    return [count for (count,) in rows]


def slots(vitals: Vitals, tenant: Caller) -> tuple[int, int]:
    """The slots that all checks account for, and those of them that were missed."""
    [(ended, missed)] = vitals.sql(
        "SELECT sum(slots), sum(slots_missed) FROM health_checks WHERE tenant_id = %s",
        tenant.tenant_id,
    )
    return ended, missed


def test_a_worker_killed_in_the_middle_of_a_batch_leaves_one_row_a_slot(
    vitals: Vitals, provider: SimulatedProvider, crowd: Caller
) -> None:
    vitals.kill("worker1")
    provider.set("crowd", Behaviour())
    vitals.start("worker1")
    vitals.let_time_pass(crowd, 45)  # beyond every lease, short of the next slot
    eventually(
        lambda: rows_by_slot(vitals, crowd) == [1] * COUNT,
        within=PATIENCE,
        what="not every slot was recorded",
    )
    assert slots(vitals, crowd) == (COUNT, 0)


def test_a_worker_asked_to_stop_records_what_is_under_way(
    vitals: Vitals, provider: SimulatedProvider, crowd: Caller
) -> None:
    eventually(
        lambda: provider.count("crowd") == COUNT, within=PATIENCE, what="not all were called"
    )
    vitals.stop("worker1")
    assert rows_by_slot(vitals, crowd) == [1] * COUNT
    vitals.start("worker1")
    assert provider.count("crowd") == COUNT


def test_a_worker_that_slept_past_its_lease_is_fenced_out(
    vitals: Vitals, provider: SimulatedProvider, crowd: Caller
) -> None:
    sleeper = vitals.children["worker1"]
    os.killpg(sleeper.pid, signal.SIGSTOP)
    try:
        provider.set("crowd", Behaviour())
        vitals.start("worker1", number=2)
        vitals.let_time_pass(crowd, 45)
        eventually(
            lambda: rows_by_slot(vitals, crowd) == [1] * COUNT,
            within=PATIENCE,
            what="the other worker did not take over",
        )
    finally:
        os.killpg(sleeper.pid, signal.SIGCONT)
    eventually(
        lambda: "results dropped" in vitals.log("worker1"),
        within=PATIENCE,
        what="nothing was fenced",
    )
    vitals.stop("worker12")
    assert rows_by_slot(vitals, crowd) == [1] * COUNT


def test_a_broker_that_forgets_everything_costs_no_slot(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    acme = new_tenant("Flushed")
    connection = acme.connection(acme.integration(provider.url("flushed")))
    eventually(lambda: acme.checks(connection), within=PATIENCE, what="no first check")
    assert acme.call("GET", "/api/v1/health/integrations").json()[0]["status"] == "online"
    vitals.stop("worker1")
    vitals.let_time_pass(acme, 61)
    eventually(
        lambda: vitals.sql(
            "SELECT 1 FROM connection_health WHERE connection_id = %s AND claim_id IS NOT NULL",
            connection,
        ),
        within=PATIENCE,
        what="it was not claimed",
    )
    vitals.redis().flushdb()
    assert acme.call("GET", "/api/v1/health/integrations").json()[0]["status"] == "online"
    vitals.start("worker1")
    vitals.let_time_pass(acme, 61)  # the claim's lease ends, and the next slot comes
    eventually(lambda: len(acme.checks(connection)) >= 3, within=PATIENCE, what="a slot was lost")
    assert slots(vitals, acme) == (3, 0)


def test_garbage_in_the_queue_is_discarded_and_the_worker_lives(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    vitals.manage(
        "shell",
        "-c",
        "from healthcheck_project.celery import app\n"
        "for body in ([['x']], [[1, 2, 3]], 'text', {'a': 1}, [['a', 'b', 'c']], None):\n"
        "    app.send_task('healthchecks.probe', args=[body], queue='probes')\n"
        "app.send_task('healthchecks.nothing', queue='probes')",
    )
    acme = new_tenant("After garbage")
    connection = acme.connection(acme.integration(provider.url("after")))
    eventually(lambda: acme.checks(connection), within=PATIENCE, what="the worker is gone")
    assert vitals.children["worker1"].exit_code() is None
    assert vitals.log("worker1").count("holds no claims was discarded") >= 5


def test_two_beats_check_nothing_twice(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    vitals.start("beat", number=2)
    try:
        acme = new_tenant("Two beats")
        integration = acme.integration(provider.url("beats"), requestsPerSecond=100)
        vitals.connect_many(integration, COUNT)
        eventually(lambda: rows_by_slot(vitals, acme) == [1] * COUNT, within=PATIENCE)
        assert provider.count("beats") == COUNT
    finally:
        vitals.stop("beat2")


def test_after_a_stop_each_connection_is_checked_once_and_the_missed_slots_are_ours(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    acme = new_tenant("Outage of ours")
    connection = acme.connection(acme.integration(provider.url("ours")))
    eventually(lambda: acme.checks(connection), within=PATIENCE, what="no first check")
    vitals.stop("beat")
    vitals.let_time_pass(acme, 630)
    vitals.sql("UPDATE dispatch_state SET last_tick_at = last_tick_at - interval '10 minutes'")
    vitals.start("beat")
    eventually(lambda: len(acme.checks(connection)) == 2, within=PATIENCE, what="no second check")
    assert slots(vitals, acme) == (11, 9)
    assert provider.count("ours") == 2
    summary = acme.get("/api/v1/health-checks/summary")
    assert summary["uptimeLast24h"] == 100
    assert summary["coverageLast24h"] < 20
    assert vitals.sql("SELECT 1 FROM alerts WHERE tenant_id = %s", acme.tenant_id) == []
