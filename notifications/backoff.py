"""How long a channel waits after failures, and when it is given up: pure rules."""

import datetime as dt

_FIRST = dt.timedelta(seconds=30)
_LONGEST = dt.timedelta(hours=1)
_SPREAD = 0.25  # so that channels which failed together do not come back together
GIVE_UP_AFTER = dt.timedelta(days=1)  # a delivery that still fails then has failed
DISABLE_AFTER = dt.timedelta(days=1)  # of nothing but permanent failures
DISABLE_AFTER_FAILURES = 3


def wait(failures: int, chance: float, asked: dt.timedelta | None = None) -> dt.timedelta:
    """Return how long to wait after so many failures in a row: 30 s, doubled up to an hour, give
    or take a quarter by `chance`, from 0 to 1; or as long as the receiver `asked`, if longer."""
    doubled = min(_FIRST * (1 << min(failures - 1, 20)), _LONGEST)
    spread = doubled * (1 - _SPREAD + 2 * _SPREAD * chance)
    return max(spread, min(asked or dt.timedelta(), _LONGEST))


def is_hopeless(failing_since: dt.datetime, failures: int, now: dt.datetime) -> bool:
    """Whether a channel whose last failure was permanent is to be disabled."""
    return failures >= DISABLE_AFTER_FAILURES and now - failing_since >= DISABLE_AFTER
