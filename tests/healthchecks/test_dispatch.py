"""Which connections a tick claims, and at what pace (scheduling.md, "Claim")."""

import datetime as dt
import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection as database
from django.db import connections as databases
from django.db.models import F

from connections.models import Connection, ConnectionHealth
from connections.scheduling import reschedule
from connections.status import ConnectionStatus
from healthchecks import claims, dispatch, recording
from healthchecks.claims import Claim
from healthchecks.dispatch import Dispatch
from healthchecks.models import DispatchState, IntegrationPace
from tests.healthchecks.rounds import seen
from tests.population import connect, crowd, integration_at, tenant_named

pytestmark = pytest.mark.django_db(transaction=True)

URL = "http://127.0.0.1:9"


def tick() -> Dispatch:
    result = dispatch.dispatch()
    assert result is not None
    return result


def shift(*ids: UUID, seconds: float) -> None:
    """Move these connections' schedule into the past, as if so much time had gone by."""
    by = dt.timedelta(seconds=seconds)
    ConnectionHealth.objects.filter(pk__in=ids).update(
        **{name: F(name) - by for name in ("anchor_at", "slot_at", "due_at", "lease_until")}
    )
    IntegrationPace.objects.update(next_send_at=F("next_send_at") - by)


def claimed(result: Dispatch) -> set[UUID]:
    return {claim.connection_id for claim in result.claims}


def health(pk: UUID) -> ConnectionHealth:
    return ConnectionHealth.objects.get(pk=pk)


def anchored() -> None:
    """As if all connections were regular ones that are due: first claims are rationed."""
    now = dt.datetime.now(dt.UTC)
    ConnectionHealth.objects.update(
        anchor_at=now, slot_at=now - dt.timedelta(seconds=61), due_at=now - dt.timedelta(seconds=1)
    )


def settle(*ids: UUID) -> None:
    """As if these connections had been checked, and were due again now."""
    ConnectionHealth.objects.filter(pk__in=ids).update(claim_id=None, lease_until=None)
    for row in ConnectionHealth.objects.filter(pk__in=ids):
        assert row.slot_at is not None
        row.due_at = row.slot_at + dt.timedelta(seconds=row.interval_seconds)
        row.save()


def test_a_new_connection_is_claimed_at_once_and_anchored() -> None:
    [pk] = connect(integration_at(URL))
    assert claimed(tick()) == {pk}
    row = health(pk)
    assert row.anchor_at == row.slot_at
    assert row.claim_id is not None
    assert row.slots == 1


def test_what_is_claimed_is_not_claimed_again_until_its_lease_ends() -> None:
    [pk] = connect(integration_at(URL))
    first = tick()
    assert claimed(tick()) == set()
    shift(pk, seconds=61)
    again = tick()
    assert claimed(again) == {pk}
    assert again.claims[0].check_id > first.claims[0].check_id


def test_no_lease_counts_as_expired_right_after_the_database_came_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [pk] = connect(integration_at(URL))
    tick()
    shift(pk, seconds=61)
    monkeypatch.setattr(dispatch, "RECOVERY", dt.timedelta(days=1))
    assert claimed(tick()) == set()
    monkeypatch.setattr(dispatch, "RECOVERY", dt.timedelta())
    assert claimed(tick()) == {pk}


def test_many_are_claimed_in_rounds_so_that_workers_can_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "ROUND", 100)
    connect(integration_at(URL, requests_per_second=1000), 250)
    anchored()
    rounds = [tick() for _ in range(3)]
    assert [(len(r.claims), r.more) for r in rounds] == [(100, True), (100, True), (50, False)]


def test_a_lost_message_costs_no_slot() -> None:
    [pk] = connect(integration_at(URL))
    tick()
    slot = health(pk).slot_at
    shift(pk, seconds=61)
    assert slot is not None
    tick()
    assert health(pk).slot_at == slot - dt.timedelta(seconds=61)
    assert (health(pk).slots, health(pk).slots_missed) == (1, 0)


def test_after_an_outage_one_claim_is_for_the_newest_slot_and_the_others_were_missed() -> None:
    [pk] = connect(integration_at(URL))
    tick()
    settle(pk)
    shift(pk, seconds=660)
    result = tick()
    assert claimed(result) == {pk}
    assert result.missed == 10
    assert (health(pk).slots, health(pk).slots_missed) == (1 + 11, 10)


