"""When a maintenance window comes: once, or by a recurrence rule (RFC 5545, 3.3.10). Pure.

A rule is followed in the window's local time: a window at 02:00 stays at 02:00 when the clocks
change. A local time that the clocks skip is taken with the offset before the change, so 02:30 comes
at 03:30; one that comes twice is the first of the two (3.3.5). A window is never left out for it,
as 3.3.10 would have it: people would be called at night. Each lasts as long as ever.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile, islice, pairwise, takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrule, rrulestr
from django.core.exceptions import ValidationError

MOST_MINUTES = 7 * 24 * 60
MAX_RULE = 200  # characters
# Clocks that go forward take one hour of it; in the rest the next occurrence is looked up.
LEAST_BETWEEN = dt.timedelta(hours=2)

# The first keeps short what is counted from the start on; the other is an end for endless rules.
_FIRST_YEAR, _LAST_START, _LAST_YEAR = 2020, 2100, 2199
_LOOKED_AT = 200  # occurrences, of which each must be over before the next
# The calendar repeats every 400 years. dateutil looks for a next occurrence up to the year 9999,
# and nothing stops it: so late in time it has few years to look at.
_CYCLES = 19 * 400

_DAY = "(MO|TU|WE|TH|FR|SA|SU)"
_SHAPES = {
    "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": "[1-9][0-9]{0,2}",
    "COUNT": "[1-9][0-9]{0,3}",
    "UNTIL": "[0-9]{8}(T[0-9]{6}Z)?",
    "BYDAY": f"([+-]?([1-9]|[1-4][0-9]|5[0-3]))?{_DAY}",
    "BYMONTHDAY": "-?([1-9]|[12][0-9]|3[01])",
    "BYMONTH": "[1-9]|1[0-2]",
    "BYSETPOS": "-?([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])",
    "WKST": _DAY,
}


class Occurrence(NamedTuple):
    """One time that a window comes; the end is not part of it."""

    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a window comes. A blank `rrule`: once; else it is at hand in capitals.

    With a rule, `starts_at` is its DTSTART: the first occurrence is the first on the rule from
    then on.
    """

    starts_at: dt.datetime
    duration: dt.timedelta
    time_zone: str
    rrule: str

    def occurrences(self, since: dt.datetime) -> Iterator[Occurrence]:
        """Yield in order those that end after `since`. Takes time with those before, 1 µs each."""
        found = (Occurrence(start, start + self.duration) for start in self._starts())
        return dropwhile(lambda occurrence: occurrence.ends_at <= since, found)

    def at(self, moment: dt.datetime) -> Occurrence | None:
        """Return the one that goes on at `moment`, or comes next; None: it is over."""
        return next(self.occurrences(moment), None)

    def validate(self) -> None:
        """Raises ValidationError by field, for what no window can have or what never occurs."""
        if self.time_zone not in time_zones():
            raise ValidationError({"time_zone": "Give a name such as Europe/Berlin or UTC."})
        if not _FIRST_YEAR <= self.starts_at.year <= _LAST_START:
            text = f"Give a time in the years {_FIRST_YEAR} to {_LAST_START}."
            raise ValidationError({"starts_at": text})
        if self.rrule:
            try:
                self._validate_rule()
            except ValidationError as error:
                raise ValidationError({"rrule": error.messages}) from None

    def _validate_rule(self) -> None:
        parts = _parts(self.rrule)
        endless = {name: parts[name] for name in parts if name not in {"COUNT", "UNTIL"}}
        late = self._local_start.replace(year=self._local_start.year + _CYCLES)
        if next(iter(_rule(endless, late)), None) is None:
            raise ValidationError("No day is on this rule: it would never occur.")
        starts = list(islice(self._local_starts(), _LOOKED_AT))
        if not starts:
            raise ValidationError("UNTIL lies before the first occurrence.")
        if any(
            after - before < self.duration + LEAST_BETWEEN for before, after in pairwise(starts)
        ):
            raise ValidationError(
                "Its occurrences overlap, or less than two hours lie between them: make them"
                " shorter, or one window that is longer."
            )

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def _local_start(self) -> dt.datetime:
        return self.starts_at.astimezone(self._zone).replace(tzinfo=None, microsecond=0)

    def _starts(self) -> Iterator[dt.datetime]:
        if not self.rrule:
            return iter([self.starts_at])
        zone = self._zone  # which means the offset before a gap, and the first of two (fold=0)
        return (start.replace(tzinfo=zone).astimezone(dt.UTC) for start in self._local_starts())

    def _local_starts(self) -> Iterator[dt.datetime]:
        parts = _parts(self.rrule)
        if "UNTIL" in parts:
            parts["UNTIL"] = _local_end(parts["UNTIL"], self._zone)
        return takewhile(lambda at: at.year <= _LAST_YEAR, _rule(parts, self._local_start))


@lru_cache
def time_zones() -> set[str]:
    """Return the names of all. Looks through many files, once."""
    return available_timezones()


def _parts(text: str) -> dict[str, str]:
    """Return a rule's parts. Raises ValidationError for what is none, or is not taken."""
    pairs = [part.partition("=") for part in text.split(";")]
    parts = {name: value for name, _, value in pairs}
    for name, value in parts.items():
        if name not in _SHAPES:
            raise ValidationError(
                f"Write parts such as FREQ=WEEKLY;BYDAY=SU. There are {', '.join(_SHAPES)};"
                " the time of day is that of the start."
            )
        values = value.split(",") if name.startswith("BY") else [value]
        if not all(re.fullmatch(_SHAPES[name], each) for each in values):
            raise ValidationError(f"{name} cannot have this value.")
    if len(parts) < len(pairs):
        raise ValidationError("Write each part once.")
    if "FREQ" not in parts:
        raise ValidationError("Say how often: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
    _refuse_contradictions(parts)
    return parts


def _refuse_contradictions(parts: dict[str, str]) -> None:
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise ValidationError("Give COUNT or UNTIL, not both.")
    if re.search("[0-9]", parts.get("BYDAY", "")) and parts["FREQ"] in {"DAILY", "WEEKLY"}:
        raise ValidationError("Only MONTHLY and YEARLY rules can say which of the days in BYDAY.")
    if "UNTIL" in parts:
        try:
            _moment(parts["UNTIL"])
        except ValueError:
            raise ValidationError("UNTIL is no date of the calendar.") from None


def _moment(until: str) -> dt.datetime:
    """Raises ValueError."""
    return dt.datetime.strptime(until, "%Y%m%dT%H%M%SZ" if "T" in until else "%Y%m%d")  # noqa: DTZ007 - UTC, or a day of the window's


def _local_end(until: str, zone: ZoneInfo) -> str:
    """Return UNTIL in local time: it is a moment in UTC, or a whole local day."""
    moment = _moment(until)
    if "T" in until:
        local = moment.replace(tzinfo=dt.UTC).astimezone(zone).replace(tzinfo=None)
    else:
        local = moment.replace(hour=23, minute=59, second=59)
    return f"{local:%Y%m%dT%H%M%S}"


def _rule(parts: dict[str, str], start: dt.datetime) -> rrule:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    found = rrulestr(text, dtstart=start)
    assert isinstance(found, rrule)  # noqa: S101 - one rule, without sets
    return found
