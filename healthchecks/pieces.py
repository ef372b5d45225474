"""Which rows of the statistics make up a window. Pure."""

import datetime as dt
from dataclasses import dataclass

from healthchecks.held import DAY, HOUR, floor_day, floor_hour


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A row of the statistics, of a day or an hour, that counts in the window starting at `of`."""

    of: dt.datetime
    at: dt.datetime
    is_day: bool


def pieces_between(start: dt.datetime, end: dt.datetime) -> list[Piece]:
    """Return what statistics there are between the two: whole days, and the hours beside them."""
    hours, first_day, last_day = _ceil(start, HOUR), _ceil(start, DAY), floor_day(end)
    if first_day >= last_day:
        first_day = last_day = max(end, hours)
    days = [Piece(of=start, at=at, is_day=True) for at in _steps(first_day, last_day, DAY)]
    return days + [
        Piece(of=start, at=at, is_day=False)
        for at in (*_steps(hours, first_day, HOUR), *_steps(last_day, end, HOUR))
    ]


def _ceil(moment: dt.datetime, step: dt.timedelta) -> dt.datetime:
    floor = floor_hour if step == HOUR else floor_day
    return floor(moment + step - dt.timedelta.resolution)


def _steps(start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    return [start + n * step for n in range(-((start - end) // step))]
