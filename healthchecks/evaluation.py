"""From what a probe saw to what it means. Pure: no database, no network, no clock."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import TextChoices

from connections.status import CircuitState, CredentialState, HealthStatus
from egress.failures import TransportError
from egress.limits import Allowance
from healthchecks.status import FailureCause, Outcome, Reason
from integrations.response_rules import Reading

RECENT = 3  # how many earlier conclusive checks bear on the status (product.md, "Health status")


class CallResult(TextChoices):
    """How the test action ended."""

    PASSED = "passed", "Passed"
    LIMITED = "limited", "Limited"  # passed, though the credential may not do this call
    FAILED = "failed", "Failed"
    RATE_LIMITED = "rate_limited", "Rate limited"

    @property
    def passes(self) -> bool:
        return self in {CallResult.PASSED, CallResult.LIMITED}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One execution of the test action, or the failed attempt to make one.

    `status_code` is None where no answer came, `latency_ms` where no call was made;
    `retry_after` is in seconds. What the answer told besides: the `allowance` that is left, and
    when the credential `expires_at`; None where it did not.
    """

    result: CallResult
    cause: FailureCause | None = None
    error_code: str | None = None
    status_code: int | None = None
    latency_ms: int | None = None
    retry_after: float | None = None
    allowance: Allowance | None = None
    expires_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check means."""

    outcome: Outcome
    status: HealthStatus
    reasons: tuple[Reason, ...]
    cause: FailureCause | None
    error_code: str | None


_CREDENTIAL_REASONS = {
    CredentialState.MISSING: Reason.CREDENTIAL_MISSING,
    CredentialState.EXPIRED: Reason.CREDENTIAL_EXPIRED,
    CredentialState.NEEDS_REAUTH: Reason.CREDENTIAL_NEEDS_REAUTH,
    CredentialState.EXPIRING: Reason.CREDENTIAL_EXPIRING,
}

_UNHEALTHY = {
    Reason.CREDENTIAL_MISSING,
    Reason.CREDENTIAL_EXPIRED,
    Reason.CREDENTIAL_NEEDS_REAUTH,
    Reason.TEST_ACTION_FAILED,
    Reason.CIRCUIT_OPEN,
}

_PASSING = {Reading.SUCCESS: CallResult.PASSED, Reading.LIMITED: CallResult.LIMITED}
_CAUSES = {
    Reading.RATE_LIMITED: FailureCause.RATE_LIMITED,
    Reading.BAD_CREDENTIAL: FailureCause.CREDENTIAL,
    Reading.PROVIDER_TROUBLE: FailureCause.PROVIDER,
    Reading.CUT_BODY: FailureCause.CONTRACT,
    Reading.BROKEN_CONTRACT: FailureCause.CONTRACT,
}

_NETWORK_ERRORS = {
    TransportError.DNS_FAILURE,
    TransportError.CONNECTION_REFUSED,
    TransportError.CONNECTION_FAILED,
    TransportError.TLS_EXPIRED,
    TransportError.TLS_UNTRUSTED,
    TransportError.TLS_HOSTNAME,
    TransportError.TLS_ERROR,
}

_NOT_ASKED = {"parameter_missing", "oauth_client_missing"}  # of a token endpoint
_CAUSES_AT_TOKEN_ENDPOINT = {
    401: FailureCause.CREDENTIAL,  # the client is refused (RFC 6749, 5.2)
    429: FailureCause.RATE_LIMITED,
}


def judge_reading(
    reading: Reading, *, status: int, latency_ms: int, retry_after: float | None
) -> Call:
    """Return what an answer, read by the action's response rules, makes of the call."""
    if reading in _PASSING:
        return Call(result=_PASSING[reading], status_code=status, latency_ms=latency_ms)
    limited = reading is Reading.RATE_LIMITED
    cause = _CAUSES.get(reading) or _cause_of_status(status)
    return Call(
        result=CallResult.RATE_LIMITED if limited else CallResult.FAILED,
        cause=cause,
        error_code=_code_of_answer(reading, status, cause),
        status_code=status,
        latency_ms=latency_ms,
        retry_after=retry_after if limited else None,
    )


def judge_silence(error: TransportError, *, latency_ms: int) -> Call:
    """Return what it means that no complete answer came."""
    if error in _NETWORK_ERRORS:
        cause = FailureCause.NETWORK
    elif error is TransportError.BLOCKED_ADDRESS:
        cause = FailureCause.CONFIGURATION
    else:
        cause = FailureCause.PROVIDER
    return Call(
        result=CallResult.FAILED, cause=cause, error_code=error.value, latency_ms=latency_ms
    )


def judge_token_failure(code: str, *, retry_after: float | None) -> Call:
    """Return what it means that no access token came: the token endpoint's fault, or the way's.

    `code` is that of a TransportError, `http_` and a status, or says what kept us from asking.
    """
    if code in _NOT_ASKED:
        return Call(result=CallResult.FAILED, cause=FailureCause.CONFIGURATION, error_code=code)
    if not code.startswith("http_"):
        return replace(judge_silence(TransportError(code), latency_ms=0), latency_ms=None)
    status = int(code.removeprefix("http_"))
    limited = status == 429
    cause = _CAUSES_AT_TOKEN_ENDPOINT.get(status) or _cause_of_status(status)
    return Call(
        result=CallResult.RATE_LIMITED if limited else CallResult.FAILED,
        cause=cause,
        error_code=code,
        retry_after=retry_after if limited else None,
    )


