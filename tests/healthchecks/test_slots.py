"""When a connection is checked next (scheduling.md)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthchecks.slots import NextCheck, is_unsettled, next_check, take_slot

SLOT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def seconds(count: float) -> dt.timedelta:
    return dt.timedelta(seconds=count)


def after(
    now: float,
    *,
    interval: float = 900,
    due: float = 0,
    unsettled: bool = False,
    wait: float | None = None,
) -> NextCheck:
    """The next check after one that was due `due`, and recorded `now`, seconds after its slot."""
    return next_check(
        slot_at=SLOT,
        last_due_at=SLOT + seconds(due),
        interval=seconds(interval),
        now=SLOT + seconds(now),
        unsettled=unsettled,
        wait=seconds(wait or 0),
    )


def test_a_settled_connection_waits_for_its_next_slot_without_drift() -> None:
    assert after(3).due_at == SLOT + seconds(900)


def test_an_unsettled_one_is_checked_again_a_minute_after_it_was_due() -> None:
    assert after(3, unsettled=True).due_at == SLOT + seconds(60)


def test_a_slot_that_comes_before_the_recheck_is_taken() -> None:
    assert after(3, interval=60, unsettled=True).due_at == SLOT + seconds(60)
    assert after(863, due=860, unsettled=True).due_at == SLOT + seconds(900)


def test_a_recheck_shortly_before_a_slot_gives_way_to_it() -> None:
    assert after(3, interval=60, due=-5, unsettled=True).due_at == SLOT + seconds(60)
    assert after(823, due=820, unsettled=True).due_at == SLOT + seconds(900)
    assert after(803, due=800, unsettled=True).due_at == SLOT + seconds(860)


def test_a_check_recorded_late_is_followed_at_once_by_the_newest_slot() -> None:
    upcoming = after(130, interval=60)
    assert upcoming.due_at == SLOT + seconds(130)
    assert upcoming.slot_at == SLOT + seconds(60)
    assert (upcoming.slots_late, upcoming.slots_waited) == (1, 0)


def test_a_limited_connection_waits_and_stays_on_its_slots() -> None:
    upcoming = after(3, interval=60, wait=100)
    assert upcoming.due_at == SLOT + seconds(120)
    assert (upcoming.slots_late, upcoming.slots_waited) == (0, 1)


def test_a_wait_that_ends_before_the_next_slot_costs_none() -> None:
    upcoming = after(3, wait=30)
    assert upcoming.due_at == SLOT + seconds(900)
    assert upcoming.slots_waited == 0


def test_a_limited_unsettled_connection_is_not_checked_before_its_wait_is_over() -> None:
    assert after(3, unsettled=True, wait=200).due_at == SLOT + seconds(203)


@given(
    interval=st.integers(60, 90_000),
    now=st.floats(0, 1e6),
    unsettled=st.booleans(),
    wait=st.none() | st.floats(0, 3600),
)
def test_the_next_check_is_never_in_the_past_and_never_past_the_next_slot(
    interval: int, now: float, unsettled: bool, wait: float | None
) -> None:
    upcoming = after(now, interval=interval, unsettled=unsettled, wait=wait)
    assert SLOT + seconds(now) <= upcoming.due_at
    assert (upcoming.slot_at - SLOT) % seconds(interval) == seconds(0)
    next_slot = upcoming.slot_at + seconds(interval)
    assert upcoming.due_at <= max(next_slot, SLOT + seconds(now))
    if wait:
        assert upcoming.due_at >= SLOT + seconds(now + wait) - seconds(0.001)


def taken(due: float, now: float, interval: float = 60) -> tuple[float, int, int]:
    slot = take_slot(
        slot_at=SLOT,
        due_at=SLOT + seconds(due),
        interval=seconds(interval),
        now=SLOT + seconds(now),
    )
    return (slot.slot_at - SLOT).total_seconds(), slot.slots, slot.missed


@pytest.mark.parametrize(
    ("what", "due", "now", "slot", "slots", "missed"),
    [
        ("its slot, on time", 60, 62, 60, 1, 0),
        ("its slot, late by less than two intervals", 60, 170, 60, 1, 0),
        ("the newest, after an outage", 60, 662, 660, 11, 10),
        ("a re-check before the slot", 45, 50, 0, 0, 0),
        ("a re-check that meets the slot", 45, 70, 60, 1, 0),
        ("a re-check after an outage", 45, 250, 240, 4, 3),
        ("the same slot again, its claim was lost", 0, 65, 0, 0, 0),
        ("the same slot again, after an outage", 0, 650, 600, 10, 10),
    ],
)
def test_a_claim_is_for(
    what: str, due: float, now: float, slot: float, slots: int, missed: int
) -> None:
    assert taken(due, now) == (slot, slots, missed), what


@pytest.mark.parametrize(
    ("outcomes", "unsettled"),
    [
        ("", False),
        ("P", False),
        ("PPPP", False),
        ("F", True),
        ("FF", True),
        ("FFF", True),
        ("FFFF", False),
        ("PFFF", True),
        ("PPPF", True),
    ],
)
def test_a_connection_is_unsettled_while_its_last_four_outcomes_differ(
    outcomes: str, unsettled: bool
) -> None:
    assert is_unsettled(outcomes) is unsettled
