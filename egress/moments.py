"""Moments as answers write them: a number, an ISO 8601 date, or an HTTP date."""

from __future__ import annotations

import datetime as dt
import functools
import re
from email.utils import parsedate_to_datetime

EARLIEST = 1e9
"""Seconds since 1970: a smaller number is a length of time, not a moment."""

_IN_MILLISECONDS = 1e11
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)
# As GitHub writes them: "2030-01-31 12:00:00 UTC", "2030-01-31 12:00:00 -0400".
_SPACED_ZONE = re.compile(r" (UTC|GMT|[+-]\d{4})$", re.ASCII)
_LONGEST = 64  # characters; what is longer is no moment, and could take a parser's time


def read_number(text: str) -> float | None:
    """Return a number as it is written without sign and exponent."""
    return float(text) if _NUMBER.fullmatch(text) else None


@functools.lru_cache(maxsize=512)  # answers of one second share their Date, and often their reset
def read_moment(text: str) -> dt.datetime | None:
    """Return the moment in UTC, or None where the text is none. A date alone is its midnight."""
    if len(text) > _LONGEST:
        return None
    number = read_number(text)
    try:
        moment = _read_date(text) if number is None else _of_epoch(number)
        return moment.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _of_epoch(number: float) -> dt.datetime:
    if number < EARLIEST:
        raise ValueError
    seconds = number / 1000 if number >= _IN_MILLISECONDS else number
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _read_date(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(_SPACED_ZONE.sub(_offset, text))
    except ValueError:
        moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _offset(zone: re.Match[str]) -> str:
    return zone[1] if zone[1][0] in "+-" else "+00:00"
