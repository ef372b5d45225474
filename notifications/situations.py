"""What is to be told of a connection now, given what was told before: pure rules.

Told is by level, not by event: a connection is looked at, and what differs from what people know
is told, if it may be told now. So what happened in silence is never told late, piece by piece.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from connections.status import HealthStatus
from healthchecks.status import Reason
from notifications.status import NoticeKind

LOOK_AGAIN = dt.timedelta(minutes=1)  # at what is silent for a time that nobody knows
JOIN_SOON = dt.timedelta(seconds=5)  # until it is looked again whether others fail with it
FLAPPING_SPAN = dt.timedelta(hours=1)
# One outage makes three changes (unhealthy, degraded, healthy).
FLAPPING_CHANGES = 8
SETTLED_AFTER = dt.timedelta(minutes=30)  # without a change

# It works again, and only the failures before still weigh on it: the last word is to come.
_RECOVERING = frozenset({Reason.RECENT_FAILURES.value, Reason.CIRCUIT_HALF_OPEN.value})


class AlertStage(Enum):
    """How far people know of a downtime alert."""

    NONE = auto()
    OPEN_UNTOLD = auto()
    OPEN_TOLD = auto()
    OVER_TOLD = auto()  # it was told, and its end was not


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A connection as the sweep finds it.

    `silent_until` lies ahead where it is muted, in maintenance, or where our own network is out.
    `in_incident`: an open incident speaks for it; `may_join_until`: until then one may open that
    will. `has_own_notice`: of what is wrong with it people are told otherwise (needs_reauth).
    `changes` are those within FLAPPING_SPAN.
    """

    now: dt.datetime
    is_checked: bool
    status: HealthStatus
    reasons: Sequence[str]
    told_status: HealthStatus
    alert: AlertStage
    silent_until: dt.datetime | None = None
    in_incident: bool = False
    may_join_until: dt.datetime | None = None
    has_own_notice: bool = False
    changes: int = 0
    last_change_at: dt.datetime | None = None
    flapping_since: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to tell, and what people know then. `look_at` None: when something changes.

    `alert_known`: the alert counts as told; `end_known`: its end does.
    """

    notices: Sequence[NoticeKind] = ()
    told_status: HealthStatus
    flapping_since: dt.datetime | None = None
    look_at: dt.datetime | None = None
    alert_known: bool = False
    end_known: bool = False


def decide(found: Situation) -> Decision:
    """Return what to tell people of a connection now."""
    if not found.is_checked:
        return _tell_end_alone(found, flapping_since=None)
    if found.silent_until is not None:
        return _wait(found, found.silent_until)
    if found.in_incident:
        # Its end looks at all that it spoke for.
        return _tell_end_alone(found, flapping_since=found.flapping_since)
    if found.flapping_since is not None or found.changes >= FLAPPING_CHANGES:
        return _of_flapping(found)
    if found.may_join_until is not None and _is_bad_news(found):
        return _wait(found, found.may_join_until)
    return _tell(found)


def _tell_end_alone(found: Situation, *, flapping_since: dt.datetime | None) -> Decision:
    """Whoever was paged still hears that the alert is closed."""
    over = found.alert is AlertStage.OVER_TOLD
    return Decision(
        notices=(NoticeKind.RECOVERED,) if over else (),
        told_status=found.told_status,
        flapping_since=flapping_since,
        end_known=over,
    )


def _wait(found: Situation, until: dt.datetime | None, *, end_known: bool = False) -> Decision:
    return Decision(
        told_status=found.told_status,
        flapping_since=found.flapping_since,
        look_at=until,
        end_known=end_known,
    )


def _of_flapping(found: Situation) -> Decision:
    """One notice when it begins, one when it is over; alerts come and go without a word."""
    settles_at = (found.last_change_at or found.now) + SETTLED_AFTER
    over = found.alert is AlertStage.OVER_TOLD
    if found.flapping_since is None:
        return Decision(
            notices=(NoticeKind.FLAPPING,),
            told_status=found.told_status,
            flapping_since=found.now,
            look_at=settles_at,
            end_known=over,
        )
    if found.now < settles_at:
        return _wait(found, settles_at, end_known=over)
    return Decision(
        notices=(NoticeKind.SETTLED,),
        told_status=found.status,
        alert_known=found.alert is AlertStage.OPEN_UNTOLD,
        end_known=over,
    )


def _tell(found: Situation) -> Decision:
    notices = []
    told = found.told_status
    if found.status != told and not _is_recovering(found):
        told = found.status
        if not found.has_own_notice:
            notices.append(NoticeKind.STATE_CHANGED)
    untold, over = found.alert is AlertStage.OPEN_UNTOLD, found.alert is AlertStage.OVER_TOLD
    if untold and not found.has_own_notice:
        notices.append(NoticeKind.DOWNTIME_OPENED)
    if over:
        notices.append(NoticeKind.RECOVERED)
    return Decision(notices=notices, told_status=told, alert_known=untold, end_known=over)


def _is_recovering(found: Situation) -> bool:
    """Whether it is about to be what people take it for. Where they know that it was bad, better
    is news."""
    return (
        found.told_status is HealthStatus.HEALTHY
        and bool(found.reasons)
        and (_RECOVERING.issuperset(found.reasons))
    )


def _is_bad_news(found: Situation) -> bool:
    worse = list(HealthStatus).index(found.status) > list(HealthStatus).index(found.told_status)
    return worse or found.alert is AlertStage.OPEN_UNTOLD
