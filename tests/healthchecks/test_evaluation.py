"""Every row of the status table, and every cause (product.md, "A probe" and "Health status")."""

from typing import Any

import pytest

from connections.status import CircuitState, CredentialState, HealthStatus
from egress.failures import TransportError
from healthchecks.evaluation import (
    Call,
    CallResult,
    Verdict,
    evaluate,
    internal_failure,
    judge_reading,
    judge_silence,
    judge_token_failure,
    judge_unfilled_parameter,
)
from healthchecks.status import FailureCause, Outcome, Reason
from integrations.response_rules import Reading

P, F = Outcome.PASSED, Outcome.FAILED
OK = Call(result=CallResult.PASSED, status_code=200, latency_ms=100)


def judged(**changes: Any) -> Verdict:
    """The verdict on a check that is healthy but for `changes`."""
    usual: dict[str, Any] = {
        "credential": CredentialState.ACTIVE,
        "call": OK,
        "circuit": CircuitState.CLOSED,
        "circuit_cause": None,
        "recent": [P, P, P, P],
        "degraded_latency_ms": 2000,
    }
    return evaluate(**(usual | changes))


def answer(status: int, reading: Reading, latency_ms: int = 100) -> Call:
    return judge_reading(reading, status=status, latency_ms=latency_ms, retry_after=None)


FAILED_CALL = answer(500, Reading.PROVIDER_TROUBLE)

STATUS_TABLE = {
    "nothing wrong": ({}, "healthy", []),
    "no test action": ({"call": None}, "healthy", []),
    "credential missing": (
        {"credential": CredentialState.MISSING, "call": None},
        "unhealthy",
        ["credential_missing"],
    ),
    "credential expired": (
        {"credential": CredentialState.EXPIRED, "call": None},
        "unhealthy",
        ["credential_expired"],
    ),
    "credential needs re-authentication": (
        {"credential": CredentialState.NEEDS_REAUTH, "call": None},
        "unhealthy",
        ["credential_needs_reauth"],
    ),
    "test action failed": ({"call": FAILED_CALL}, "unhealthy", ["test_action_failed"]),
    "circuit open": (
        {"circuit": CircuitState.OPEN, "call": None},
        "unhealthy",
        ["circuit_open"],
    ),
    "the previous three failed": ({"recent": [F, F, F, P]}, "unhealthy", ["recent_failures"]),
    "credential expiring": (
        {"credential": CredentialState.EXPIRING},
        "degraded",
        ["credential_expiring"],
    ),
    "at the threshold is not slow": (
        {"call": answer(200, Reading.SUCCESS, 2000)},
        "healthy",
        [],
    ),
    "above the threshold": ({"call": answer(200, Reading.SUCCESS, 2001)}, "degraded", ["slow"]),
    "circuit half open": (
        {"circuit": CircuitState.HALF_OPEN},
        "degraded",
        ["circuit_half_open"],
    ),
    "one of the previous three failed": (
        {"recent": [P, P, F, F]},
        "degraded",
        ["recent_failures"],
    ),
    "two of the previous three failed": (
        {"recent": [F, P, F, P]},
        "degraded",
        ["recent_failures"],
    ),
    "only the fourth before failed": ({"recent": [P, P, P, F]}, "healthy", []),
    "one check before, and it failed": ({"recent": [F]}, "degraded", ["recent_failures"]),
    "rate limited": (
        {"call": answer(429, Reading.RATE_LIMITED)},
        "degraded",
        ["rate_limited"],
    ),
    "credential limited": (
        {"call": answer(403, Reading.LIMITED)},
        "degraded",
        ["credential_limited"],
    ),
    "the worst decides, and all are told": (
        {
            "credential": CredentialState.EXPIRING,
            "call": answer(500, Reading.PROVIDER_TROUBLE, 3000),
            "circuit": CircuitState.HALF_OPEN,
            "recent": [F, F, P],
        },
        "unhealthy",
        [
            "circuit_half_open",
            "credential_expiring",
            "recent_failures",
            "slow",
            "test_action_failed",
        ],
    ),
    "a limit does not make better what failed": (
        {"call": answer(429, Reading.RATE_LIMITED), "recent": [F, F, F]},
        "unhealthy",
        ["rate_limited", "recent_failures"],
    ),
}


@pytest.mark.parametrize(("changes", "status", "reasons"), STATUS_TABLE.values(), ids=STATUS_TABLE)
def test_every_row_of_the_status_table(
    changes: dict[str, Any], status: str, reasons: list[str]
) -> None:
    verdict = judged(**changes)
    assert (verdict.status, sorted(verdict.reasons)) == (status, reasons)


def test_the_table_has_every_reason_but_our_own_failure() -> None:
    covered = {reason for _, _, reasons in STATUS_TABLE.values() for reason in reasons}
    assert covered == set(Reason) - {Reason.INTERNAL_ERROR}


