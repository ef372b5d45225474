"""Identifiers that sort by the time at which they were made (UUID version 7, RFC 9562)."""

import datetime as dt
import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

_TIME_SHIFT = 80  # the upper 48 of the 128 bits count milliseconds since 1970


def new_id() -> UUID:
    """Return a new UUIDv7 of this moment."""
    return uuid7()


def lowest_id(moment: dt.datetime) -> UUID:
    """Return the smallest id that could be made at `moment`: ids below it are older."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << _TIME_SHIFT) | (7 << 76) | (2 << 62))


def id_at(moment: dt.datetime) -> UUID:
    """Return a new id as if it were made at `moment`, for what is written after the event."""
    return UUID(int=lowest_id(moment).int | secrets.randbits(62))


def time_of(identifier: UUID) -> dt.datetime:
    """Return the moment, to the millisecond, at which `identifier` was made."""
    return dt.datetime.fromtimestamp((identifier.int >> _TIME_SHIFT) / 1000, tz=dt.UTC)
