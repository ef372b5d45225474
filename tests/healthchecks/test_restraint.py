"""How long a provider is left alone (product.md, "When checks run")."""

import datetime as dt

import pytest

from egress.limits import Allowance
from healthchecks.restraint import Restraint, restrain, wait_after_429


def seconds(count: float) -> dt.timedelta:
    return dt.timedelta(seconds=count)


@pytest.mark.parametrize(
    ("retry_after", "streak", "wait"),
    [
        (0, 0, 0),
        (30, 3, 30),
        (1e9, 0, 3600),
        (None, 0, 60),
        (None, 1, 120),
        (None, 3, 480),
        (None, 4, 900),
        (None, 400, 900),
    ],
)
def test_the_wait_after_a_429_is_capped(
    retry_after: float | None, streak: int, wait: float
) -> None:
    assert wait_after_429(retry_after, streak) == seconds(wait)


@pytest.mark.parametrize(
    ("what", "remaining", "resets_in", "sharers", "apart", "pause"),
    [
        ("a tenth of 5,000 an hour", 5000, 3600, 1, 7.2, 0),
        ("shared by ten", 5000, 3600, 10, 72, 0),
        ("a tenth of 60 an hour", 60, 3600, 1, 600, 0),
        ("one call is allowed still", 10, 3600, 1, 3600, 0),
        ("less than one call", 9, 1800, 1, 0, 1800),
        ("nothing at all", 0, 1800, 7, 0, 1800),
        ("nothing until tomorrow", 0, 80_000, 1, 0, 3600),
        ("little until tomorrow", 20, 80_000, 1, 3600, 0),
        ("nothing for a moment", 0, 5, 1, 0, 0),
        ("nothing until a moment ago", 0, 0, 1, 0, 0),
    ],
)
def test_checks_take_a_tenth_of_what_is_left(
    what: str, remaining: float, resets_in: float, sharers: int, apart: float, pause: float
) -> None:
    allowance = Allowance(remaining=remaining, resets_in=resets_in)
    expected = Restraint(apart=seconds(apart), pause=seconds(pause))
    assert restrain(allowance, share=0.1, sharers=sharers) == expected, what
