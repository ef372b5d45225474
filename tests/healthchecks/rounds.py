"""Checks driven step by step in one process: claim, start, and record what a test says was seen."""

import datetime as dt
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import F

from connections.models import ConnectionHealth
from connections.status import CircuitState, CredentialState
from healthchecks import dispatch, recording
from healthchecks.breaker import Circuit, state_for_probe
from healthchecks.claims import Claim
from healthchecks.evaluation import Call, CallResult
from healthchecks.models import IntegrationPace
from healthchecks.observation import Observation
from healthchecks.status import FailureCause
from integrations.models import Integration

OK = Call(result=CallResult.PASSED, status_code=200, latency_ms=120)
DOWN = Call(
    result=CallResult.FAILED,
    cause=FailureCause.PROVIDER,
    error_code="http_500",
    status_code=500,
    latency_ms=80,
)
UNAUTHORIZED = Call(
    result=CallResult.FAILED,
    cause=FailureCause.CREDENTIAL,
    error_code="http_401",
    status_code=401,
    latency_ms=80,
)


def limited(retry_after: float | None = None) -> Call:
    return Call(
        result=CallResult.RATE_LIMITED,
        cause=FailureCause.RATE_LIMITED,
        error_code="http_429",
        status_code=429,
        latency_ms=10,
        retry_after=retry_after,
    )


def shift(*ids: UUID, seconds: float) -> None:
    """Move these connections' past further back, as if so much time had gone by."""
    by = dt.timedelta(seconds=seconds)
    names = (
        "anchor_at",
        "slot_at",
        "due_at",
        "lease_until",
        "last_health_check_at",
        "downtime_started_at",
        "circuit_open_until",
    )
    ConnectionHealth.objects.filter(pk__in=ids).update(**{name: F(name) - by for name in names})
    IntegrationPace.objects.update(next_send_at=F("next_send_at") - by)


def claim_due() -> Sequence[Claim]:
    result = dispatch.dispatch()
    assert result is not None
    return result.claims


def health(pk: UUID) -> ConnectionHealth:
    return ConnectionHealth.objects.get(pk=pk)


def seen(claim: Claim, call: Call | None = OK, **changes: Any) -> Observation:
    """An observation for a claim, with the circuit that the row has now."""
    row = health(claim.connection_id)
    version = Integration.objects.get(pk=row.integration_id).config_version
    now = dt.datetime.now(dt.UTC)
    usual: dict[str, Any] = {
        "connection_id": claim.connection_id,
        "check_id": claim.check_id,
        "config_version": version,
        "by_hand": False,
        "credential": CredentialState.ACTIVE,
        "credential_expires_at": None,
        "circuit": state_for_probe(Circuit.of(row), now=now, by_hand=False),
        "test_action_id": None,
        "call": call,
        "latency_ms": 130,
        "finished": monotonic(),
    }
    if usual["circuit"] is CircuitState.OPEN:
        usual["call"] = None
    return Observation(**(usual | changes))


def check(pk: UUID, call: Call | None = OK, *, after: float = 61, **changes: Any) -> None:
    """Let the connection fall due, after so many seconds, and record a check of it."""
    shift(pk, seconds=after)
    claims = [claim for claim in claim_due() if claim.connection_id == pk]
    assert claims, "the connection is not due"
    recording.record([seen(claims[0], call, **changes)])


def checks(pk: UUID, calls: Iterable[Call | None]) -> list[str]:
    """Record these calls one after the other; return the status after each."""
    statuses = []
    for call in calls:
        check(pk, call)
        statuses.append(health(pk).health_status)
    return statuses