def judge_unfilled_parameter() -> Call:
    """Return what it means that the action could not be made into a request."""
    return Call(
        result=CallResult.FAILED,
        cause=FailureCause.CONFIGURATION,
        error_code="parameter_missing",
    )


def judge_our_fault() -> Call:
    """Return what it means that Vitals itself could not make the call: nothing."""
    return Call(
        result=CallResult.FAILED,
        cause=FailureCause.INTERNAL,
        error_code=Reason.INTERNAL_ERROR.value,
    )


def evaluate(
    *,
    credential: CredentialState,
    call: Call | None,
    circuit: CircuitState,
    circuit_cause: FailureCause | None,
    recent: Sequence[Outcome],
    degraded_latency_ms: int,
) -> Verdict:
    """Return what a check means.

    `call` is None where none was made. `circuit` is the state that the probe ran in. `recent`
    are the earlier conclusive outcomes, newest first.
    """
    reasons = _reasons(credential, call, circuit, recent, degraded_latency_ms)
    outcome, cause, code = _outcome(credential, call, circuit, circuit_cause)
    failed_recently = recent[:RECENT].count(Outcome.FAILED)
    if _UNHEALTHY & set(reasons) or failed_recently == RECENT:
        status = HealthStatus.UNHEALTHY
    else:
        status = HealthStatus.DEGRADED if reasons else HealthStatus.HEALTHY
    return Verdict(outcome=outcome, status=status, reasons=reasons, cause=cause, error_code=code)


def internal_failure(current: HealthStatus) -> Verdict:
    """Return the verdict on a check that Vitals itself could not make: it counts for nothing."""
    return Verdict(
        outcome=Outcome.INCONCLUSIVE,
        status=current,
        reasons=(Reason.INTERNAL_ERROR,),
        cause=FailureCause.INTERNAL,
        error_code=Reason.INTERNAL_ERROR.value,
    )


def _outcome(
    credential: CredentialState,
    call: Call | None,
    circuit: CircuitState,
    circuit_cause: FailureCause | None,
) -> tuple[Outcome, FailureCause | None, str | None]:
    if not credential.usable:
        code = _CREDENTIAL_REASONS[credential].value
        return Outcome.FAILED, FailureCause.CREDENTIAL, code
    if circuit is CircuitState.OPEN:
        return Outcome.FAILED, circuit_cause, Reason.CIRCUIT_OPEN.value
    if call is None or call.result.passes:
        return Outcome.PASSED, None, None
    limited = call.result is CallResult.RATE_LIMITED
    return Outcome.INCONCLUSIVE if limited else Outcome.FAILED, call.cause, call.error_code


def _reasons(
    credential: CredentialState,
    call: Call | None,
    circuit: CircuitState,
    recent: Sequence[Outcome],
    degraded_latency_ms: int,
) -> tuple[Reason, ...]:
    applies = {
        Reason.TEST_ACTION_FAILED: call is not None and call.result is CallResult.FAILED,
        Reason.CIRCUIT_OPEN: circuit is CircuitState.OPEN,
        Reason.CIRCUIT_HALF_OPEN: circuit is CircuitState.HALF_OPEN,
        Reason.RATE_LIMITED: call is not None and call.result is CallResult.RATE_LIMITED,
        Reason.CREDENTIAL_LIMITED: call is not None and call.result is CallResult.LIMITED,
        Reason.SLOW: _latency_of_answer(call) > degraded_latency_ms,
        Reason.RECENT_FAILURES: Outcome.FAILED in recent[:RECENT],
    }
    reasons = [reason for reason, holds in applies.items() if holds]
    if credential in _CREDENTIAL_REASONS:
        reasons.insert(0, _CREDENTIAL_REASONS[credential])
    return tuple(reasons)


def _code_of_answer(reading: Reading, status: int, cause: FailureCause) -> str:
    if reading is Reading.CUT_BODY:
        return TransportError.RESPONSE_TOO_LARGE.value
    if status >= 400:
        return f"http_{status}"
    # A 2xx or 3xx says nothing of the failure by itself: the rule that decided does.
    return "redirect" if cause is FailureCause.CONFIGURATION else "response_rule"


def _latency_of_answer(call: Call | None) -> int:
    """Milliseconds; 0 where nothing answered: a time-out is a failure, not a slow answer."""
    answered = call is not None and call.status_code is not None
    return (call.latency_ms or 0) if call is not None and answered else 0


def _cause_of_status(status: int) -> FailureCause:
    if status == 403:
        return FailureCause.CREDENTIAL
    if status == 408 or status >= 500:
        return FailureCause.PROVIDER
    if 300 <= status < 500:
        return FailureCause.CONFIGURATION
    return FailureCause.CONTRACT
