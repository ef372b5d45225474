"""A check whose access token has ended: get another, beside the event loop, and go on with it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from uuid import UUID

from django.db import connection as database

from connections.oauth.protocol import Failed, Refused
from connections.oauth.refreshing import PARAMETER_MISSING, Renewed, renew
from connections.status import CredentialState
from egress.failures import TransportError
from healthchecks.evaluation import Call, judge_token_failure, judge_unfilled_parameter
from healthchecks.preparation import Job, Renewal
from integrations.templates import VariableMissing

_THREADS = 8  # each can wait for a token endpoint that hangs
_MOST = 25.0  # seconds for all of it: less than a claim's lease has beyond the call's own deadline


class CannotRenew(Exception):
    """Vitals itself could not ask, or not in time."""


async def with_new_token(job: Job, renewal: Renewal) -> Job | Call:
    """Return the job with what its call needs, or without a call where the provider gives no more
    tokens; or what it means that none came. Raises CannotRenew."""
    loop = asyncio.get_running_loop()
    asked = loop.run_in_executor(_threads(), _renew, job.connection_id, renewal.revision)
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
    if failed.code == PARAMETER_MISSING:
        return judge_unfilled_parameter()
    return judge_token_failure(failed.code, retry_after=failed.retry_after)


def _renew(connection_id: UUID, revision: int) -> Renewed | Refused | Failed:
    try:
        return renew(connection_id, revision=revision)
    finally:
        database.close()  # this thread's own, which it rarely needs


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="renewals")
