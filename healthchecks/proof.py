"""The proof that an action tests the credential: its call must fail with a wrong one.

Made in the process that is asked, one call after the other; no transaction is open meanwhile.
Nothing of it is recorded as a health check.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from time import monotonic
from typing import NamedTuple

from connections.calls import build_request
from connections.decoys import decoy
from connections.encryption import KeyUnknown, Secret
from connections.models import Connection
from connections.oauth.protocol import Refused
from connections.oauth.refreshing import Renewed, renew
from connections.status import ConnectionStatus, CredentialState
from connections.waiting import TooManyWait, waiting
from egress.answers import ProbeRequest
from egress.probing import Prober
from healthchecks import manual
from healthchecks.errors import sentence
from healthchecks.evaluation import Call, judge_our_fault
from healthchecks.negative_control import Attempt, ProofVerdict
from healthchecks.preparation import usable_secret
from healthchecks.probe import OurFault, call
from integrations.auth import scheme_of
from integrations.models import Action, IntegrationStatus
from integrations.ranking import candidates
from integrations.reach import address_policy
from integrations.response_rules import ResponseRules
from integrations.templates import VariableMissing
from tenants.row_security import for_tenant

MOST_OTHERS = 3  # actions that are tried after the one that was asked for
PATIENCE = 15.0  # seconds for all calls together: a thread of the web process waits for them

_UNUSABLE = {
    CredentialState.MISSING: "The connection has no credential. Enter it first.",
    CredentialState.EXPIRED: "The connection's credential has expired. Enter a new one first.",
    CredentialState.NEEDS_REAUTH: "The connection's credential must be authorised again first.",
}


class NotProvable(Exception):
    """There is nothing to prove, or not as things are. The text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was tried, in this order; the first is the action that was asked for.

    `cut_short`: others were left that the rate of checks by hand did not allow.
    """

    attempts: tuple[Attempt, ...]
    cut_short: bool = False

    @property
    def proven_action(self) -> Action | None:
        last = self.attempts[-1]
        return last.action if last.verdict is ProofVerdict.TESTS_CREDENTIAL else None

    @property
    def text(self) -> str:
        if len(self.attempts) == 1 and not self.cut_short:
            return self.attempts[0].text
        if proven := self.proven_action:
            return f"{proven} tests the credential. Make it the test action."
        names = ", ".join(attempt.action.name for attempt in self.attempts)
        rest = " Wait a minute, then go on with others." if self.cut_short else ""
        return f"None is proven to test the credential: {names}.{rest}"


class _Trial(NamedTuple):
    action: Action
    rules: ResponseRules
    right: ProbeRequest
    wrong: ProbeRequest


def prove(connection: Connection, action: Action, *, try_others: bool) -> Proof:
    """Call `action` with the connection's credential, then with a wrong one; and, if that proves
    nothing and `try_others`, other actions of its integration, the likeliest first.

    Each action counts as one check by hand, and so does a new access token. Raises NotProvable,
    TooManyWait, TooManyChecks.
    """
    _refuse_what_is_off(connection, action)
    until = monotonic() + PATIENCE
    with waiting.place(connection.tenant_id) as has_place:
        if not has_place:
            raise TooManyWait
        with for_tenant(connection.tenant_id):
            secret = _secret(connection)
        secret = secret or _renewed(connection, until)
        with for_tenant(connection.tenant_id):
            trials = _trials(connection, secret, action, try_others=try_others)
            manual.take_turn(connection)
        return _try(connection, trials, until)


def _refuse_what_is_off(connection: Connection, action: Action) -> None:
    """An integration that is a draft yet may be proven: that is when it is wanted most."""
    if connection.status == ConnectionStatus.DISABLED:
        raise NotProvable("The connection is disabled. Enable it first.")
    if connection.integration.status == IntegrationStatus.DISABLED:
        raise NotProvable("The integration is disabled. Enable it first.")
    if connection.integration.auth["type"] == "none":
        raise NotProvable("The integration uses no authentication: there is nothing to prove.")
    if not action.harmless:
        raise NotProvable("Only a GET, a HEAD or an action marked as read-only is called.")


def _try(connection: Connection, trials: list[_Trial], until: float) -> Proof:
    attempts: list[Attempt] = []
    for trial in trials:
        if attempts and not _may_go_on(connection):
            return Proof(attempts=tuple(attempts), cut_short=True)
        right = _call(connection, trial.right, trial.rules, until)
        passed = right.result.passes
        attempts.append(
            Attempt(
                action=trial.action,
                with_credential=right,
                with_wrong_credential=(
                    _call(connection, trial.wrong, trial.rules, until) if passed else None
                ),
            )
        )
        if attempts[-1].is_the_last:
            break
    return Proof(attempts=tuple(attempts))


def _may_go_on(connection: Connection) -> bool:
    try:
        with for_tenant(connection.tenant_id):
            manual.take_turn(connection)
    except manual.TooManyChecks:
        return False
    return True


def _call(
    connection: Connection, request: ProbeRequest, rules: ResponseRules, until: float
) -> Call:
    with for_tenant(connection.tenant_id):
        manual.spend(connection.integration_id)
    left = max(0.0, until - monotonic())
    return asyncio.run(_send(replace(request, deadline=min(request.deadline, left)), rules))


async def _send(request: ProbeRequest, rules: ResponseRules) -> Call:
    async with Prober(address_policy()) as prober:
        try:
            return await call(request, rules, prober)
        except OurFault:
            return judge_our_fault()


def _trials(
    connection: Connection, secret: Secret, action: Action, *, try_others: bool
) -> list[_Trial]:
    """Return what to try. Raises NotProvable where not even `action` can be called."""
    try:
        first = _trial(connection, secret, action)
    except VariableMissing as missing:
        raise NotProvable(
            f"The action needs {missing.name}: give the connection a variable of this name"
            " that leads to no other path."
        ) from None
    others = _others(connection, secret, action)
    return [first, *islice(others, MOST_OTHERS if try_others else 0)]


def _secret(connection: Connection) -> Secret | None:
    """Return the secret; None where it is an access token that has to be renewed first."""
    try:
        state, secret = usable_secret(connection)
    except KeyUnknown:
        raise NotProvable(
            "The stored credential cannot be read: tell whoever runs Vitals, or enter it again."
        ) from None
    if state in _UNUSABLE:
        raise NotProvable(_UNUSABLE[state])
    return secret


def _renewed(connection: Connection, until: float) -> Secret:
    """Return a new access token. No transaction is open while the provider is asked."""
    with for_tenant(connection.tenant_id):
        manual.take_turn(connection)
    outcome = renew(connection.pk, revision=connection.credential.revision, until=until)
    if isinstance(outcome, Renewed):
        return outcome.secret
    if isinstance(outcome, Refused):
        raise NotProvable(_UNUSABLE[CredentialState.NEEDS_REAUTH])
    raise NotProvable(f"There is no access token. {sentence(outcome.code)} Try again later.")


def _trial(connection: Connection, secret: Secret, action: Action) -> _Trial:
    """Raises VariableMissing."""
    integration, variables = connection.integration, connection.variables
    return _Trial(
        action=action,
        rules=action.rules,
        right=build_request(integration, action, variables, secret),
        wrong=build_request(integration, action, variables, decoy(secret)),
    )


def _others(connection: Connection, secret: Secret, asked_for: Action) -> Iterator[_Trial]:
    filled = {*connection.variables, *scheme_of(connection.integration.auth).fills}
    for candidate in candidates(connection.integration.actions.all(), variables=filled):
        if candidate.action != asked_for:
            try:
                yield _trial(connection, secret, candidate.action)
            except VariableMissing:  # a value that no header can carry
                continue
