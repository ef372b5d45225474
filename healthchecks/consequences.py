"""What a check means for its connection: the verdict, and the health row after it.

No database and no clock: a locked row comes in, is changed, and is written by `recording`.
"""

import datetime as dt
from dataclasses import dataclass

from connections.models import ConnectionHealth
from connections.status import HealthStatus, Word
from healthchecks.breaker import Circuit, after_call
from healthchecks.evaluation import CallResult, Verdict, evaluate, internal_failure
from healthchecks.observation import Observation
from healthchecks.restraint import MOST_DOUBLINGS, UNRESTRAINED, Restraint, wait_after_429
from healthchecks.slots import NEAR, OUTCOMES_TO_SETTLE, RECHECK_AFTER, is_unsettled, next_check
from healthchecks.status import Outcome, Reason

_LETTERS = {Outcome.PASSED: "P", Outcome.FAILED: "F"}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What a check changed.

    `slots` ended since the check before, `slots_missed` of them by our fault. `pause` is how long
    the connection's account is to be left alone, after a 429 or because its allowance is used up;
    `recovered_from` the start of the downtime that ended.
    """

    verdict: Verdict
    previous_status: HealthStatus
    slots: int
    slots_missed: int
    pause: dt.timedelta | None
    recovered_from: dt.datetime | None


def apply(
    health: ConnectionHealth,
    seen: Observation,
    *,
    degraded_latency_ms: int,
    at: dt.datetime,
    now: dt.datetime,
    restraint: Restraint = UNRESTRAINED,
) -> Consequence:
    """Judge what was `seen` and change `health` accordingly.

    `at` is when the probe ended, `now` when it is recorded, both by the database's clock.
    """
    previous_status = HealthStatus(health.health_status)
    verdict = _judge(health, seen, degraded_latency_ms)
    downtime_started_at = health.downtime_started_at
    pause = max(_follow_call(health, seen, at), restraint.pause)
    _follow_verdict(health, seen, verdict, at)
    slots, slots_missed = _schedule(health, at=at, now=now, pause=pause, apart=restraint.apart)
    recovered = downtime_started_at is not None and health.downtime_started_at is None
    health.claim_id = health.lease_until = health.started_at = None
    health.claimed_by_hand = False
    health.attempts = 0
    health.version += 1
    return Consequence(
        verdict=verdict,
        previous_status=previous_status,
        slots=slots,
        slots_missed=slots_missed,
        pause=pause or None,
        recovered_from=downtime_started_at if recovered else None,
    )


def _judge(health: ConnectionHealth, seen: Observation, degraded_latency_ms: int) -> Verdict:
    if seen.broken:
        return internal_failure(HealthStatus(health.health_status))
    return evaluate(
        credential=seen.credential,
        call=seen.call,
        circuit=seen.circuit,
        circuit_cause=Circuit.of(health).cause,
        recent=[_OUTCOMES[letter] for letter in health.recent_outcomes],
        degraded_latency_ms=degraded_latency_ms,
    )


def _follow_call(health: ConnectionHealth, seen: Observation, at: dt.datetime) -> dt.timedelta:
    """Move the circuit; return how long the provider is to be left alone after a 429."""
    circuit = after_call(Circuit.of(health), seen.call, ran_in=seen.circuit, now=at)
    health.circuit_state = circuit.state
    health.circuit_failures = circuit.failures
    health.circuit_openings = circuit.openings
    health.circuit_open_until = circuit.open_until
    health.circuit_cause = circuit.cause or ""
    if seen.call is None:
        return dt.timedelta()
    if seen.call.result is not CallResult.RATE_LIMITED:
        health.limited_streak = 0
        return dt.timedelta()
    streak = health.limited_streak
    health.limited_streak = min(streak + 1, MOST_DOUBLINGS)
    return wait_after_429(seen.call.retry_after, streak)


def _follow_verdict(
    health: ConnectionHealth, seen: Observation, verdict: Verdict, at: dt.datetime
) -> None:
    health.health_status = verdict.status
    health.reasons = list(verdict.reasons)
    health.last_health_check_id = seen.check_id
    health.last_health_check_at = at
    if verdict.outcome is Outcome.INCONCLUSIVE:
        return
    if health.claimed_by_hand:
        health.last_manual_check_at = at
    letter = _LETTERS[verdict.outcome]
    health.recent_outcomes = (letter + health.recent_outcomes)[:OUTCOMES_TO_SETTLE]
    health.unsettled = is_unsettled(health.recent_outcomes)
    health.last_failure_cause = verdict.cause or ""
    if verdict.outcome is Outcome.FAILED:
        health.consecutive_failures += 1
        health.downtime_started_at = health.downtime_started_at or at
        health.last_word = Word.OFFLINE
        if verdict.error_code != Reason.CIRCUIT_OPEN or not health.last_error_code:
            # What opened the circuit tells more than that it is open.
            health.last_error_code = verdict.error_code or ""
        return
    health.consecutive_failures = 0
    health.downtime_started_at = None
    health.last_successful_check_at = at
    health.last_success_latency_ms = (
        seen.call.latency_ms if seen.call and seen.call.latency_ms is not None else seen.latency_ms
    )
    shortcomings = [r for r in (Reason.CREDENTIAL_LIMITED, Reason.SLOW) if r in verdict.reasons]
    health.last_word = Word.DEGRADED if shortcomings else Word.ONLINE
    health.last_error_code = shortcomings[0] if shortcomings else ""


def _schedule(
    health: ConnectionHealth,
    *,
    at: dt.datetime,
    now: dt.datetime,
    pause: dt.timedelta,
    apart: dt.timedelta,
) -> tuple[int, int]:
    """Set when the connection is due next; return the slots that ended, and those missed.

    Not before the `pause` is over, and not within `apart` of when this check was due. A check by
    hand satisfies the slots that follow it closely, of an unsettled connection too.
    """
    if health.due_at is None or health.slot_at is None:
        return 0, 0
    by_hand = health.claimed_by_hand
    due_at = at if by_hand else max(health.due_at, health.slot_at)
    closely = RECHECK_AFTER - NEAR if by_hand and not pause else dt.timedelta()
    upcoming = next_check(
        slot_at=health.slot_at,
        last_due_at=due_at,
        interval=dt.timedelta(seconds=health.interval_seconds),
        now=now,
        unsettled=health.unsettled,
        wait=max(pause, closely, due_at + apart - now if apart else dt.timedelta()),
    )
    slots = health.slots + upcoming.slots_late + upcoming.slots_waited
    missed = health.slots_missed + upcoming.slots_late
    health.due_at, health.slot_at = upcoming.due_at, upcoming.slot_at
    health.slots = health.slots_missed = 0
    return slots, missed
