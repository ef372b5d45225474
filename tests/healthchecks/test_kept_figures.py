"""Figures that are kept for a while: computed rarely, never missing."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.conf import settings

from healthchecks import kept_figures, live
from healthchecks.kept_figures import Figures, kept


@pytest.fixture(autouse=True)
def name() -> Iterator[str]:
    yield "test"
    for key in live.client().scan_iter("vitals:figures:*"):
        live.client().delete(key)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as seconds in a list; computing takes as long as it is moved on meanwhile."""
    now = [1000.0]
    monkeypatch.setattr(kept_figures, "time", lambda: now[0])
    monkeypatch.setattr(kept_figures, "monotonic", lambda: now[0])
    return now


def computing(clock: list[float], seconds: float) -> Any:
    """Something that takes so long, and returns 0, then 1, then 2."""
    numbers = count()

    def compute() -> Figures:
        clock[0] += seconds
        return next(numbers), None

    return compute


def test_figures_are_used_a_hundred_times_as_long_as_computing_took(
    name: str, clock: list[float]
) -> None:
    compute = computing(clock, 0.2)
    assert kept(name, compute) == (0, None)
    clock[0] += 19.9
    assert kept(name, compute) == [0, None]
    clock[0] += 0.2
    assert kept(name, compute) == (1, None)
    assert kept(name, compute) == [1, None]


def test_figures_are_used_for_a_minute_at_most(name: str, clock: list[float]) -> None:
    compute = computing(clock, 5)
    kept(name, compute)
    clock[0] += 59.9
    assert kept(name, compute)[0] == 0
    clock[0] += 0.2
    assert kept(name, compute)[0] == 1


def test_while_one_computes_others_use_what_is_there(name: str, clock: list[float]) -> None:
    kept(name, computing(clock, 5))
    clock[0] += 70
    meanwhile = []

    def compute() -> Figures:
        meanwhile.append(kept(name, computing(clock, 5)))
        return (7,)

    assert kept(name, compute) == (7,)
    assert meanwhile == [[0, None]]


def test_each_name_has_its_own_figures(name: str, clock: list[float]) -> None:
    kept(name, computing(clock, 5))
    assert kept("another", lambda: (3,)) == (3,)


def test_without_redis_they_are_computed(
    name: str, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    live.client.cache_clear()
    try:
        compute = computing(clock, 5)
        assert [kept(name, compute)[0] for _ in range(2)] == [0, 1]
    finally:
        monkeypatch.undo()
        live.client.cache_clear()
