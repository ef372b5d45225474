"""Error codes in words: what happened; `advice` says what to do about it.

Only codes are stored. Every sentence is ours, so none can hold a secret.
"""

from http import HTTPStatus

from egress.failures import TransportError
from healthchecks.status import Reason

_OTHER_SENTENCES = {
    "redirect": "The API answered with a redirect, which is not followed.",
    "response_rule": "The API answered, but not as its success rules expect.",
    "parameter_missing": "The test action has a parameter without a value.",
    "oauth_client_missing": "No OAuth client is set, with the credential or by the operator.",
    Reason.CREDENTIAL_MISSING.value: "Credential missing",
    Reason.CREDENTIAL_EXPIRED.value: "Credentials expired",
    Reason.CREDENTIAL_NEEDS_REAUTH.value: "Credential needs re-authentication",
    Reason.CIRCUIT_OPEN.value: "Not called: the circuit is open after repeated failures.",
    Reason.INTERNAL_ERROR.value: "Vitals itself failed. This says nothing about the connection.",
    Reason.SLOW.value: "The API answered slowly.",
    Reason.CREDENTIAL_LIMITED.value: "The credential is alive, but may not do this call.",
}
# Codes of a check that did not come to its test action.
_WITHOUT_CALL = {
    Reason.CREDENTIAL_MISSING.value,
    Reason.CREDENTIAL_EXPIRED.value,
    Reason.CREDENTIAL_NEEDS_REAUTH.value,
    Reason.CIRCUIT_OPEN.value,
    Reason.INTERNAL_ERROR.value,
}


def sentence(code: str) -> str:
    """Return what an error code means."""
    if code.startswith("http_"):
        return f"The API answered {http_status(code)}."
    if code in _OTHER_SENTENCES:
        return _OTHER_SENTENCES[code]
    return TransportError(code).sentence


def http_status(code: str) -> str:
    """Return `401 Unauthorized` for `http_401`."""
    number = int(code.removeprefix("http_"))
    try:
        return f"{number} {HTTPStatus(number).phrase}"
    except ValueError:
        return str(number)


def is_of_test_action(code: str) -> bool:
    """Whether this is an error of the test action, not of what came before it."""
    return code not in _WITHOUT_CALL
