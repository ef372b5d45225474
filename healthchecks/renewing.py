"""A check whose access token has ended: get another, beside the event loop, and go on with it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from time import monotonic
from uuid import UUID

from django.db import connection as database

from connections.oauth.asking import DEADLINE
from connections.oauth.protocol import Failed, Refused
from connections.oauth.refreshing import Renewed, renew
from connections.status import CredentialState
from egress.failures import TransportError
from healthchecks.evaluation import Call, judge_token_failure, judge_unfilled_parameter
from healthchecks.preparation import Job, Renewal
from integrations.templates import VariableMissing

_AT_ONCE = 8  # at one host: it may hang, and delays no other's
_SILENT = 60.0  # seconds for which a host that did not answer counts as one that hangs
_MOST = 25.0  # seconds for all of it: less than a claim's lease has beyond the call's own deadline
_STORING = 2.0  # of them, for what comes after the token endpoint's answer


class CannotRenew(Exception):
    """Vitals itself could not ask, or not in time."""


async def with_new_token(job: Job, renewal: Renewal) -> Job | Call:
    """Return the job with what its call needs, or without a call where the provider gives no more
    tokens; or what it means that none came. Raises CannotRenew.

    Whoever finds no place in time, where the others' calls are not answered, met a host that hangs.
    """
    loop = asyncio.get_running_loop()
    until = monotonic() + _MOST - _STORING
    asked = loop.run_in_executor(_threads(renewal.host), _renew, job.connection_id, renewal, until)
    try:
        outcome = await asyncio.wait_for(asked, _MOST)
    except TimeoutError:
        raise CannotRenew from None
    match outcome:
        case Renewed():
            try:
                request = renewal.build(outcome.secret)
            except VariableMissing:
                return judge_unfilled_parameter()
            return replace(job, request=request, credential_expires_at=outcome.expires_at)
        case Refused():
            return replace(job, credential=CredentialState.NEEDS_REAUTH)
        case Failed():
            return _judge(outcome)


def _judge(failed: Failed) -> Call:
    if failed.code == TransportError.INTERNAL:
        raise CannotRenew
    return judge_token_failure(failed.code, retry_after=failed.retry_after)


_silent_since: dict[str, float] = {}  # hosts that did not answer in time, and when that was


def _renew(connection_id: UUID, renewal: Renewal, until: float) -> Renewed | Refused | Failed:
    if monotonic() > until - DEADLINE:
        if monotonic() - _silent_since.get(renewal.host, -_SILENT) < _SILENT:
            return Failed(code=TransportError.TIMEOUT)
        raise CannotRenew
    try:
        outcome = renew(connection_id, revision=renewal.revision, until=until)
    finally:
        database.close()  # this thread's own, which it rarely needs
    if isinstance(outcome, Failed) and outcome.code == TransportError.TIMEOUT:
        _silent_since[renewal.host] = monotonic()
    else:
        _silent_since.pop(renewal.host, None)
    return outcome


@lru_cache(maxsize=100)  # threads that are forgotten here finish what they were given, and end
def _threads(host: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"renewals at {host}")
