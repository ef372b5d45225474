"""Who waits when a provider has little left to give, or nothing."""

import datetime as dt
from uuid import UUID

import pytest
from django.db.models import F, Sum

from connections import edits
from connections.models import AccountPause, Connection, ConnectionHealth
from egress.limits import Allowance
from healthchecks import recording, retention
from healthchecks.evaluation import Call, CallResult
from healthchecks.models import HealthCheck
from integrations.models import Integration
from tests.healthchecks.rounds import check, claim_due, health, limited, seen, shift
from tests.population import TOKEN, connect, integration_at, tenant_named

pytestmark = pytest.mark.django_db(transaction=True)

HOST = "https://api.example.com"


@pytest.fixture
def acme() -> Integration:
    return integration_at(HOST)


def left(remaining: float, resets_in: float) -> Call:
    """A passed call whose answer says what is left."""
    allowance = Allowance(remaining=remaining, resets_in=resets_in)
    return Call(result=CallResult.PASSED, status_code=200, latency_ms=120, allowance=allowance)


def waits(pk: UUID) -> float:
    """The seconds until the next check."""
    due_at = health(pk).due_at
    assert due_at is not None
    return (due_at - dt.datetime.now(dt.UTC)).total_seconds()


def settle() -> None:
    """Check all once; each is due again about a minute later."""
    recording.record([seen(claim) for claim in claim_due()])


def test_a_connection_with_little_left_is_checked_less_often(acme: Integration) -> None:
    [pk] = connect(acme)
    check(pk, left(60, 3600))
    row = health(pk)
    assert row.slot_at is not None
    assert row.due_at == row.slot_at + dt.timedelta(seconds=60)  # the last of ten minutes' slots
    assert 535 < waits(pk) <= 600


def test_one_with_much_left_keeps_to_its_interval(acme: Integration) -> None:
    [pk] = connect(acme)
    check(pk, left(5000, 3600))
    assert 0 < waits(pk) <= 60


def test_those_who_share_an_allowance_share_its_tenth(acme: Integration) -> None:
    ids = connect(acme, 20)
    check(ids[0], left(5000, 3600))
    assert 60 < waits(ids[0]) <= 180  # 20 times 7.2 seconds, at a slot


def test_slots_let_go_by_are_deferred_and_not_missed(acme: Integration) -> None:
    pk, sibling = connect(acme, 2)
    settle()
    check(pk, limited(600), after=66)
    for waiting in (pk, sibling):
        check(waiting, after=waits(waiting))
        rows = HealthCheck.objects.filter(connection_id=waiting)
        ended = rows.aggregate(slots=Sum("slots"), missed=Sum("slots_missed"))
        assert ended["slots"] in range(10, 14)
        assert ended["missed"] == 0


@pytest.mark.parametrize("call", [limited(600), left(3, 600)], ids=["limited", "used up"])
def test_an_account_that_may_not_call_waits_as_one(acme: Integration, call: Call) -> None:
    elsewhere = integration_at("https://api.example.org", tenant=acme.tenant, name="Elsewhere")
    same_host = integration_at(HOST, tenant=acme.tenant, name="Same host")
    stranger = integration_at(HOST, tenant=tenant_named("Charlie"), name="Stranger")
    pk, sibling = connect(acme, 2)
    [relative] = connect(same_host)
    others = [
        *connect(acme, token="another-token"),
        *connect(elsewhere),
        *connect(stranger),
    ]
    settle()
    check(pk, call)
    assert 595 < waits(sibling) <= 600
    assert waits(relative) == pytest.approx(waits(sibling), abs=1)
    assert 595 < waits(pk) <= 660  # at a slot
    assert all(waits(other) <= 65 for other in others)


def test_a_check_under_way_is_left_alone(acme: Integration) -> None:
    pk, sibling = connect(acme, 2)
    settle()
    shift(pk, sibling, seconds=66)
    claims = {claim.connection_id: claim for claim in claim_due()}
    recording.record([seen(claims[pk], limited(600))])
    edits.check_many([sibling])
    assert waits(sibling) <= 0
    recording.record([seen(claims[sibling])])
    assert HealthCheck.objects.filter(connection_id=sibling).count() == 2


def test_a_bulk_check_and_new_connections_keep_to_the_pause(acme: Integration) -> None:
    pk, sibling = connect(acme, 2)
    [other] = connect(acme, token="another-token")
    settle()
    check(pk, limited(600))
    edits.check_many([pk, sibling, other])
    [new] = connect(acme)
    assert all(595 < waits(waiting) <= 600 for waiting in (pk, sibling, new))
    assert waits(other) <= 0


def test_one_without_a_credential_is_an_account_of_its_own() -> None:
    pk, other = connect(integration_at(HOST, auth={"type": "none"}), 2)
    settle()
    check(pk, limited(600))
    edits.check_many([pk, other])
    assert 595 < waits(pk) <= 600
    assert waits(other) <= 0


def test_a_shorter_pause_does_not_end_a_longer_one(acme: Integration) -> None:
    ids = connect(acme, 2)
    claims = {claim.connection_id: claim for claim in claim_due()}
    for pk, seconds in zip(ids, (600, 60), strict=True):
        recording.record([seen(claims[pk], limited(seconds))])
    [new] = connect(acme)
    assert 595 < waits(new) <= 600


def test_what_somebody_asks_for_goes_at_once(acme: Integration) -> None:
    pk, resumed = connect(acme, 2)
    settle()
    check(pk, limited(600))
    edits.pause_many([resumed])
    edits.resume_many([resumed])
    token = edits.NewCredential(secret={"token": TOKEN}, expires_at=None)
    edits.store_credential(Connection.objects.get(pk=pk), token)
    assert max(waits(pk), waits(resumed)) <= 0


def test_a_pause_that_is_over_is_forgotten(acme: Integration) -> None:
    [pk] = connect(acme)
    check(pk, limited(600), after=0)
    AccountPause.objects.update(until=F("until") - dt.timedelta(seconds=601))
    [other] = connect(acme, token="another-token")
    check(other, limited(600), after=0)
    [new] = connect(acme)
    assert waits(new) <= 0
    assert retention.forget_pauses() == 1
    assert AccountPause.objects.count() == 1


def test_a_paused_connection_stays_paused(acme: Integration) -> None:
    pk, sibling = connect(acme, 2)
    settle()
    ConnectionHealth.objects.filter(pk=sibling).update(due_at=None)
    check(pk, limited(600))
    assert health(sibling).due_at is None