@pytest.mark.parametrize(
    "change",
    [
        {"status": ConnectionStatus.PAUSED},
        {"status": ConnectionStatus.DISABLED},
        {"integration__status": "disabled"},
        {"integration__status": "draft"},
        {"integration__checks_enabled": False},
        {"tenant__status": "suspended"},
    ],
    ids=str,
)
def test_only_what_is_active_all_the_way_up_is_checked(change: dict[str, object]) -> None:
    [pk] = connect(integration_at(URL))
    connection = Connection.objects.select_related("integration", "tenant").get(pk=pk)
    [(path, value)] = change.items()
    *owner, field = path.split("__")
    target = getattr(connection, owner[0]) if owner else connection
    setattr(target, field, value)
    target.save()
    reschedule([pk])
    assert claimed(tick()) == set()
    assert health(pk).due_at is None


def test_no_more_than_the_budget_is_claimed_and_the_rest_stays_due() -> None:
    connect(integration_at(URL, requests_per_second=4), 100)
    result = tick()
    assert len(result.claims) == 18  # five seconds at four a second, less the margin
    assert result.deferred == 82
    moments = [claim.send_at for claim in result.claims]
    gaps = {round((b - a).total_seconds(), 2) for a, b in itertools.pairwise(moments)}
    assert gaps == {0.28}


def test_ticks_in_quick_succession_do_not_spend_a_budget_twice() -> None:
    connect(integration_at(URL, requests_per_second=4), 100)
    moments = [claim.send_at for _ in range(3) for claim in tick().claims]
    assert len(moments) <= 20
    assert len(set(moments)) == len(moments)


def test_an_integration_slower_than_a_tick_is_still_called() -> None:
    connect(integration_at(URL, requests_per_second=0.01), 3)
    assert len(tick().claims) == 1
    assert len(tick().claims) == 0


def test_one_integration_far_over_its_budget_does_not_hold_up_the_others() -> None:
    tenant = tenant_named("Acme")
    busy = integration_at(
        URL, tenant=tenant, name="Crowd", requests_per_second=5, auth={"type": "none"}
    )
    crowd(busy, 50_000)
    others = [
        pk
        for n in range(50)
        for pk in connect(integration_at(URL, tenant=tenant, name=f"Other{n}"))
    ]
    DispatchState.objects.update_or_create(id=1, defaults={"first_claims_per_second": 1e5})
    ConnectionHealth.objects.filter(pk__in=others).update(
        due_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=0.001)
    )
    result = tick()
    assert set(others) <= claimed(result)
    by_integration = Counter(
        ConnectionHealth.objects.filter(pk__in=claimed(result)).values_list(
            "integration_id", flat=True
        )
    )
    assert by_integration[busy.pk] == 23


def test_one_tenant_cannot_take_all_the_room_while_others_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "LEAST_ROOM", 100)
    big = integration_at(URL, name="Big", requests_per_second=1000)
    small = integration_at(URL, name="Small", requests_per_second=1000)
    connect(big, 400)
    few = connect(small, 30)
    result = tick()
    assert set(few) <= claimed(result)
    assert len(result.claims) == 80


def test_no_more_is_claimed_than_workers_have_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "LEAST_ROOM", 100)
    connect(integration_at(URL, requests_per_second=1000), 300)
    anchored()
    assert len(tick().claims) == 100
    assert len(tick().claims) == 0
    finished = list(ConnectionHealth.objects.filter(claim_id__isnull=False)[:40])
    for row in finished:
        row.claim_id, row.due_at = None, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
        row.save()
    assert len(tick().claims) == 40


def test_rechecks_take_at_most_a_fifth_of_a_budget() -> None:
    integration = integration_at(URL, requests_per_second=4)
    shaky, steady = connect(integration, 50), connect(integration, 50)
    now = dt.datetime.now(dt.UTC)
    ConnectionHealth.objects.filter(pk__in=shaky).update(
        anchor_at=now, slot_at=now - dt.timedelta(seconds=30), due_at=now - dt.timedelta(seconds=5)
    )
    result = tick()
    assert len(claimed(result) & set(shaky)) == 3
    assert len(claimed(result) & set(steady)) == 15


def test_new_connections_are_taken_up_a_few_at_a_time() -> None:
    connect(integration_at(URL, requests_per_second=10_000), 2_000)
    assert len(tick().claims) == dispatch.LEAST_FIRST_CLAIMS


def test_first_claims_are_anchored_evenly_over_the_tick() -> None:
    for n in range(5):
        connect(integration_at(URL, name=f"I{n}"))
    result = tick()
    rows = ConnectionHealth.objects.filter(pk__in=claimed(result))
    anchors = sorted(row.anchor_at for row in rows if row.anchor_at)
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(anchors)]
    assert gaps == pytest.approx([1, 1, 1, 1])


