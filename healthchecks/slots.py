"""When a connection is checked next. Pure: no database, no clock of its own.

Slots lie a whole number of intervals after the connection's anchor (scheduling.md).
"""

import datetime as dt
from dataclasses import dataclass

RECHECK_AFTER = dt.timedelta(seconds=60)  # product.md, "Unsettled"
NEAR = dt.timedelta(seconds=30)  # a re-check so shortly before a slot would be two calls for one
OUTCOMES_TO_SETTLE = 4


@dataclass(frozen=True, kw_only=True)
class TakenSlot:
    """The slot that a claim is for, how many slots ended up to it, and how many were missed."""

    slot_at: dt.datetime
    slots: int
    missed: int


@dataclass(frozen=True, kw_only=True)
class NextCheck:
    """The next check: `due_at`, and the slots that were passed over on the way to it.

    `slot_at` is the last slot that has ended one way or another; `slots_late` were passed because
    the check came late, `slots_waited` because the provider asked to wait.
    """

    due_at: dt.datetime
    slot_at: dt.datetime
    slots_late: int
    slots_waited: int


def is_unsettled(recent_outcomes: str) -> bool:
    """Whether the last four conclusive outcomes (P or F; missing ones passed) differ."""
    return len(set(recent_outcomes.ljust(OUTCOMES_TO_SETTLE, "P"))) > 1


def take_slot(
    *, slot_at: dt.datetime, due_at: dt.datetime, interval: dt.timedelta, now: dt.datetime
) -> TakenSlot:
    """Return what claiming a connection, due since `due_at`, means for its slots.

    `slot_at` is the last slot that was claimed. A claim less than two intervals late is for its
    own slot, and the next follows at once, so that a lost message costs no slot; later than that
    it is for the newest slot, so that an outage of ours is not caught up with.
    """
    since = due_at - slot_at
    passed = (now - slot_at) // interval
    if dt.timedelta() < since < interval:
        # A re-check. One that has met its connection's next slot serves that slot.
        steps = max(passed, 0)
        return TakenSlot(slot_at=slot_at + steps * interval, slots=steps, missed=max(steps - 1, 0))
    steps = max(since // interval, 0)  # 0: the slot was claimed before, and that claim was lost
    late = passed - steps
    skipped = late if late >= 2 else 0
    steps += skipped
    return TakenSlot(slot_at=slot_at + steps * interval, slots=steps, missed=skipped)


def next_check(
    *,
    slot_at: dt.datetime,
    last_due_at: dt.datetime,
    interval: dt.timedelta,
    now: dt.datetime,
    unsettled: bool,
    wait: dt.timedelta = dt.timedelta(),
) -> NextCheck:
    """Return when a connection that was just checked is due again.

    `slot_at` is the slot that the check was for, or the last one before a re-check. The regular
    slot may lie in the past: then the check runs at once. `wait` is how long nothing is to be
    asked; slots within are passed over.
    """
    steps = max(1, (now - slot_at) // interval)
    slots_late = steps - 1
    reached = max(steps, -((slot_at - now - wait) // interval)) if wait else steps
    slots_waited, steps = reached - steps, reached
    due_at = slot_at + steps * interval
    recheck_at = max(max(last_due_at, slot_at) + RECHECK_AFTER, now + wait)
    if unsettled and recheck_at < due_at - NEAR:
        due_at = recheck_at
    return NextCheck(
        due_at=max(now, due_at),
        slot_at=slot_at + (steps - 1) * interval,
        slots_late=slots_late,
        slots_waited=slots_waited,
    )