ANSWERS = {
    "an answer as expected": (200, Reading.SUCCESS, CallResult.PASSED, None, None),
    "alive, but limited": (403, Reading.LIMITED, CallResult.LIMITED, None, None),
    "429": (429, Reading.RATE_LIMITED, CallResult.RATE_LIMITED, "rate_limited", "http_429"),
    "a dead token": (401, Reading.BAD_CREDENTIAL, CallResult.FAILED, "credential", "http_401"),
    "a dead token behind a 200": (
        200,
        Reading.BAD_CREDENTIAL,
        CallResult.FAILED,
        "credential",
        "response_rule",
    ),
    "403 without a rule": (403, Reading.UNEXPECTED, CallResult.FAILED, "credential", "http_403"),
    "408": (408, Reading.UNEXPECTED, CallResult.FAILED, "provider", "http_408"),
    "500": (500, Reading.PROVIDER_TROUBLE, CallResult.FAILED, "provider", "http_500"),
    "503 though no rule says so": (
        503,
        Reading.UNEXPECTED,
        CallResult.FAILED,
        "provider",
        "http_503",
    ),
    "404": (404, Reading.UNEXPECTED, CallResult.FAILED, "configuration", "http_404"),
    "a redirect": (302, Reading.UNEXPECTED, CallResult.FAILED, "configuration", "redirect"),
    "a 2xx that breaks its rule": (
        200,
        Reading.BROKEN_CONTRACT,
        CallResult.FAILED,
        "contract",
        "response_rule",
    ),
    "a rule that meets a cut body": (
        200,
        Reading.CUT_BODY,
        CallResult.FAILED,
        "contract",
        "response_too_large",
    ),
}


@pytest.mark.parametrize(
    ("status", "reading", "result", "cause", "code"), ANSWERS.values(), ids=ANSWERS
)
def test_every_answer_has_its_cause(
    status: int, reading: Reading, result: CallResult, cause: str | None, code: str | None
) -> None:
    call = answer(status, reading)
    assert (call.result, call.cause, call.error_code) == (result, cause, code)


SILENCES = {
    TransportError.TIMEOUT: "provider",
    TransportError.CONNECTION_RESET: "provider",
    TransportError.INVALID_RESPONSE: "provider",
    TransportError.RESPONSE_TOO_LARGE: "provider",
    TransportError.DNS_FAILURE: "network",
    TransportError.CONNECTION_REFUSED: "network",
    TransportError.CONNECTION_FAILED: "network",
    TransportError.TLS_EXPIRED: "network",
    TransportError.TLS_UNTRUSTED: "network",
    TransportError.TLS_HOSTNAME: "network",
    TransportError.TLS_ERROR: "network",
    TransportError.BLOCKED_ADDRESS: "configuration",
}


@pytest.mark.parametrize(("error", "cause"), SILENCES.items())
def test_every_silence_has_its_cause(error: TransportError, cause: str) -> None:
    call = judge_silence(error, latency_ms=5)
    assert (call.result, call.cause, call.error_code) == (CallResult.FAILED, cause, error.value)


def test_silences_are_complete() -> None:
    # TransportError.INTERNAL is our own fault; the probe turns it into an internal failure.
    assert set(SILENCES) == set(TransportError) - {TransportError.INTERNAL}


def test_an_unfilled_parameter_is_the_configurations_fault() -> None:
    call = judge_unfilled_parameter()
    assert (call.cause, call.error_code) == (FailureCause.CONFIGURATION, "parameter_missing")
    assert judged(call=call).outcome is Outcome.FAILED


def test_a_timeout_is_a_failure_and_not_slow() -> None:
    verdict = judged(call=judge_silence(TransportError.TIMEOUT, latency_ms=10_000))
    assert verdict.reasons == (Reason.TEST_ACTION_FAILED,)


def test_an_open_circuit_carries_the_cause_that_opened_it() -> None:
    verdict = judged(circuit=CircuitState.OPEN, circuit_cause=FailureCause.CREDENTIAL, call=None)
    assert (verdict.outcome, verdict.cause) == (Outcome.FAILED, FailureCause.CREDENTIAL)
    assert verdict.error_code == "circuit_open"


def test_a_429_says_nothing_about_the_connection() -> None:
    verdict = judged(call=answer(429, Reading.RATE_LIMITED))
    assert (verdict.outcome, verdict.cause) == (Outcome.INCONCLUSIVE, FailureCause.RATE_LIMITED)


def test_a_limited_answer_passed() -> None:
    assert judged(call=answer(403, Reading.LIMITED)).outcome is Outcome.PASSED


@pytest.mark.parametrize("current", HealthStatus)
def test_our_own_failure_repeats_the_current_status(current: HealthStatus) -> None:
    verdict = internal_failure(current)
    assert (verdict.status, verdict.outcome) == (current, Outcome.INCONCLUSIVE)
    assert (verdict.cause, verdict.reasons) == (FailureCause.INTERNAL, (Reason.INTERNAL_ERROR,))


@pytest.mark.parametrize(
    ("code", "result", "cause", "retry_after"),
    [
        ("timeout", CallResult.FAILED, FailureCause.PROVIDER, None),
        ("dns_failure", CallResult.FAILED, FailureCause.NETWORK, None),
        ("blocked_address", CallResult.FAILED, FailureCause.CONFIGURATION, None),
        ("http_503", CallResult.FAILED, FailureCause.PROVIDER, None),
        ("http_404", CallResult.FAILED, FailureCause.CONFIGURATION, None),
        ("http_429", CallResult.RATE_LIMITED, FailureCause.RATE_LIMITED, 7),
    ],
)
def test_no_access_token_is_the_token_endpoints_failure(
    code: str, result: CallResult, cause: FailureCause, retry_after: float | None
) -> None:
    assert judge_token_failure(code, retry_after=7) == Call(
        result=result, cause=cause, error_code=code, retry_after=retry_after
    )
