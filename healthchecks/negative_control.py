"""What a call with the right credential, and then with a wrong one, proves. Pure."""

import json
from dataclasses import dataclass

from django.db.models import TextChoices

from egress.failures import TransportError
from healthchecks.errors import http_status, sentence
from healthchecks.evaluation import Call
from healthchecks.status import FailureCause
from integrations.models import Action
from integrations.response_rules import Reading

_NOBODYS_FAULT = {FailureCause.RATE_LIMITED, FailureCause.PROVIDER, FailureCause.INTERNAL}


class ProofVerdict(TextChoices):
    """What an attempt says of an action."""

    TESTS_CREDENTIAL = "tests_credential", "Tests the credential"
    DOES_NOT_TEST = "does_not_test_credential", "Does not test the credential"
    FAILS = "fails_with_credential", "Fails with the credential"
    INCONCLUSIVE = "inconclusive", "Inconclusive"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What became of one action's calls; the second is None where the first did not pass."""

    action: Action
    with_credential: Call
    with_wrong_credential: Call | None

    @property
    def calls(self) -> tuple[Call, Call | None]:
        return self.with_credential, self.with_wrong_credential

    @property
    def verdict(self) -> ProofVerdict:
        if any(call is not None and _says_nothing(call) for call in self.calls):
            return ProofVerdict.INCONCLUSIVE
        wrong = self.with_wrong_credential
        if wrong is None:
            return ProofVerdict.FAILS
        if wrong.result.passes:
            return ProofVerdict.DOES_NOT_TEST
        return ProofVerdict.TESTS_CREDENTIAL

    @property
    def is_the_last(self) -> bool:
        """Whether another action would say no more: it is proven, the API has trouble, or the
        credential itself is dead. A 403 may be about this action alone."""
        if self.verdict is ProofVerdict.FAILS:
            call = self.with_credential
            return call.cause is FailureCause.CREDENTIAL and call.status_code != 403
        return self.verdict is not ProofVerdict.DOES_NOT_TEST

    @property
    def text(self) -> str:
        """What it says of the action and what to do, in words without any part of an answer."""
        right, wrong = self.calls
        match self.verdict:
            case ProofVerdict.TESTS_CREDENTIAL:
                advice = _missing_rule(self.action, wrong) if wrong else ""
                return f"With a wrong credential this call fails: it tests the credential.{advice}"
            case ProofVerdict.DOES_NOT_TEST:
                return (
                    "This call passes with a wrong credential too: it does not test the"
                    " credential. Choose another test action."
                )
            case ProofVerdict.FAILS:
                return f"This call fails with the connection's own credential. {_why(right)}"
            case _:
                call = wrong or right
                again = call.cause is not FailureCause.CONFIGURATION
                advice = " Try again when the API answers." if again else ""
                return f"Nothing is proven. {_why(call)}{advice}"


def _says_nothing(call: Call) -> bool:
    """Whether a call did not come to an answer that says yes or no."""
    return not call.result.passes and (
        call.status_code is None
        or call.cause in _NOBODYS_FAULT
        or call.error_code == TransportError.RESPONSE_TOO_LARGE
    )


def _why(call: Call) -> str:
    if call.cause is FailureCause.CREDENTIAL and call.status_code != 403:
        return "The API does not accept it: enter one that works, then prove again."
    return sentence(call.error_code or "response_rule")


def _missing_rule(action: Action, refusal: Call) -> str:
    """Return which rule would read the refusal of a wrong credential as what it is; nothing where
    the action's rules do already."""
    status = refusal.status_code
    if refusal.cause is FailureCause.CREDENTIAL or status is None:
        return ""
    unread = f" But its answer, {http_status(f'http_{status}')}, is not read as a bad credential:"
    if status < 300:
        return f"{unread} give badCredential a rule for its body."
    read = action.rules.rules[Reading.BAD_CREDENTIAL].statuses
    return f"{unread} set the statuses of badCredential to {json.dumps([*read, str(status)])}."
