"""Lengths of time in words."""

import datetime as dt

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def in_words(length: dt.timedelta) -> str:
    """Return `7 minutes`: in the largest unit of which there are two at least, whole ones."""
    seconds = max(0, round(length.total_seconds()))
    unit, size = next(((u, s) for u, s in _UNITS if seconds >= 2 * s), _UNITS[-1])
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"
