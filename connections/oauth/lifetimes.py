"""When access tokens are renewed, and when a failed attempt is made again. Pure.

Times are seconds, unless they are moments.
"""

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

from integrations.oauth2 import CLIENT_CREDENTIALS

LEAST_LEAD = 60.0  # before the end of an access token
MOST_LEAD = 15 * 60.0
ASSUMED_LIFE = 3600.0  # of an access token whose end nobody tells
_SPREAD = 0.1  # of the lead: tokens of one moment are not all renewed in one
LEAST_PAUSE = 60.0  # after a success, however short the life of what came
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 30 * 60.0


def lead(lifetime: float) -> float:
    """Return how long before its end an access token is renewed: a fifth of its life, within
    limits, and never more than half."""
    wanted = min(max(lifetime / 5, LEAST_LEAD), MOST_LEAD)
    return min(wanted, lifetime / 2) * (1 + random.uniform(-_SPREAD, _SPREAD))  # noqa: S311


def first_refresh(
    auth: Mapping[str, Any],
    secret: Mapping[str, str],
    *,
    expires_at: dt.datetime | None,
    now: dt.datetime,
) -> dt.datetime | None:
    """Return when the tokens of a secret that was just entered are to be renewed; None: never.

    At once where there is no access token, or nobody told when it ends.
    """
    if auth["grantType"] != CLIENT_CREDENTIALS and "refreshToken" not in secret:
        return None
    if "accessToken" not in secret or expires_at is None:
        return now
    left = (expires_at - now).total_seconds()
    return now if left <= 0 else expires_at - dt.timedelta(seconds=lead(left))


def next_refresh(lifetime: float | None) -> float:
    """Return how long after it was given an access token is to be renewed."""
    known = lifetime or ASSUMED_LIFE
    return max(known - lead(known), LEAST_PAUSE)


def pause_after(failures: int, retry_after: float | None) -> float:
    """Return how long to wait after so many failures in a row; the provider may ask for more."""
    pause = FIRST_PAUSE * 2.0 ** min(failures - 1, 10)
    return min(max(pause, retry_after or 0), LONGEST_PAUSE)
