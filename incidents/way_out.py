"""Whether it is our own way to the internet that fails. Pure: no database, no clock.

Providers fail one at a time. When nearly all calls fail, to hosts that have nothing in common but
the caller, it is the caller.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_HOSTS = 3  # fewer fail together by chance, or are one provider's
LEAST_CONNECTIONS = 5  # first failures in a row: by chance less than once in years
NEARLY_ALL = 0.9
NEWEST = 10  # calls that show whether it is over


@dataclass(frozen=True, kw_only=True)
class Call:
    """One connection's newest call. It `worked` if the API answered, and not with trouble of its
    own; `since` then is `at`, else when the connection began to fail."""

    at: dt.datetime
    since: dt.datetime
    host: str
    worked: bool


@dataclass(frozen=True, kw_only=True)
class Loss:
    """How many connections at how many hosts fail, the first of them `since`."""

    since: dt.datetime
    connections: int
    hosts: int


def find_loss(calls: Iterable[Call]) -> Loss | None:
    """Return the longest time up to now in which nearly everything failed; None: there is none.

    `calls` are one for each connection, in any order. Where there are fewer connections than it
    takes, all of them do, if they are at as many hosts as it takes.
    """
    newest_first = sorted(calls, key=lambda call: call.since, reverse=True)
    least = min(LEAST_CONNECTIONS, len(newest_first))
    failing, well_at, failing_at, loss = 0, set[str](), set[str](), None
    for number, call in enumerate(newest_first, 1):
        failing += not call.worked
        (well_at if call.worked else failing_at).add(call.host)
        dead = len(failing_at - well_at)
        hosts = len(failing_at | well_at)
        if failing < max(least, NEARLY_ALL * number) or dead < max(LEAST_HOSTS, NEARLY_ALL * hosts):
            continue
        if not call.worked:
            loss = Loss(since=call.since, connections=failing, hosts=dead)
    return loss


def is_back(calls: Iterable[Call]) -> bool:
    """Whether most of the newest calls worked."""
    newest = sorted(calls, key=lambda call: call.at, reverse=True)[:NEWEST]
    return 2 * sum(call.worked for call in newest) > len(newest)
