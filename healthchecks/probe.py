"""One probe: from a job to what was seen. A remote failure never raises."""

import asyncio
import datetime as dt
import logging
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import monotonic

from egress.answers import Answer, ProbeRequest
from egress.failures import TransportError
from egress.probing import Prober
from healthchecks.evaluation import Call, judge_reading, judge_silence, judge_unfilled_parameter
from healthchecks.observation import Observation
from healthchecks.preparation import Job
from healthchecks.renewing import CannotRenew, with_new_token
from integrations.response_rules import ResponseRules

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
    return await call(job.request, job.rules, prober)


async def call(request: ProbeRequest, rules: ResponseRules, prober: Prober) -> Call:
    """Make one call and judge its answer. Raises OurFault."""
    answer = await prober.send(request)
    if not isinstance(answer, Answer):
        if answer.code is TransportError.INTERNAL:
            raise OurFault
        return judge_silence(answer.code, latency_ms=answer.latency_ms)
    reading = rules.read(status=answer.status, body=answer.body, truncated=answer.truncated)
    return judge_reading(
        reading,
        status=answer.status,
        latency_ms=answer.latency_ms,
        retry_after=retry_after(answer.headers),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After asks to wait (RFC 9110, 10.2.3), or None.

    A date is read against the answer's own Date, where it has one: clocks differ.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal() and value.isascii():
        return float(value[:10])
    until = _moment(value)
    if until is None:
        return None
    now = _moment(headers.get("Date", "")) or dt.datetime.now(dt.UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
