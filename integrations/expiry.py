"""When a credential expires, as far as answers of its provider tell."""

import datetime as dt
from collections.abc import Mapping

from egress.moments import read_moment
from integrations.catalogue import Expiry
from integrations.response_rules import value_at


def read_expiry(place: Expiry, headers: Mapping[str, str], body: bytes) -> dt.datetime | None:
    """Return the moment that stands there; None where there is none."""
    told = headers.get(place.header) if place.header else value_at(place.path or "", body)
    return None if told is None else read_moment(str(told))
