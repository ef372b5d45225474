"""Arrivals are counted exactly, in bounded memory."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.arrivals import OTHERS, Arrivals, busiest_second
from demo.provider import SimulatedProvider
from tests.demo.client import ask


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


@pytest.mark.parametrize(
    ("times", "most"),
    [
        ([], 0),
        ([5.0], 1),
        ([0.0, 0.5, 0.999], 3),
        ([0.0, 0.5, 1.0], 2),
        ([0.0, 0.9, 1.0, 1.1, 1.8, 3.0], 4),
    ],
)
def test_the_busiest_second_is_found_wherever_it_starts(times: list[float], most: int) -> None:
    assert busiest_second(times) == most


def test_arrivals_keep_the_latest_times_and_all_counts() -> None:
    arrivals = Arrivals(latest=4)
    for moment in range(7):
        arrivals.record("odd" if moment % 2 else "even", float(moment), moment + 1000.0)
    assert arrivals.monotonic() == [3, 4, 5, 6]
    assert arrivals.monotonic("odd") == [3, 5]
    assert arrivals.wall("even") == [1004, 1006]
    assert (arrivals.total, arrivals.counts["odd"], arrivals.counts["even"]) == (7, 3, 4)
    assert arrivals.monotonic("stranger") == []


def test_accounts_beyond_the_bound_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.arrivals.MAX_ACCOUNTS", 2)
    arrivals = Arrivals()
    for account in ("a", "b", "c", "d", "a"):
        arrivals.record(account, 1.0, 1.0)
    assert arrivals.counts == {"a": 2, "b": 1, OTHERS: 2}


def test_no_arrival_is_lost_among_many_clients(provider: SimulatedProvider) -> None:
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda _: ask(provider.port, "/fine/me"), range(200)))
    times = provider.arrivals.monotonic("fine")
    assert provider.count("fine") == len(times) == len(provider.requests) == 200
    assert times == sorted(times)
    assert provider.max_per_second("fine") == busiest_second(times) > 0
