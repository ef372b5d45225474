"""Which notices a channel wants, and when."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from notifications.backoff import is_hopeless, wait
from notifications.rules import QuietHours, Topic, Wishes
from notifications.status import Event, NoticeKind, Severity

CRM, BILLING = UUID(int=1), UUID(int=2)
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(start=dt.time(22), end=dt.time(7), zone=BERLIN)
ALL = Wishes(events=list(Event), integration_ids=[], tags=[], minimum_severity=Severity.INFO)


def topic(kind: NoticeKind = NoticeKind.DOWNTIME_OPENED, **fields: Any) -> Topic:
    usual: dict[str, Any] = {
        "severity": Severity.CRITICAL,
        "integration_id": CRM,
        "tags": frozenset({"prod"}),
    }
    return Topic(kind=kind, **(usual | fields))


def wishes(**fields: Any) -> Wishes:
    usual = {name: getattr(ALL, name) for name in ALL.__dataclass_fields__}
    return Wishes(**(usual | fields))


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("wanted", "about", "is_told"),
    [
        (ALL, topic(), True),
        (wishes(events=["recovery"]), topic(), False),
        (wishes(events=["downtime"]), topic(NoticeKind.NEEDS_REAUTH), True),
        (wishes(events=["recovery"]), topic(NoticeKind.INCIDENT_RESOLVED), True),
        (wishes(integration_ids=[BILLING]), topic(), False),
        (wishes(integration_ids=[BILLING, CRM]), topic(), True),
        (wishes(tags=["test"]), topic(), False),
        (wishes(tags=["test", "prod"]), topic(), True),
        (wishes(minimum_severity=Severity.CRITICAL), topic(severity=Severity.WARNING), False),
        (wishes(minimum_severity=Severity.WARNING), topic(severity=Severity.WARNING), True),
        (ALL, topic(NoticeKind.CHANNEL_DISABLED), False),
    ],
)
def test_a_channel_gets_what_fits_all_its_rules(
    wanted: Wishes, about: Topic, is_told: bool
) -> None:
    assert wanted.include(about) is is_told


@pytest.mark.parametrize(
    ("now", "over"),
    [
        ("2026-11-22T20:59", None),  # 21:59 in Berlin
        ("2026-11-22T21:00", "2026-11-23T06:00"),
        ("2026-11-23T05:59", "2026-11-23T06:00"),
        ("2026-11-23T06:00", None),
        # The night on which the clocks go back, and the one on which they go forward.
        ("2026-10-25T03:00", "2026-10-25T06:00"),
        ("2026-03-29T03:00", "2026-03-29T05:00"),
    ],
)
def test_quiet_hours_go_by_the_clocks_of_their_zone(now: str, over: str | None) -> None:
    assert NIGHT.over_at(utc(now)) == (utc(over) if over else None)


def test_an_end_that_the_clocks_leave_out_comes_after_the_gap() -> None:
    quiet = QuietHours(start=dt.time(1), end=dt.time(2, 30), zone=BERLIN)
    over = quiet.over_at(utc("2026-03-29T00:10"))
    assert over == utc("2026-03-29T01:30")


def test_quiet_hours_within_a_day_end_on_it() -> None:
    lunch = QuietHours(start=dt.time(12), end=dt.time(13), zone=BERLIN)
    assert lunch.over_at(utc("2026-11-22T11:30")) == utc("2026-11-22T12:00")
    assert lunch.over_at(utc("2026-11-22T12:00")) is None


def test_waits_grow_to_an_hour_spread_by_a_quarter_and_heed_what_was_asked() -> None:
    middle = [wait(failures, 0.5).total_seconds() for failures in range(1, 10)]
    assert middle == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert wait(1, 0).total_seconds() == 22.5
    assert wait(1, 1).total_seconds() == 37.5
    assert wait(1, 0.5, dt.timedelta(minutes=10)) == dt.timedelta(minutes=10)
    assert wait(1, 0.5, dt.timedelta(days=9)) == dt.timedelta(hours=1)
    assert wait(10_000, 1) == dt.timedelta(minutes=75)


def test_a_channel_is_hopeless_after_a_day_of_failures_and_three_of_them() -> None:
    now = utc("2026-11-22T12:00")
    day = dt.timedelta(days=1)
    assert is_hopeless(now - day, 3, now)
    assert not is_hopeless(now - day, 2, now)
    assert not is_hopeless(now - day + dt.timedelta(seconds=1), 99, now)
