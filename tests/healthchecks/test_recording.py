"""What is written, and what is not (scheduling.md, "Record")."""

import datetime as dt
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import connections as databases
from django.db.models import F

from api.ids import id_at
from connections.models import Connection, ConnectionHealth
from connections.scheduling import reschedule
from connections.status import CircuitState, CredentialState, HealthStatus
from healthchecks import claims, dispatch, downtime, recorder, recording
from healthchecks.held import SETTLED_AFTER, floor_hour
from healthchecks.models import (
    Alert,
    DispatchState,
    HealthCheck,
    HealthStateChange,
    IntegrationPace,
)
from healthchecks.observation import Observation
from healthchecks.partitions import HEALTH_CHECKS
from healthchecks.statements import fetch
from integrations.models import Integration
from tests.factories import make_window
from tests.healthchecks.rounds import (
    DOWN,
    OK,
    UNAUTHORIZED,
    check,
    checks,
    claim_due,
    health,
    limited,
    seen,
    shift,
)
from tests.population import connect, integration_at

pytestmark = pytest.mark.django_db(transaction=True)

URL = "http://127.0.0.1:9"


@pytest.fixture
def pk() -> UUID:
    [connection_id] = connect(integration_at(URL))
    return connection_id


def changes(pk: UUID) -> list[tuple[str, str]]:
    rows = HealthStateChange.objects.filter(connection_id=pk).order_by("id")
    return list(rows.values_list("from_status", "to_status"))


def test_a_check_is_stored_and_its_connection_updated(pk: UUID) -> None:
    [claim] = claim_due()
    recording.record([seen(claim, OK, test_action_id=claim.check_id)])
    stored = HealthCheck.objects.get()
    assert stored.pk == claim.check_id
    assert (stored.status, stored.outcome, stored.check_type) == ("healthy", "passed", "scheduled")
    assert (stored.test_action_success, stored.test_action_latency_ms) == (True, 120)
    assert (stored.test_action_status_code, stored.latency_ms) == (200, 130)
    assert (stored.slots, stored.slots_missed, stored.interval_seconds) == (1, 0, 60)
    row = health(pk)
    assert row.last_health_check_id == stored.pk
    assert row.last_health_check_at == row.last_successful_check_at == stored.created_at
    assert row.slot_at is not None
    assert row.due_at == row.slot_at + dt.timedelta(seconds=60)
    assert row.claim_id is None


def test_the_time_of_a_check_is_when_its_probe_ended_by_the_databases_clock(pk: UUID) -> None:
    [claim] = claim_due()
    observation = seen(claim)
    recording.record([replace(observation, finished=observation.finished - 30)])
    age = dt.datetime.now(dt.UTC) - HealthCheck.objects.get().created_at
    assert 29 < age.total_seconds() < 35


def test_a_check_held_back_until_its_hour_is_summed_up_counts_in_the_next(pk: UUID) -> None:
    [claim] = claim_due()
    before = dt.datetime.now(dt.UTC)
    observation = seen(claim)
    recording.record([replace(observation, finished=observation.finished - 3 * 3600)])
    assert HealthCheck.objects.get().created_at in {
        floor_hour(moment - SETTLED_AFTER) for moment in (before, dt.datetime.now(dt.UTC))
    }


def test_one_held_back_for_hours_keeps_its_time_by_which_its_id_is_found(pk: UUID) -> None:
    [claim] = claim_due()
    made_at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    old = replace(claim, check_id=id_at(made_at))
    ConnectionHealth.objects.filter(pk=pk).update(claim_id=old.check_id)
    observation = seen(old)
    recording.record([replace(observation, finished=observation.finished - 3 * 3600)])
    assert abs(HealthCheck.objects.get().created_at - made_at) < dt.timedelta(seconds=5)


def test_a_first_healthy_check_is_no_state_change(pk: UUID) -> None:
    check(pk, OK, after=0)
    assert changes(pk) == []


