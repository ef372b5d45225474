"""Whether so many failures at about the same time are too many to be chance. Pure.

By chance, each of `seen` connections fails on its own with the same probability. Then the number
that fails follows a binomial distribution, and the question is how likely it would be to see as
many as these or more.
"""

from math import exp, lgamma, log, log1p


def chance(failing: int, seen: int, rate: float) -> float:
    """Return how likely `failing` or more of `seen` fail by chance, each at this rate (0 to 1).

    Exact but for rounding: the upper tail of the binomial distribution, summed from its largest
    term on, so that it takes some hundred terms whatever the numbers are.
    """
    if failing <= 0 or rate >= 1:
        return 1.0
    if failing > seen or rate <= 0:
        return 0.0
    if failing <= seen * rate:  # the other tail is the shorter way
        return max(0.0, 1.0 - _tail(seen - failing + 1, seen, 1 - rate))
    return min(1.0, _tail(failing, seen, rate))


def _tail(least: int, seen: int, rate: float) -> float:
    """Sum the probabilities of `least` and more, beyond the mean, where they only fall."""
    if least > seen:
        return 0.0
    odds = rate / (1 - rate)
    term = exp(_log_probability(least, seen, rate))
    total = 0.0
    for successes in range(least, seen + 1):
        total += term
        term *= odds * (seen - successes) / (successes + 1)
        if term < total * 1e-17:
            break
    return total


def _log_probability(successes: int, seen: int, rate: float) -> float:
    ways = lgamma(seen + 1) - lgamma(successes + 1) - lgamma(seen - successes + 1)
    failures = seen - successes
    return ways + successes * log(rate) + (failures * log1p(-rate) if failures else 0.0)
