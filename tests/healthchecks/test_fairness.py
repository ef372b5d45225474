"""What cannot be claimed anyway takes nobody else's place (scheduling.md, "Claim")."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

import pytest
from django.db.models import F

from connections.models import ConnectionHealth
from healthchecks import dispatch
from healthchecks.models import DispatchState, IntegrationPace
from tests.healthchecks.rounds import claim_due
from tests.population import connect, integration_at, tenant_named

pytestmark = pytest.mark.django_db(transaction=True)

URL = "http://127.0.0.1:9"


def make_due(ids: Collection[UUID], *, slot_seconds_ago: float, due_seconds_ago: float) -> None:
    """As if these connections had been checked before, and were due again."""
    now = dt.datetime.now(dt.UTC)
    ConnectionHealth.objects.filter(pk__in=ids).update(
        interval_seconds=60 if slot_seconds_ago - due_seconds_ago >= 60 else 900,
        anchor_at=now,
        slot_at=now - dt.timedelta(seconds=slot_seconds_ago),
        due_at=now - dt.timedelta(seconds=due_seconds_ago),
    )


def claimed() -> set[UUID]:
    return {claim.connection_id for claim in claim_due()}


def test_new_connections_over_their_budget_keep_no_other_new_one_out() -> None:
    connect(integration_at(URL, name="Big", requests_per_second=5), 1_000)
    few = connect(integration_at(URL, name="Small"))
    assert set(few) <= claimed()


def test_new_connections_of_a_paused_integration_keep_no_other_new_one_out() -> None:
    big = integration_at(URL, name="Big", requests_per_second=5)
    connect(big, 600)
    hour = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    IntegrationPace.objects.create(integration=big, paused_until=hour)
    few = connect(integration_at(URL, name="Small"))
    assert set(few) <= claimed()


def test_a_backlog_over_its_budget_keeps_none_of_the_tenants_others_out() -> None:
    tenant = tenant_named("Acme")
    big = integration_at(URL, tenant=tenant, name="Big", auth={"type": "none"})
    make_due(connect(big, 12_000), slot_seconds_ago=90, due_seconds_ago=30)
    few = connect(integration_at(URL, tenant=tenant, name="Small"), 3)
    make_due(few, slot_seconds_ago=70, due_seconds_ago=10)
    others = connect(integration_at(URL, name="Other"))
    make_due(others, slot_seconds_ago=65, due_seconds_ago=5)
    assert {*few, *others} <= claimed()


def test_rechecks_over_their_budget_keep_no_other_recheck_out() -> None:
    many = connect(integration_at(URL, name="Big", requests_per_second=5), 1_200)
    make_due(many, slot_seconds_ago=90, due_seconds_ago=40)
    few = connect(integration_at(URL, name="Small"))
    make_due(few, slot_seconds_ago=70, due_seconds_ago=20)
    assert set(few) <= claimed()


def test_rechecks_that_fill_the_candidates_keep_no_regular_check_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "CANDIDATES", 50)
    integration = integration_at(URL, requests_per_second=5)
    make_due(connect(integration, 100), slot_seconds_ago=90, due_seconds_ago=60)
    regular = connect(integration, 10)
    make_due(regular, slot_seconds_ago=65, due_seconds_ago=5)
    assert set(regular) <= claimed()


def test_claims_that_nobody_took_do_not_count_as_drained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "LEAST_ROOM", 10)
    ids = connect(integration_at(URL, requests_per_second=1e4), 300)
    make_due(ids, slot_seconds_ago=61, due_seconds_ago=1)
    minute, tick = dt.timedelta(seconds=61), dt.timedelta(seconds=5)
    sizes = []
    for _ in range(5):
        for _ in range(3):
            sizes.append(len(claim_due()))
            DispatchState.objects.update(last_tick_at=F("last_tick_at") - tick)
        under_way = ConnectionHealth.objects.filter(claim_id__isnull=False)
        under_way.update(lease_until=F("lease_until") - minute)
        IntegrationPace.objects.update(next_send_at=F("next_send_at") - minute)
    assert max(sizes) == 10


def test_after_a_survey_new_connections_are_seen_at_once() -> None:
    integration = integration_at(URL, interval_minutes=15)
    [first] = connect(integration)
    make_due([first], slot_seconds_ago=-100, due_seconds_ago=-800)
    dispatch.survey()
    new = connect(integration)
    assert set(new) <= claimed()


def test_a_tick_does_not_undo_a_survey(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(integration_at(URL))
    begin = dispatch._begin

    def survey_meanwhile(state: DispatchState) -> dispatch._Tick:
        dispatch.survey()
        return begin(state)

    monkeypatch.setattr(dispatch, "_begin", survey_meanwhile)
    claim_due()
    assert DispatchState.objects.get().floor is not None
