"""How long a provider is left alone: after a 429, and before its limit is met. Pure."""

import datetime as dt
from dataclasses import dataclass

from egress.limits import Allowance

FIRST_WAIT = dt.timedelta(seconds=60)  # after a 429 without Retry-After; doubles
LONGEST_GUESSED_WAIT = dt.timedelta(minutes=15)
LONGEST_WAIT = dt.timedelta(hours=1)
MOST_DOUBLINGS = 10  # of the first wait: long past the longest
# Seconds: a limit that begins anew sooner is kept by the integration's own budget.
SHORTEST_WINDOW = 5


@dataclass(frozen=True, kw_only=True)
class Restraint:
    """`pause` is how long nobody is to call with this account, `apart` how far the checks of this
    connection are to be apart at the least."""

    pause: dt.timedelta = dt.timedelta()
    apart: dt.timedelta = dt.timedelta()


UNRESTRAINED = Restraint()


def wait_after_429(retry_after: float | None, streak: int) -> dt.timedelta:
    """Return how long to leave the provider alone.

    `retry_after` is in seconds, None where the answer had none; `streak` counts the 429s in a row
    before this one.
    """
    if retry_after is not None:
        return _at_most_the_longest(max(0.0, retry_after))
    doublings: int = 2 ** min(streak, MOST_DOUBLINGS)
    return min(FIRST_WAIT * doublings, LONGEST_GUESSED_WAIT)


def restrain(allowance: Allowance, *, share: float, sharers: int) -> Restraint:
    """Return what keeps checks within a share of the calls that a provider has left.

    `sharers` are the connections that use up the same allowance, this one included.
    """
    if allowance.resets_in <= SHORTEST_WINDOW:
        return UNRESTRAINED
    allowed = allowance.remaining * share
    if allowed < 1:
        return Restraint(pause=_at_most_the_longest(allowance.resets_in))
    return Restraint(apart=_at_most_the_longest(allowance.resets_in / allowed * sharers))


def _at_most_the_longest(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