def test_any_other_first_check_is_a_change_from_healthy(pk: UUID) -> None:
    check(pk, DOWN, after=0)
    assert changes(pk) == [("healthy", "unhealthy")]


def test_a_failure_and_its_recovery(pk: UUID) -> None:
    assert checks(pk, [OK, UNAUTHORIZED, OK, OK, OK, OK]) == [
        "healthy",
        "unhealthy",
        "degraded",
        "degraded",
        "degraded",
        "healthy",
    ]
    assert changes(pk) == [
        ("healthy", "unhealthy"),
        ("unhealthy", "degraded"),
        ("degraded", "healthy"),
    ]
    failure = HealthCheck.objects.get(outcome="failed")
    assert (failure.failure_cause, failure.error_code) == ("credential", "http_401")


def test_three_failures_in_a_row_weigh_on_the_next_success(pk: UUID) -> None:
    assert checks(pk, [DOWN, DOWN, DOWN, OK, OK])[-2:] == ["unhealthy", "degraded"]


def test_failures_are_counted_and_downtime_begins_with_the_first(pk: UUID) -> None:
    checks(pk, [OK, DOWN, DOWN])
    row = health(pk)
    first = HealthCheck.objects.filter(outcome="failed").earliest("id")
    assert row.consecutive_failures == 2
    assert row.downtime_started_at is not None
    assert row.downtime_started_at + dt.timedelta(seconds=61) == first.created_at
    check(pk, OK)
    assert (health(pk).consecutive_failures, health(pk).downtime_started_at) == (0, None)


def test_a_429_counts_for_nothing_but_its_status(pk: UUID) -> None:
    checks(pk, [OK, DOWN, limited(0)])
    row = health(pk)
    assert (row.consecutive_failures, row.recent_outcomes) == (1, "FP")
    stored = HealthCheck.objects.latest("id")
    assert (stored.outcome, stored.test_action_success) == ("inconclusive", None)
    assert (stored.status, stored.failure_cause) == ("degraded", "rate_limited")


def test_a_limited_connection_waits_as_long_as_it_was_told(pk: UUID) -> None:
    check(pk, limited(150), after=0)
    row = health(pk)
    assert row.slot_at is not None
    assert row.anchor_at is not None
    assert row.due_at is not None
    assert (row.due_at - row.anchor_at).total_seconds() == 180
    assert HealthCheck.objects.get().slots == 3


def test_three_limited_connections_make_their_whole_integration_wait() -> None:
    integration = integration_at(URL)
    ids = connect(integration, 4)
    first, second, third, fourth = sorted(claim_due(), key=lambda c: c.connection_id)
    recording.record([seen(first, limited(120)), seen(second, limited(120))])
    assert IntegrationPace.objects.get().paused_until is None
    recording.record([seen(third, limited(120))])
    assert IntegrationPace.objects.get().paused_until is not None
    recording.record([seen(fourth, OK)])
    shift(ids[3], seconds=61)
    assert claim_due() == []


def test_the_circuit_opens_and_a_check_that_it_stopped_carries_its_cause(pk: UUID) -> None:
    checks(pk, [UNAUTHORIZED] * 5)
    assert health(pk).circuit_state == CircuitState.OPEN
    check(pk, OK, credential=CredentialState.ACTIVE)
    stopped = HealthCheck.objects.latest("id")
    assert (stopped.circuit_breaker_status, stopped.outcome) == ("open", "failed")
    assert (stopped.failure_cause, stopped.error_code) == ("credential", "circuit_open")
    assert health(pk).last_error_code == "http_401"  # what there is to be told of the connection
    shift(pk, seconds=300)
    check(pk, OK)
    trial = HealthCheck.objects.latest("id")
    assert (trial.circuit_breaker_status, trial.outcome) == ("half_open", "passed")
    assert health(pk).circuit_state == CircuitState.CLOSED


