"""When windows come: rules in local time, when the clocks change, and rules that are refused."""

import datetime as dt
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from maintenance.recurrence import Schedule

HOUR = dt.timedelta(hours=1)
BERLIN = "Europe/Berlin"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def schedule(rrule: str = "", start: str = "2026-01-04T02:00", zone: str = BERLIN) -> Schedule:
    """One that lasts two hours; `start` is local."""
    local = dt.datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    return Schedule(starts_at=local, duration=2 * HOUR, time_zone=zone, rrule=rrule)


def refusal(wrong: Schedule) -> str:
    with pytest.raises(ValidationError) as refused:
        wrong.validate()
    ((field, texts),) = refused.value.message_dict.items()
    return f"{field}: {texts[0]}"


def test_a_window_without_a_rule_comes_once() -> None:
    once = schedule()
    assert [o.starts_at for o in once.occurrences(utc("2020-01-01"))] == [utc("2026-01-04T01:00")]
    assert once.at(utc("2026-01-04T02:59:59")) is not None
    assert once.at(utc("2026-01-04T03:00")) is None


def test_it_stays_at_its_local_time_when_the_clocks_change() -> None:
    sundays = schedule("FREQ=WEEKLY;BYDAY=SU")
    spring = [o.starts_at for o in islice(sundays.occurrences(utc("2026-03-22")), 3)]
    # On 29 March 02:00 does not come: it is 03:00 then, with the offset of before.
    assert spring == [utc("2026-03-22T01:00"), utc("2026-03-29T01:00"), utc("2026-04-05T00:00")]
    autumn = [o.starts_at for o in islice(sundays.occurrences(utc("2026-10-18")), 3)]
    # On 25 October 02:00 comes twice: it is the first of them.
    assert autumn == [utc("2026-10-18T00:00"), utc("2026-10-25T00:00"), utc("2026-11-01T01:00")]


def test_it_lasts_as_long_on_days_when_the_clocks_change() -> None:
    nights = schedule("FREQ=DAILY", start="2026-03-01T01:00")
    night = nights.at(utc("2026-03-29T00:30"))
    assert night == (utc("2026-03-29T00:00"), utc("2026-03-29T02:00"))  # 01:00 to 04:00 there


def test_the_first_occurrence_is_the_first_on_the_rule() -> None:
    monday = schedule("FREQ=WEEKLY;BYDAY=SU", start="2026-01-05T02:00")
    assert monday.at(utc("2020-01-01")) == (utc("2026-01-11T01:00"), utc("2026-01-11T03:00"))


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260111T010000Z", "2026-01-11T01:00"),
        ("20260111T005959Z", "2026-01-04T01:00"),
        ("20260111", "2026-01-11T01:00"),
    ],
)
def test_until_is_the_last_moment_of_a_start_in_utc_or_a_whole_local_day(
    until: str, last: str
) -> None:
    ends = schedule(f"FREQ=WEEKLY;UNTIL={until}")
    ends.validate()
    assert list(ends.occurrences(utc("2020-01-01")))[-1].starts_at == utc(last)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=MO",
        "FREQ=MONTHLY;BYDAY=1SU",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=DAILY;COUNT=3",
    ],
)
def test_usual_rules_are_taken(rule: str) -> None:
    schedule(rule).validate()


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=HOURLY", "FREQ cannot"),
        ("FREQ=SECONDLY;COUNT=1", "FREQ cannot"),
        ("INTERVAL=2", "Say how often"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "Write parts such as"),
        ("FREQ=DAILY\nDTSTART:20260101T000000", "FREQ cannot"),
        ("DTSTART:20260101T000000\nRRULE:FREQ=DAILY", "Write parts such as"),
        ("FREQ=DAILY;EXDATE=20260101", "Write parts such as"),
        ("FREQ=DAILY;FREQ=WEEKLY", "Write each part once"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL cannot"),
        ("FREQ=DAILY;COUNT=99999", "COUNT cannot"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;UNTIL=20269999", "no date"),
        ("FREQ=DAILY;UNTIL=20250101", "before the first"),
        ("FREQ=WEEKLY;BYDAY=1SU", "Only MONTHLY and YEARLY"),
        ("FREQ=WEEKLY;BYDAY=٣SU", "BYDAY cannot"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never occur"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never occur"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "never occur"),
    ],
)
def test_hostile_and_useless_rules_are_refused(rule: str, reason: str) -> None:
    assert reason in refusal(schedule(rule))


@pytest.mark.parametrize(("hours", "taken"), [(22, True), (22.1, False), (24, False), (168, False)])
def test_an_occurrence_is_over_well_before_the_next(hours: float, taken: bool) -> None:
    long = Schedule(
        starts_at=utc("2026-01-04"), duration=hours * HOUR, time_zone="UTC", rrule="FREQ=DAILY"
    )
    if taken:
        long.validate()
    else:
        assert refusal(long).startswith("rrule: Its occurrences overlap")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "America", "\0"])
def test_unknown_time_zones_are_refused(zone: str) -> None:
    wrong = Schedule(starts_at=utc("2026-01-04"), duration=HOUR, time_zone=zone, rrule="")
    assert refusal(wrong).startswith("time_zone: ")


@pytest.mark.parametrize("start", ["0001-01-01", "2019-12-31", "2101-01-01", "9999-12-31"])
def test_starts_far_away_are_refused(start: str) -> None:
    wrong = Schedule(starts_at=utc(start), duration=HOUR, time_zone=BERLIN, rrule="FREQ=DAILY")
    assert refusal(wrong).startswith("starts_at: ")


@settings(max_examples=40)
@given(
    days=st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1),
    weeks=st.integers(1, 4),
    minutes=st.integers(0, 1_000_000),
    zone=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_what_comes_next_lies_ahead_on_the_rule_and_nothing_lies_between(
    days: set[str], weeks: int, minutes: int, zone: str
) -> None:
    rule = f"FREQ=WEEKLY;INTERVAL={weeks};BYDAY={','.join(sorted(days))}"
    planned = schedule(rule, start="2026-01-05T05:00", zone=zone)
    moment = utc("2025-06-01") + dt.timedelta(minutes=minutes)
    found = planned.at(moment)
    assert found is not None
    assert found.ends_at > moment
    local = found.starts_at.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (5, 0)  # no clock changes then
    assert f"{local:%a}"[:2].upper() in days
    assert (local.date() - dt.date(2026, 1, 5)).days // 7 % weeks == 0
    before = takewhile(lambda o: o < found, planned.occurrences(utc("2020-01-01")))
    assert all(occurrence.ends_at <= moment for occurrence in before)
