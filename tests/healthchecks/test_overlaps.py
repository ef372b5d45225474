"""What happens when several things happen to the same connections at once, or go wrong for long."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connections as databases
from django.db import transaction
from django.db.models import F
from django.utils import timezone

import tenants.edits
from connections import edits
from connections.models import Connection, ConnectionHealth, Credential
from connections.scheduling import reschedule
from connections.status import CircuitState
from healthchecks import (
    claims,
    consequences,
    dispatch,
    downtime,
    manual,
    preparation,
    recorder,
    recording,
)
from healthchecks.claims import Claim
from healthchecks.models import Alert, DispatchState, HealthCheck, IntegrationPace
from integrations import edits as integration_edits
from integrations.models import Action, Integration
from tests.healthchecks.rounds import DOWN, OK, check, claim_due, health, limited, seen, shift
from tests.population import connect, integration_at

pytestmark = pytest.mark.django_db(transaction=True)

URL = "http://127.0.0.1:9"


@pytest.fixture
def pk() -> UUID:
    [connection_id] = connect(integration_at(URL))
    return connection_id


def connection(pk: UUID) -> Connection:
    return Connection.objects.select_related("integration", "tenant").get(pk=pk)


def claim_by_hand(pk: UUID) -> Claim:
    with transaction.atomic():
        claim = manual._claim(connection(pk))
    assert isinstance(claim, Claim)
    return claim


def claim_now() -> list[Claim]:
    IntegrationPace.objects.all().delete()
    return list(claim_due())


def together(first: Callable[[threading.Event], Any], second: Callable[[], Any]) -> list[str]:
    """Run both; `second` begins when `first` says so. Return what they raised."""
    began, raised = threading.Event(), []

    def run(work: Callable[[], Any]) -> None:
        try:
            work()
        except Exception as error:
            raised.append(repr(error))
        finally:
            databases.close_all()

    threads = [
        threading.Thread(target=run, args=(lambda: first(began),)),
        threading.Thread(target=run, args=(lambda: began.wait(10) and second(),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


# --- For long ---------------------------------------------------------------------------------


def test_months_of_failure_do_not_end_the_recorder() -> None:
    long_dead, other = connect(integration_at(URL, requests_per_second=1000), 2)
    past = timezone.now() - dt.timedelta(minutes=1)
    ConnectionHealth.objects.filter(pk=long_dead).update(
        circuit_state="open",
        circuit_failures=32_000,
        circuit_openings=32_000,
        circuit_open_until=past,
        circuit_cause="provider",
    )
    batch = [seen(claim, DOWN) for claim in claim_due()]
    assert len(recorder.record_around_poison(batch)) == 2
    assert health(long_dead).circuit_state == CircuitState.OPEN
    assert health(other).consecutive_failures == 1


def test_weeks_of_429_stay_storable() -> None:
    connect(integration_at(URL, requests_per_second=1000), 2)
    ConnectionHealth.objects.update(limited_streak=32_767)
    batch = [seen(claim, limited(0)) for claim in claim_due()]
    assert len(recorder.record_around_poison(batch)) == 2


def test_a_defect_of_ours_in_one_row_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = connect(integration_at(URL, requests_per_second=1000), 5)
    apply = consequences.apply

    def stumble(row: ConnectionHealth, observation: Any, **more: Any) -> Any:
        if row.pk == ids[2] and not observation.broken:
            raise OverflowError
        return apply(row, observation, **more)

    monkeypatch.setattr(recording, "apply", stumble)
    recorder.record_around_poison([seen(claim) for claim in claim_due()])
    assert HealthCheck.objects.filter(failure_cause="internal").get().connection_id == ids[2]
    assert HealthCheck.objects.filter(outcome="passed").count() == 4


# --- Edits and manual checks --------------------------------------------------------------------


def test_edits_during_every_probe_do_not_strand_a_connection(pk: UUID) -> None:
    for _ in range(4):
        [claim] = claim_now()
        claims.start([claim])
        observation = seen(claim)
        Integration.objects.update(config_version=F("config_version") + 1)
        recording.record([observation])
    assert len(claim_now()) == 1


def test_a_stale_result_in_the_same_batch_does_not_cost_the_good_one(pk: UUID) -> None:
    [old] = claim_due()
    stale = seen(old)
    reschedule([pk])
    [new] = claim_now()
    recording.record([seen(new), stale])
    assert HealthCheck.objects.get().pk == new.check_id


def test_what_was_given_up_is_not_taken_from_the_person_who_took_it_over(pk: UUID) -> None:
    [claim] = claim_due()
    claims.start([claim])
    ConnectionHealth.objects.update(
        attempts=3, lease_until=timezone.now() - dt.timedelta(seconds=1)
    )
    result = dispatch.dispatch()
    assert result is not None
    taken_over = claim_by_hand(pk)
    recording.record(recording.given_up(result.exhausted))
    assert health(pk).claim_id == taken_over.check_id
    assert HealthCheck.objects.count() == 0


def test_a_failure_while_paused_is_no_downtime_once_resumed(pk: UUID) -> None:
    check(pk, OK, after=0)
    edits.pause(connection(pk))
    recording.record([seen(claim_by_hand(pk), DOWN)])
    ConnectionHealth.objects.update(downtime_started_at=timezone.now() - dt.timedelta(hours=8))
    DispatchState.objects.update(checking_since=timezone.now() - dt.timedelta(days=1))
    edits.resume(connection(pk))
    downtime.sweep()
    assert Alert.objects.count() == 0


def test_a_new_default_interval_leaves_alone_who_has_an_own_one() -> None:
    integration = integration_at(URL, interval_minutes=None)
    own, inheriting = connect(integration, 2)
    edits.update(connection(own), {"interval_minutes": 10})
    for claim in claim_due():
        recording.record([seen(claim)])
    anchors = {pk: health(pk).anchor_at for pk in (own, inheriting)}
    tenants.edits.update(integration.tenant, {"default_interval_minutes": 30})
    assert health(own).anchor_at == anchors[own]
    assert health(inheriting).anchor_at is None
    assert health(inheriting).interval_seconds == 1800


def test_a_manual_check_that_we_failed_satisfies_no_slot(pk: UUID) -> None:
    check(pk, OK, after=0)
    recording.record([seen(claim_by_hand(pk), None, broken=True)])
    shift(pk, seconds=61)
    assert [claim.connection_id for claim in claim_now()] == [pk]


def test_a_manual_check_satisfies_the_slot_right_after_it(pk: UUID) -> None:
    check(pk, OK, after=0)
    shift(pk, seconds=58)
    recording.record([seen(claim_by_hand(pk), DOWN)])
    row = health(pk)
    assert row.unsettled
    assert row.due_at is not None
    assert 28 < (row.due_at - timezone.now()).total_seconds() < 65


def test_rules_that_cannot_be_read_are_their_own_connections_trouble() -> None:
    connect(integration_at(URL, name="Sound"), 2)
    broken = integration_at(URL, name="Broken")
    connect(broken)
    rules = {"success": {"body": [{"path": "$.a", "op": "gone"}]}}
    Action.objects.filter(integration=broken).update(response_rules=rules)
    jobs = preparation.prepare(claims.start(claim_due()))
    assert [job.broken for job in jobs if job.integration_id == broken.pk] == [True]
    assert [job.broken for job in jobs if job.integration_id != broken.pk] == [False, False]


def test_the_workers_clock_decides_nothing(pk: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    ConnectionHealth.objects.update(
        circuit_state="open", circuit_open_until=now + dt.timedelta(minutes=5)
    )
    Credential.objects.update(expires_at=now + dt.timedelta(hours=3))
    started = claims.start(claim_due())
    monkeypatch.setattr(timezone, "now", lambda: now + dt.timedelta(hours=4))
    [job] = preparation.prepare(started)
    assert (job.credential, job.circuit, job.request) == ("active", CircuitState.OPEN, None)


# --- Locks --------------------------------------------------------------------------------------


def test_an_edit_and_a_deletion_of_one_connection_wait_for_each_other(pk: UUID) -> None:
    edited = connection(pk)

    def edit(began: threading.Event) -> None:
        with transaction.atomic():
            edits._locked(edited)
            began.set()
            threading.Event().wait(0.3)
            edits.update(edited, {"interval_minutes": 7})

    raised = together(edit, lambda: edits.delete(edited.tenant_id, [pk]))
    assert raised == []
    assert not Connection.objects.exists()


def test_an_integrations_edit_and_a_recorder_wait_for_each_other() -> None:
    integration = integration_at("http://{site}.example.com", requests_per_second=1000)
    ids = connect(integration, 1_200)
    Credential.objects.filter(pk__in=ids[600:]).delete()
    first, last = ids[0], ids[-1]

    def record(began: threading.Event) -> None:
        with transaction.atomic():
            rows = ConnectionHealth.objects.select_for_update(no_key=True)
            list(rows.filter(pk=first))
            began.set()
            threading.Event().wait(0.5)
            list(rows.filter(pk=last))

    changes = {"base_url": "http://{site}.example.org", "interval_minutes": 5}
    raised = together(record, lambda: integration_edits.update(integration, changes))
    assert raised == []
    assert set(ConnectionHealth.objects.values_list("interval_seconds", flat=True)) == {300}
