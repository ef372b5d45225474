"""When failures are one incident, whom it affects, and when it is over."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connections import edits
from connections.models import ConnectionHealth
from healthchecks.models import HourlyStatistics
from incidents.detection import watch
from incidents.models import Incident, IncidentConnection
from integrations.models import Integration
from tests.factories import make_window
from tests.incidents.crowds import MINUTE, SECOND, accounts, check, down, fail

pytestmark = pytest.mark.django_db


def incident() -> Incident:
    return Incident.objects.get()


def affected(**fields: Any) -> int:
    return IncidentConnection.objects.filter(**fields).count()


def usually_fail(integration: Integration, share: float, hours: int) -> None:
    """Let this share of 100 checks of the last hours have failed."""
    health = ConnectionHealth.objects.filter(integration=integration)[0]
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    HourlyStatistics.objects.bulk_create(
        HourlyStatistics(
            connection_id=health.pk,
            tenant_id=health.tenant_id,
            starts_at=hour - n * dt.timedelta(hours=1),
            checks=100,
            failures_by_cause={"provider": round(100 * share)} if n <= hours else None,
        )
        for n in range(1, 21)
    )


def test_three_thousand_that_fail_at_once_are_one_incident_and_one_recovery() -> None:
    integration = accounts(3_000)
    fail(integration)
    watch()
    watch()
    opened = incident()
    assert (opened.connections_affected, opened.connections_down) == (3_000, 3_000)
    assert opened.cause == "provider"
    assert not opened.wider
    Incident.objects.update(processed_at=timezone.now())
    check(integration, worked=True)
    watch()
    watch()
    over = incident()
    assert over.resolved_at is not None
    assert (over.connections_affected, over.connections_down) == (3_000, 0)
    assert over.processed_at is None


def test_one_of_three_thousand_is_none() -> None:
    fail(accounts(3_000), 1)
    watch()
    assert not Incident.objects.exists()


@pytest.mark.parametrize(("failing", "of", "opens"), [(3, 5, True), (3, 6, False), (2, 2, False)])
def test_how_many_it_takes(failing: int, of: int, opens: bool) -> None:
    fail(accounts(of), failing)
    watch()
    assert Incident.objects.exists() is opens


@pytest.mark.parametrize("cause", ["credential", "contract", "configuration"])
def test_what_is_not_the_providers_fault_is_none(cause: str) -> None:
    fail(accounts(100), cause=cause)
    watch()
    assert not Incident.objects.exists()


def test_checks_a_quarter_of_an_hour_apart_find_the_same_outage() -> None:
    integration = accounts(4)
    for number, minutes in enumerate((14, 10, 6, 1)):
        check(integration, worked=False, first=number, count=1, ago=minutes * MINUTE)
    watch()
    assert incident().connections_affected == 4
    assert timezone.now() - incident().started_at > 13 * MINUTE


def test_failures_of_long_ago_are_none() -> None:
    integration = accounts(4)
    fail(integration, ago=30 * MINUTE)
    watch()
    assert not Incident.objects.exists()


def test_where_so_many_fail_anyway_it_is_none() -> None:
    integration = accounts(300)
    usually_fail(integration, 0.1, hours=20)
    fail(integration, 40)
    watch()
    assert not Incident.objects.exists()
    fail(integration, 80)
    watch()
    assert incident().connections_affected == 80


def test_an_outage_of_some_hours_does_not_make_the_next_one_usual() -> None:
    integration = accounts(4)
    usually_fail(integration, 1.0, hours=8)
    fail(integration)
    watch()
    assert incident().connections_affected == 4


def test_who_fails_later_joins_and_who_recovers_and_fails_again_is_back() -> None:
    integration = accounts(20)
    fail(integration, 10)
    watch()
    check(integration, worked=False, first=10, count=5)
    check(integration, worked=True, count=4)
    watch()
    assert (incident().connections_affected, incident().connections_down) == (15, 11)
    assert affected(recovered_at=None) == 11
    fail(integration, 1, ago=SECOND)
    watch()
    assert (incident().connections_affected, incident().connections_down) == (15, 12)


def test_it_is_over_when_fewer_than_it_takes_still_fail() -> None:
    integration = accounts(10)
    fail(integration)
    watch()
    check(integration, worked=True, count=7)
    watch()
    assert incident().resolved_at is None
    check(integration, worked=True, first=7, count=1)
    watch()
    assert incident().resolved_at is not None
    assert incident().connections_down == 2


def test_paused_and_deleted_connections_and_other_causes_leave_it() -> None:
    integration = accounts(6)
    fail(integration)
    watch()
    first, second, *_ = down(integration)
    edits.pause_many([first])
    edits.delete(integration.tenant_id, [second])
    check(integration, worked=False, first=1, count=1, cause="credential")
    watch()
    assert (incident().connections_affected, incident().connections_down) == (5, 3)
    check(integration, worked=True)
    watch()
    assert incident().resolved_at is not None


def open_circuits(integration: Integration) -> None:
    later = timezone.now() + 50 * MINUTE
    rows = ConnectionHealth.objects.filter(integration=integration)
    rows.update(circuit_state="open", circuit_open_until=later, due_at=later)


@pytest.mark.parametrize(("passed", "failed", "tried"), [(3, 0, True), (1, 0, True), (3, 5, False)])
def test_calls_that_pass_bring_the_trials_of_the_others_forward(
    passed: int, failed: int, tried: bool
) -> None:
    integration = accounts(40, well=15 * MINUTE)
    fail(integration, ago=10 * MINUTE)
    watch()
    open_circuits(integration)
    check(integration, worked=True, count=passed)
    check(integration, worked=False, first=passed, count=failed)
    ConnectionHealth.objects.filter(integration=integration, downtime_started_at=None).update(
        circuit_state="closed", circuit_open_until=None
    )
    watch()
    waiting = ConnectionHealth.objects.filter(circuit_state="open")
    due = waiting.filter(circuit_open_until__lte=timezone.now(), due_at__lte=timezone.now())
    assert due.count() == (40 - passed if tried else 0)


def test_an_integration_can_be_deleted_in_its_incident() -> None:
    integration = accounts(4)
    fail(integration)
    watch()
    integration.delete()
    assert not Incident.objects.exists()


def test_in_maintenance_failures_are_expected() -> None:
    integration = accounts(5)
    make_window(integration.tenant, integration_ids=[integration.pk])
    fail(integration)
    watch()
    assert not Incident.objects.exists()