def test_a_slot_after_a_recent_manual_check_is_skipped() -> None:
    [pk] = connect(integration_at(URL))
    tick()
    settle(pk)
    shift(pk, seconds=70)
    ConnectionHealth.objects.filter(pk=pk).update(
        last_manual_check_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=4)
    )
    result = tick()
    assert (result.skipped, len(result.claims)) == (1, 0)
    row = health(pk)
    assert row.due_at is not None
    assert row.slot_at is not None
    assert row.anchor_at is not None
    assert row.due_at > dt.datetime.now(dt.UTC)
    assert (row.due_at - row.anchor_at).total_seconds() == 120
    assert (row.slots, row.slots_missed) == (2, 0)


@pytest.mark.parametrize(
    ("minutes_ago", "fields"),
    [(6, {}), (4, {"unsettled": True}), (4, {"anchor_at": None, "slot_at": None})],
    ids=["longer ago", "unsettled", "due at once"],
)
def test_a_manual_check_does_not_satisfy(minutes_ago: int, fields: dict[str, object]) -> None:
    [pk] = connect(integration_at(URL))
    tick()
    settle(pk)
    shift(pk, seconds=70)
    ConnectionHealth.objects.filter(pk=pk).update(
        last_manual_check_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago), **fields
    )
    assert claimed(tick()) == {pk}


def test_a_paused_integration_is_left_alone_and_its_slots_are_deferred() -> None:
    integration = integration_at(URL)
    [pk] = connect(integration)
    tick()
    settle(pk)
    shift(pk, seconds=60)
    now = dt.datetime.now(dt.UTC)
    IntegrationPace.objects.filter(pk=integration.pk).update(
        paused_until=now + dt.timedelta(minutes=1)
    )
    result = tick()
    assert (len(result.claims), result.deferred) == (0, 1)
    IntegrationPace.objects.filter(pk=integration.pk).update(
        paused_until=None, saturated_since=now - dt.timedelta(minutes=10)
    )
    shift(pk, seconds=240)
    assert tick().missed == 0
    assert health(pk).slots == 5 + 1


def test_a_check_that_died_three_times_is_given_up() -> None:
    [pk] = connect(integration_at(URL))
    tick()
    ConnectionHealth.objects.filter(pk=pk).update(
        attempts=3, lease_until=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    )
    result = tick()
    assert (claimed(result), list(result.exhausted)) == (set(), [pk])


def test_three_dispatchers_at_once_claim_no_connection_twice() -> None:
    connect(integration_at(URL, requests_per_second=10_000), 400)

    def dispatch_in_a_thread(_: int) -> list[UUID]:
        try:
            result = dispatch.dispatch()
            return [claim.connection_id for claim in result.claims] if result else []
        finally:
            databases.close_all()

    with ThreadPoolExecutor(3) as pool:
        rounds = list(pool.map(dispatch_in_a_thread, range(9)))
    everything = [pk for round_ in rounds for pk in round_]
    assert len(everything) == len(set(everything)) == 400


def test_ids_minted_by_the_database_rise() -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT uuid_v7() FROM generate_series(1, 1000)")
        ids = [row[0] for row in cursor.fetchall()]
    assert all(i.version == 7 for i in ids)
    assert [i.int >> 68 for i in ids] == sorted(i.int >> 68 for i in ids)


def test_a_claim_whose_message_was_not_sent_is_given_back() -> None:
    [pk] = connect(integration_at(URL))
    result = tick()
    claims.release(result.claims)
    IntegrationPace.objects.all().delete()
    assert claimed(tick()) == {pk}


def test_the_survey_finds_a_floor_below_all_that_is_due() -> None:
    integration = integration_at(URL)
    [pk] = connect(integration)
    dispatch.survey()
    state = DispatchState.objects.get()
    due = health(pk).due_at
    assert state.floor is not None
    assert due is not None
    assert state.floor < due
    assert state.first_claims_per_second == pytest.approx(1 / 60)
    assert claimed(tick()) == {pk}


@pytest.mark.parametrize(
    ("connection", "integration", "tenant", "minutes"),
    [(None, None, None, 15), (None, None, 30, 30), (None, 5, 30, 5), (2, 5, 30, 2)],
)
def test_the_interval_is_the_connections_else_the_integrations_else_the_tenants_else_fifteen(
    connection: int | None, integration: int | None, tenant: int | None, minutes: int
) -> None:
    owner = tenant_named("Acme")
    if tenant is not None:
        owner.default_interval_minutes = tenant
        owner.save()
    [pk] = connect(integration_at(URL, tenant=owner, interval_minutes=integration))
    Connection.objects.filter(pk=pk).update(interval_minutes=connection)
    reschedule([pk])
    tick()
    row = health(pk)
    assert row.interval_seconds == minutes * 60
    assert row.slot_at is not None
    upcoming = row.slot_at + dt.timedelta(minutes=minutes)
    recording.record([seen(Claim(connection_id=pk, check_id=row.claim_id or pk, send_at=upcoming))])
    assert health(pk).due_at == upcoming
