"""The one next step after a check that was not all well, and who can take it."""

from collections.abc import Collection
from typing import Literal, NotRequired, TypedDict

from healthchecks.status import FailureCause, Reason
from integrations.catalogue import providers

Who = Literal["tenant", "operator", "developer", "provider", "nobody"]


class SuggestedResolution(TypedDict):
    """Who can do something about it, and what."""

    who: Who
    text: str
    url: NotRequired[str]


# What says more than the cause that comes with it, if one does: the first that applies is told.
_PLAINER: dict[Reason, SuggestedResolution] = {
    Reason.CREDENTIAL_MISSING: {
        "who": "tenant",
        "text": "The connection has no credential that can be used. Enter one.",
    },
    Reason.CREDENTIAL_EXPIRED: {
        "who": "tenant",
        "text": "The credential has expired. Enter a new one, or authorise again.",
    },
    Reason.CREDENTIAL_NEEDS_REAUTH: {
        "who": "tenant",
        "text": "The provider has ended this authorisation. Authorise again, or enter a new"
        " credential.",
    },
}
_BY_CAUSE: dict[FailureCause, SuggestedResolution] = {
    FailureCause.CREDENTIAL: {
        "who": "tenant",
        "text": "The API does not accept this credential. Enter a new one, or authorise again.",
    },
    FailureCause.RATE_LIMITED: {
        "who": "nobody",
        "text": "The API asked for fewer calls. The next check waits as long as it asked.",
    },
    FailureCause.PROVIDER: {
        "who": "provider",
        "text": "The API has trouble of its own. Look at its status page; checks go on meanwhile.",
    },
    FailureCause.NETWORK: {
        "who": "operator",
        "text": "The host could not be reached. Check the base URL, the name and the certificate.",
    },
    FailureCause.CONFIGURATION: {
        "who": "developer",
        "text": "The request is not right. Check the integration's base URL and its test action.",
    },
    FailureCause.CONTRACT: {
        "who": "developer",
        "text": "The API has changed its answers. Compare them with the action's response rules.",
    },
    FailureCause.INTERNAL: {
        "who": "operator",
        "text": "Vitals itself failed. Look for this check in the worker's log.",
    },
}
# Where nothing failed: the most urgent first. The others never come without a cause.
_WITHOUT_FAILURE: dict[Reason, SuggestedResolution] = {
    Reason.CREDENTIAL_EXPIRING: {
        "who": "tenant",
        "text": "The credential expires within an hour. Enter a new one before it does.",
    },
    Reason.CREDENTIAL_LIMITED: {
        "who": "tenant",
        "text": "The credential may not do this call. Give it the permission at the provider, or"
        " choose another test action.",
    },
    Reason.SLOW: {
        "who": "provider",
        "text": "The API answers slowly. Look at its status page; if this is usual, raise the"
        " integration's degraded latency.",
    },
    Reason.CIRCUIT_HALF_OPEN: {
        "who": "nobody",
        "text": "This call was a trial after repeated failures. The next checks tell whether it"
        " works again.",
    },
    Reason.RECENT_FAILURES: {
        "who": "nobody",
        "text": "It works again after failures. It counts as healthy once three checks in a row"
        " have passed.",
    },
}


def suggest(
    cause: str | None, reasons: Collection[str], provider: str
) -> SuggestedResolution | None:
    """Return what to do about a check with this cause and these reasons, at this provider, by its
    slug; None: nothing."""
    advice = _first(_PLAINER, reasons) or (
        _BY_CAUSE[FailureCause(cause)] if cause else _first(_WITHOUT_FAILURE, reasons)
    )
    known = providers().get(provider)
    if advice and advice["who"] == "provider" and known and known.status_page:
        return {**advice, "url": known.status_page}
    return advice


def _first(
    table: dict[Reason, SuggestedResolution], reasons: Collection[str]
) -> SuggestedResolution | None:
    return next((table[reason] for reason in table if reason in reasons), None)
