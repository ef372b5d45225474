"""An observation that counts, and the rows that tell of it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from connections.models import ConnectionHealth
from healthchecks.consequences import Consequence
from healthchecks.evaluation import CallResult
from healthchecks.observation import Observation
from healthchecks.status import CheckType


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An observation that counts, with the row that it changed."""

    seen: Observation
    health: ConnectionHealth
    check_type: CheckType
    consequence: Consequence
    at: dt.datetime


def check_row(entry: Recorded) -> dict[str, Any]:
    """Return the columns of the health check."""
    seen, call, verdict = entry.seen, entry.seen.call, entry.consequence.verdict
    success = None
    if call is not None and call.result is not CallResult.RATE_LIMITED:
        success = call.result is not CallResult.FAILED
    return {
        "id": seen.check_id,
        "tenant_id": entry.health.tenant_id,
        "connection_id": seen.connection_id,
        "test_action_id": seen.test_action_id,
        "created_at": entry.at,
        "credential_expires_at": seen.credential_expires_at,
        "latency_ms": seen.latency_ms,
        "test_action_latency_ms": call and call.latency_ms,
        "interval_seconds": entry.health.interval_seconds,
        "test_action_status_code": call and call.status_code,
        "slots": min(entry.consequence.slots, 32_767),
        "slots_missed": min(entry.consequence.slots_missed, 32_767),
        "test_action_success": success,
        "maintenance": entry.health.checked_in_maintenance,
        "status": verdict.status,
        "outcome": verdict.outcome,
        "check_type": entry.check_type,
        "credential_status": seen.credential,
        "circuit_breaker_status": seen.circuit,
        "failure_cause": verdict.cause,
        "reasons": list(verdict.reasons) or None,
        "error_code": verdict.error_code,
    }


def change_row(entry: Recorded) -> dict[str, Any]:
    """Return the columns of the state change that the check made, but for its id."""
    return {
        "tenant_id": entry.health.tenant_id,
        "connection_id": entry.health.pk,
        "from_status": entry.consequence.previous_status,
        "to_status": entry.consequence.verdict.status,
        "reasons": list(entry.consequence.verdict.reasons),
        "health_check_id": entry.seen.check_id,
        "at": entry.at,
    }
