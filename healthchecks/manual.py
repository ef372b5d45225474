"""Checks that a person asks for: decided under the connection's row lock, then waited for."""

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from time import monotonic, sleep
from uuid import UUID

from django.db.models.functions import Now

from connections.models import Connection, ConnectionHealth
from connections.status import ConnectionStatus
from connections.waiting import waiting
from healthchecks import queues
from healthchecks.claims import GRACE, Claim
from healthchecks.models import HealthCheck, ManualRequest
from healthchecks.pace import SHARE_OF_BUDGET
from healthchecks.slots import take_slot
from healthchecks.statements import execute, fetch
from integrations.models import IntegrationStatus
from tenants.row_security import for_tenant

MOST_PER_MINUTE = 6  # for one connection (api.md)
_MINUTE = dt.timedelta(minutes=1)
_FIRST_LOOK = 0.05  # seconds between looks for the result; grows
_LONGEST_LOOK = 0.25


class CheckState(Enum):
    """What became of a check that was asked for."""

    PENDING = "pending"
    LOST = "lost"
    UNKNOWN = "unknown"


class TooManyChecks(Exception):
    """This connection was checked by hand too often. `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class NotCheckable(Exception):
    """This connection is not to be checked at all. The text says why."""


class Dropped(Exception):
    """The check was dropped before it had a result: its connection was changed or deleted."""


class NotSent(Exception):
    """The check could not be handed to a worker: the broker is away."""


@dataclass(frozen=True, kw_only=True)
class Requested:
    """The check that will answer; `joined` where it had been under way already."""

    check_id: UUID
    joined: bool


def request_check(connection: Connection) -> Requested:
    """Have `connection` checked now, or join the check that is under way.

    A check that the schedule has claimed and not started is taken over: its message then starts
    nothing. Raises NotCheckable, TooManyChecks, NotSent.
    """
    if connection.status == ConnectionStatus.DISABLED:
        raise NotCheckable("The connection is disabled. Enable it first.")
    if connection.integration.status != IntegrationStatus.ACTIVE:
        raise NotCheckable("The integration is not active. Activate it first.")
    with for_tenant(connection.tenant_id):
        claim = _claim(connection)
    if isinstance(claim, Requested):
        return claim
    if not queues.enqueue([claim], queue=queues.MANUAL_QUEUE):
        raise NotSent
    return Requested(check_id=claim.check_id, joined=False)


def wait_for(check_id: UUID, connection: Connection, *, timeout: float) -> HealthCheck | None:
    """Return the check once it is recorded; None after `timeout` seconds, or at once where as
    many people wait already as this process can bear. Raises Dropped."""
    with waiting.place(connection.tenant_id) as has_room:
        if not has_room:
            return None
        until, pause = monotonic() + timeout, _FIRST_LOOK
        while True:
            with for_tenant(connection.tenant_id):
                # In this order: a check that was just recorded has given its claim back.
                is_under_way = _holds(connection, check_id)
                check = HealthCheck.objects.filter(pk=check_id).first()
            if check is not None or monotonic() >= until:
                return check
            if not is_under_way:
                raise Dropped
            sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK)


def _holds(connection: Connection, check_id: UUID) -> bool:
    return ConnectionHealth.objects.filter(pk=connection.pk, claim_id=check_id).exists()


def state_of(check_id: UUID, tenant_id: UUID) -> CheckState:
    """Return what became of a check of this tenant that has no result."""
    under_way = ConnectionHealth.objects.filter(
        tenant_id=tenant_id, claim_id=check_id, lease_until__gt=Now()
    )
    if under_way.exists():
        return CheckState.PENDING
    asked_for = ManualRequest.objects.filter(pk=check_id, tenant_id=tenant_id)
    return CheckState.LOST if asked_for.exists() else CheckState.UNKNOWN


def take_turn(connection: Connection) -> None:
    """Count one of the checks by hand that a connection may have, for calls of another kind.

    Within a transaction. Raises TooManyChecks, and DoesNotExist where the connection is gone.
    """
    ConnectionHealth.objects.select_for_update(no_key=True).get(pk=connection.pk)
    now, turn_id = fetch("SELECT clock_timestamp(), uuid_v7()")[0]
    _ration(connection, now)
    _note(connection, turn_id, now)


def _claim(connection: Connection) -> Claim | Requested:
    health = ConnectionHealth.objects.select_for_update(no_key=True).get(pk=connection.pk)
    now, check_id = fetch("SELECT clock_timestamp(), uuid_v7()")[0]
    if health.claim_id is not None and _is_under_way(health, now):
        _note(connection, health.claim_id, now)
        return Requested(check_id=health.claim_id, joined=True)
    _ration(connection, now)
    _note(connection, check_id, now)
    if health.due_at is not None and health.due_at <= now:
        _satisfy_slot(health, now)
    health.claim_id, health.claimed_by_hand, health.started_at = check_id, True, None
    health.lease_until = now + dt.timedelta(milliseconds=connection.integration.timeout_ms) + GRACE
    health.save()
    spend(connection.integration_id)
    return Claim(connection_id=connection.pk, check_id=check_id, send_at=now)


def _is_under_way(health: ConnectionHealth, now: dt.datetime) -> bool:
    begun = health.claimed_by_hand or health.started_at is not None
    return begun and health.lease_until is not None and health.lease_until > now


def _ration(connection: Connection, now: dt.datetime) -> None:
    """Raise TooManyChecks where there were too many lately; the row lock makes this exact."""
    lately = ManualRequest.objects.filter(connection=connection, created_at__gt=now - _MINUTE)
    moments = list(lately.order_by("created_at").values_list("created_at", flat=True))
    if len(moments) >= MOST_PER_MINUTE:
        raise TooManyChecks((moments[-MOST_PER_MINUTE] + _MINUTE - now).total_seconds())


def _note(connection: Connection, check_id: UUID, now: dt.datetime) -> None:
    """Note that a person waits for this check, so that it can be told from one that never was."""
    ManualRequest.objects.get_or_create(
        check_id=check_id,
        defaults={
            "tenant_id": connection.tenant_id,
            "connection": connection,
            "created_at": now,
        },
    )


def _satisfy_slot(health: ConnectionHealth, now: dt.datetime) -> None:
    """The slot that is due is satisfied by this check."""
    if health.slot_at is None or health.due_at is None:
        health.anchor_at = health.slot_at = now
        health.slots = 1
        return
    taken = take_slot(
        slot_at=health.slot_at,
        due_at=health.due_at,
        interval=dt.timedelta(seconds=health.interval_seconds),
        now=now,
    )
    health.slot_at = taken.slot_at
    health.slots += taken.slots
    health.slots_missed += taken.missed


def spend(integration_id: UUID) -> None:
    """Count the call in the integration's budget, without holding it back."""
    execute(
        "INSERT INTO integration_paces AS p (integration_id, next_send_at)"
        " SELECT id, now() + make_interval(secs => 1 / (requests_per_second * %(share_of_budget)s))"
        " FROM integrations WHERE id = %(integration)s"
        " ON CONFLICT (integration_id) DO UPDATE"
        " SET next_send_at = greatest(p.next_send_at, now()) + (excluded.next_send_at - now())",
        {"integration": integration_id, "share_of_budget": SHARE_OF_BUDGET},
    )