def test_a_new_credential_forgets_the_failures_and_closes_the_circuit(pk: UUID) -> None:
    checks(pk, [UNAUTHORIZED] * 5)
    reschedule([pk], forget_failures=True)
    row = health(pk)
    assert (row.circuit_state, row.recent_outcomes, row.unsettled) == ("closed", "", False)
    assert row.due_at is not None
    assert row.due_at <= dt.datetime.now(dt.UTC)


# --- The fence --------------------------------------------------------------------------------


def test_a_result_whose_claim_was_taken_over_is_dropped(
    pk: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    [zombie] = claim_due()
    shift(pk, seconds=70)
    [successor] = claim_due()
    with caplog.at_level(logging.WARNING):
        recording.record([seen(zombie, DOWN)])
    assert HealthCheck.objects.count() == 0
    assert "1 results dropped" in caplog.text
    recording.record([seen(successor, OK)])
    assert HealthCheck.objects.get().pk == successor.check_id


def test_a_result_is_recorded_once(pk: UUID, caplog: pytest.LogCaptureFixture) -> None:
    [claim] = claim_due()
    observation = seen(claim)
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            recording.record([observation])
    assert HealthCheck.objects.count() == 1
    assert "dropped" not in caplog.text  # it finds its own row: no result was lost


def test_a_result_comes_late_and_still_counts_while_nobody_else_has_the_claim(pk: UUID) -> None:
    [claim] = claim_due()
    shift(pk, seconds=3600)
    recording.record([seen(claim)])
    assert HealthCheck.objects.count() == 1


@pytest.mark.parametrize("edit", ["pause", "interval", "credential", "delete"])
def test_an_edit_drops_what_is_under_way(pk: UUID, edit: str) -> None:
    [claim] = claim_due()
    observation = seen(claim)
    if edit == "delete":
        Connection.objects.get(pk=pk).delete()
    else:
        fields: dict[str, dict[str, Any]] = {
            "pause": {"status": "paused"},
            "interval": {"interval_minutes": 5},
        }
        Connection.objects.filter(pk=pk).update(**fields.get(edit, {"name": "Same"}))
        reschedule([pk], forget_failures=edit == "credential")
    recording.record([observation])
    assert HealthCheck.objects.count() == 0


def test_a_result_probed_under_another_configuration_is_dropped_and_probed_again(pk: UUID) -> None:
    [claim] = claim_due()
    observation = seen(claim)
    Integration.objects.update(config_version=F("config_version") + 1)
    recording.record([observation])
    assert HealthCheck.objects.count() == 0
    assert [again.connection_id for again in claim_due()] == [pk]


def test_a_claim_can_be_started_once(pk: UUID) -> None:
    [claim] = claim_due()
    assert set(claims.start([claim])) == {pk}
    assert [claims.start([claim]) for _ in range(100)] == [{}] * 100
    row = health(pk)
    assert row.attempts == 1
    assert row.lease_until is not None
    assert row.started_at is not None
    assert 35 < (row.lease_until - row.started_at).total_seconds() < 45


def test_an_expired_lease_that_nobody_claimed_is_still_good(pk: UUID) -> None:
    [claim] = claim_due()
    shift(pk, seconds=300)
    assert set(claims.start([claim])) == {pk}


@pytest.mark.parametrize(("minutes", "starts"), [(49, True), (51, False)])
def test_a_claim_that_waited_too_long_starts_nothing_and_is_claimed_anew(
    pk: UUID, minutes: int, starts: bool
) -> None:
    [claim] = claim_due()
    shift(pk, seconds=60 * minutes)
    minted_at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    old = replace(claim, check_id=id_at(minted_at))
    ConnectionHealth.objects.filter(pk=pk).update(claim_id=old.check_id)
    assert (pk in claims.start([old])) is starts
    again = claim_due()
    assert [claim.connection_id for claim in again] == ([] if starts else [pk])
    assert starts or set(claims.start(again)) == {pk}


def test_three_deaths_are_recorded_as_internal_and_the_schedule_goes_on(pk: UUID) -> None:
    for _ in range(3):
        [claim] = claim_due()
        claims.start([claim])
        shift(pk, seconds=75)
    result = dispatch.dispatch()
    assert result is not None
    assert (dict(result.exhausted), list(result.claims)) == ({pk: claim.check_id}, [])
    recording.record(recording.given_up(result.exhausted))
    stored = HealthCheck.objects.get()
    assert (stored.outcome, stored.failure_cause) == ("inconclusive", "internal")
    assert (stored.status, stored.error_code) == ("healthy", "internal_error")
    assert health(pk).attempts == 0
    shift(pk, seconds=61)
    assert [claim.connection_id for claim in claim_due()] == [pk]


# --- Alerts -----------------------------------------------------------------------------------


def been_checking(minutes: float) -> None:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    DispatchState.objects.update(checking_since=since)


def test_an_alert_is_opened_once_when_a_downtime_exceeds_two_minutes(
    pk: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    check(pk, DOWN, after=0)
    been_checking(minutes=60)
    shift(pk, seconds=119)
    downtime.sweep()
    assert Alert.objects.count() == 0
    shift(pk, seconds=2)
    with caplog.at_level(logging.WARNING, logger="healthchecks.downtime"):
        downtime.sweep()
        downtime.sweep()
    alert = Alert.objects.get()
    assert (alert.cause, alert.error_code, alert.consecutive_failures) == (
        "provider",
        "http_500",
        1,
    )
    [record] = caplog.records
    fields = vars(record)
    assert (fields["integration"], fields["downtime_minutes"]) == ("acme", 2)
    assert fields["consecutive_failures"] == 1
    assert record.getMessage() == (
        "acme: connection Account 0 has been down for 2 minutes, 1 failures in a row:"
        " The API answered 500 Internal Server Error."
    )


def test_a_connection_that_recovered_keeps_no_other_from_its_alert() -> None:
    recovered, down = connect(integration_at(URL, requests_per_second=100), 2)
    check(recovered, DOWN, after=0)
    ConnectionHealth.objects.filter(pk=down).update(claim_id=None, lease_until=None)
    check(down, DOWN, after=0)
    check(recovered, OK)
    been_checking(minutes=60)
    shift(down, seconds=240)
    downtime.sweep()
    assert Alert.objects.get().connection_id == down


def test_the_first_success_closes_it_and_tells_how_long_it_lasted(
    pk: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    check(pk, DOWN, after=0)
    been_checking(minutes=60)
    shift(pk, seconds=240)
    downtime.sweep()
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="healthchecks.downtime"):
        check(pk, OK, after=0)
    assert Alert.objects.get().resolved_at is not None
    [record] = caplog.records
    assert vars(record)["downtime_seconds"] == pytest.approx(240, abs=10)
    assert "recovered after 0:04:0" in record.getMessage()


def test_time_in_which_vitals_was_stopped_does_not_count(pk: UUID) -> None:
    check(pk, DOWN, after=0)
    shift(pk, seconds=600)
    been_checking(minutes=1)
    downtime.sweep()
    assert Alert.objects.count() == 0


def test_a_tick_after_a_stop_begins_a_new_time_of_checking(pk: UUID) -> None:
    claim_due()
    been_checking(minutes=60)
    claim_due()
    before = DispatchState.objects.get().checking_since
    DispatchState.objects.update(last_tick_at=F("last_tick_at") - dt.timedelta(minutes=10))
    claim_due()
    after = DispatchState.objects.get().checking_since
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == pytest.approx(3600, abs=10)


def test_a_check_in_maintenance_is_marked() -> None:
    covered, other = connect(integration_at(URL, requests_per_second=100), 2)
    tenant = Connection.objects.get(pk=covered).tenant
    claims = claim_due()
    window = make_window(tenant, connection_ids=[covered])
    recording.record([seen(claim) for claim in claims])
    marks = HealthCheck.objects.values_list("connection_id", "maintenance")
    assert dict(marks) == {covered: True, other: False}
    window.delete()
    check(covered)
    assert not HealthCheck.objects.filter(connection_id=covered).latest("pk").maintenance


def test_maintenance_holds_alerts_back_until_a_check_after_it_fails_as_well(pk: UUID) -> None:
    check(pk, DOWN, after=0)
    been_checking(minutes=60)
    shift(pk, seconds=240)
    window = make_window(Connection.objects.get(pk=pk).tenant)
    downtime.sweep()
    check(pk, DOWN)
    downtime.sweep()
    window.delete()
    downtime.sweep()
    assert Alert.objects.count() == 0
    check(pk, DOWN)
    downtime.sweep()
    assert Alert.objects.get().consecutive_failures == 3


def test_an_alert_stays_open_in_maintenance_until_the_connection_recovers(pk: UUID) -> None:
    check(pk, DOWN, after=0)
    been_checking(minutes=60)
    shift(pk, seconds=240)
    downtime.sweep()
    make_window(Connection.objects.get(pk=pk).tenant)
    downtime.sweep()
    assert Alert.objects.get().resolved_at is None
    check(pk, OK)
    assert Alert.objects.get().resolved_at is not None


def test_pausing_closes_the_alert(pk: UUID) -> None:
    check(pk, DOWN, after=0)
    been_checking(minutes=60)
    shift(pk, seconds=240)
    downtime.sweep()
    Connection.objects.filter(pk=pk).update(status="paused")
    reschedule([pk])
    downtime.sweep()
    assert Alert.objects.get().resolved_at is not None


# --- Poison, partitions, overlap ---------------------------------------------------------------


def test_one_row_that_cannot_be_stored_does_not_keep_the_others_out() -> None:
    connect(integration_at(URL, requests_per_second=1000), 20)
    batch = [seen(claim) for claim in claim_due()]
    batch[7] = replace(batch[7], latency_ms=2**40)
    recorder.record_around_poison(batch)
    assert HealthCheck.objects.filter(status=HealthStatus.HEALTHY).count() == 20
    internal = HealthCheck.objects.get(failure_cause="internal")
    assert internal.connection_id == batch[7].connection_id


def test_a_batch_of_which_nothing_can_be_stored_is_kept() -> None:
    connect(integration_at(URL, requests_per_second=1000), 4)
    batch = [replace(seen(claim), latency_ms=2**40) for claim in claim_due()]
    with pytest.raises(recorder.CannotStoreAny):
        recorder.record_around_poison(batch)
    assert HealthCheck.objects.count() == 0
    assert ConnectionHealth.objects.filter(claim_id=None).count() == 0


def test_a_missing_partition_is_made(pk: UUID) -> None:
    [claim] = claim_due()
    today = HEALTH_CHECKS.partition_name(dt.datetime.now(dt.UTC).date())
    fetch("SELECT drop_partition('health_checks', %(name)s)", {"name": today})
    recorder.record_around_poison([seen(claim)])
    assert HealthCheck.objects.count() == 1


def test_recorders_and_a_bulk_edit_over_the_same_rows_do_not_deadlock() -> None:
    ids = connect(integration_at(URL, requests_per_second=1e4), 300)
    everything = list(claim_due())
    observations = [seen(claim) for claim in everything]

    def record(batch: list[Observation]) -> int:
        try:
            return sum(len(recording.record(batch[n::10])) for n in range(10))
        finally:
            databases.close_all()

    def edit(_: object) -> int:
        try:
            for _round in range(5):
                reschedule(reversed(ids))
            return 0
        finally:
            databases.close_all()

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(record, observations)
        second = pool.submit(record, list(reversed(observations)))
        third = pool.submit(edit, None)
        recorded = first.result() + second.result()
        third.result()
    assert recorded == HealthCheck.objects.count()
