"""How likely it is that so many fail by chance, against exact sums of fractions."""

from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.significance import chance


def exact(failing: int, seen: int, rate: Fraction) -> float:
    terms = (
        comb(seen, n) * rate**n * (1 - rate) ** (seen - n) for n in range(max(failing, 0), seen + 1)
    )
    return float(sum(terms, Fraction(0)))


@pytest.mark.parametrize("seen", [1, 3, 4, 17, 60])
@pytest.mark.parametrize("rate", [Fraction(1, 50), Fraction(1, 5), Fraction(9, 10)])
def test_it_is_the_sum_of_the_upper_tail(seen: int, rate: Fraction) -> None:
    for failing in range(seen + 2):
        assert isclose(chance(failing, seen, float(rate)), exact(failing, seen, rate), rel_tol=1e-9)


def test_a_hundred_thousand_connections_are_no_more_work_than_a_hundred() -> None:
    # Mean 2,000 and standard deviation 44: half of the time, and five deviations above.
    assert chance(2_000, 100_000, 0.02) == pytest.approx(0.5, abs=0.01)
    assert chance(2_222, 100_000, 0.02) == pytest.approx(4.322553281e-7)
    assert chance(100_000, 100_000, 0.02) == 0.0  # smaller than any float


@given(st.integers(1, 5_000), st.integers(0, 5_000), st.floats(0.0, 1.0))
def test_more_failures_are_never_likelier_nor_a_higher_rate_less_so(
    seen: int, failing: int, rate: float
) -> None:
    likely = chance(failing, seen, rate)
    assert 0 <= likely <= 1
    assert chance(failing + 1, seen, rate) <= likely * (1 + 1e-9) + 1e-12
    assert chance(failing, seen, min(1.0, rate + 0.01)) >= likely * (1 - 1e-9) - 1e-12
    assert chance(failing, seen + 1, rate) >= likely * (1 - 1e-9) - 1e-12
