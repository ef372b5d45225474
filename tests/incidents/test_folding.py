"""Whose failure an incident speaks for, whose may still be one of many, and what is forgotten."""

import datetime as dt

import pytest
from django.utils import timezone

from incidents import folding
from incidents.detection import watch
from incidents.models import Incident, IncidentConnection, OwnOutage
from incidents.retention import forget_old
from tests.incidents.crowds import MINUTE, SECOND, accounts, check, down, fail

pytestmark = pytest.mark.django_db
YEAR = dt.timedelta(days=366)


def test_an_incident_speaks_for_whom_it_affects_and_who_fails_in_its_time() -> None:
    integration = accounts(8)
    fail(integration, 4, ago=5 * SECOND)
    watch()
    affected = down(integration)
    check(integration, worked=True, count=1)
    check(integration, worked=False, first=4, count=2)  # not noted yet
    check(integration, worked=False, first=6, count=1, cause="credential")
    *rest, of_its_own = down(integration)
    incident = Incident.objects.get()
    found = folding.open_incident_of([*affected, *rest, of_its_own])
    assert found == dict.fromkeys({*affected, *rest}, incident.pk)
    Incident.objects.update(resolved_at=timezone.now())
    assert folding.open_incident_of(affected) == {}


def test_a_young_failure_among_several_connections_may_be_one_of_many() -> None:
    several, two, of_provider = accounts(3), accounts(2), accounts(1, provider="github")
    for integration in (several, two, of_provider):
        fail(integration, 1)
    ids = [*down(several), *down(two), *down(of_provider)]
    assert folding.may_become_incident(ids) == {*down(several), *down(of_provider)}
    fail(several, 1, cause="credential")
    assert folding.may_become_incident(down(several)) == set()


def test_an_older_one_is_what_it_is() -> None:
    integration = accounts(3)
    fail(integration, 1, ago=61 * SECOND)
    assert folding.may_become_incident(down(integration)) == set()


@pytest.mark.parametrize(("over", "waits"), [(None, True), (5, True), (16, False)])
def test_what_began_with_our_own_outage_is_given_time_to_recover(
    over: int | None, waits: bool
) -> None:
    integration, now = accounts(1), timezone.now()
    fail(integration, ago=20 * MINUTE)
    OwnOutage.objects.create(
        started_at=now - 21 * MINUTE,
        noticed_at=now - 20 * MINUTE,
        ended_at=now - over * MINUTE if over else None,
        connections=9,
        hosts=5,
    )
    assert bool(folding.may_become_incident(down(integration))) is waits


def test_what_was_over_long_ago_is_forgotten() -> None:
    integration, now = accounts(3), timezone.now()
    fail(integration)
    watch()
    Incident.objects.update(resolved_at=now - YEAR)
    OwnOutage.objects.create(
        started_at=now - YEAR, noticed_at=now - YEAR, ended_at=now - YEAR, connections=9, hosts=5
    )
    assert forget_old() == 0
    Incident.objects.update(resolved_at=now - 2 * YEAR)
    OwnOutage.objects.update(ended_at=now - 2 * YEAR)
    assert forget_old() == 2
    assert not IncidentConnection.objects.exists()
