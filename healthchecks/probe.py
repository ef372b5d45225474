"""One probe: from a job to what was seen. A remote failure never raises."""

import asyncio
import logging
from dataclasses import replace
from time import monotonic

from egress.answers import Answer, ProbeRequest
from egress.failures import TransportError
from egress.limits import read_allowance, read_retry_after
from egress.probing import Prober
from healthchecks.evaluation import Call, judge_reading, judge_silence, judge_unfilled_parameter
from healthchecks.observation import Observation
from healthchecks.preparation import Job
from healthchecks.renewing import CannotRenew, with_new_token
from integrations.catalogue import Expiry
from integrations.expiry import read_expiry
from integrations.response_rules import Reading, ResponseRules

log = logging.getLogger(__name__)


async def probe(job: Job, prober: Prober) -> Observation:
    """Make the probe: at most one call, never repeated."""
    began = monotonic()
    call, broken = None, job.broken
    try:
        ready = await with_new_token(job, job.renewal) if job.renewal else job
        if isinstance(ready, Job):
            job, call = ready, await _call(ready, prober)
        else:
            call = ready
    except asyncio.CancelledError:
        raise
    except (OurFault, CannotRenew):
        broken = True
    except Exception as error:
        # The text of an exception may hold a secret: its type must do.
        log.error("The probe of connection %s broke: %s", job.connection_id, type(error).__name__)
        broken = True
    finished = monotonic()
    return Observation(
        connection_id=job.connection_id,
        check_id=job.check_id,
        config_version=job.config_version,
        by_hand=job.by_hand,
        credential=job.credential,
        credential_expires_at=job.credential_expires_at,
        refreshable=job.refreshable,
        circuit=job.circuit,
        test_action_id=job.test_action_id,
        call=call,
        latency_ms=round((finished - began) * 1000),
        finished=finished,
        broken=broken,
    )


class OurFault(Exception):
    """The call could not be made, and neither provider nor network is to blame."""


async def _call(job: Job, prober: Prober) -> Call | None:
    if job.unfilled:
        return judge_unfilled_parameter()
    if job.request is None or job.rules is None:
        return None
    return await call(job.request, job.rules, prober, expiry=job.expiry)


async def call(
    request: ProbeRequest, rules: ResponseRules, prober: Prober, *, expiry: Expiry | None = None
) -> Call:
    """Make one call and judge its answer. Raises OurFault.

    `expiry` is where the answer may say when the credential expires.
    """
    answer = await prober.send(request)
    if not isinstance(answer, Answer):
        if answer.code is TransportError.INTERNAL:
            raise OurFault
        return judge_silence(answer.code, latency_ms=answer.latency_ms)
    reading = rules.read(status=answer.status, body=answer.body, truncated=answer.truncated)
    limited = reading is Reading.RATE_LIMITED
    judged = judge_reading(
        reading,
        status=answer.status,
        latency_ms=answer.latency_ms,
        retry_after=read_retry_after(answer.headers) if limited else None,
    )
    return judged if limited else _with_what_was_told(judged, answer, expiry)


def _with_what_was_told(call: Call, answer: Answer, expiry: Expiry | None) -> Call:
    """Add what the answer tells beside how the call ended."""
    allowance = read_allowance(answer.headers)
    expires_at = None
    if expiry is not None and call.result.passes:
        expires_at = read_expiry(expiry, answer.headers, answer.body)
    if allowance is None and expires_at is None:
        return call
    return replace(call, allowance=allowance, expires_at=expires_at)
