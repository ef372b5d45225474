"""Figures that take long to compute, kept for a while in Redis, for all processes."""

import json
from collections.abc import Callable, Sequence
from time import monotonic, time
from typing import cast

import redis

from healthchecks.live import client

Figures = Sequence[float | None]

LARGE = 1_000  # connections of a tenant from which on its figures are kept, a minute at most
_TIMES = 100  # as long as computing took: so it takes at most a hundredth of a core
_LONGEST = 60.0  # seconds
_GRACE = 60.0  # seconds in which others still use what one is computing anew


def kept(name: str, compute: Callable[[], Figures]) -> Figures:
    """Return what `compute` returns, or returned lately. Computes where Redis is away."""
    try:
        found = _read(name)
    except redis.RedisError:
        return compute()
    if found is not None:
        return found
    began = monotonic()
    figures = compute()
    use_for = min(_LONGEST, _TIMES * (monotonic() - began))
    held = json.dumps({"until": time() + use_for, "figures": figures})
    try:
        client().set(_key(name), held, px=round(1000 * (use_for + _GRACE)))
        client().delete(_turn(name))
    except redis.RedisError:
        pass  # the next one computes
    return figures


def _read(name: str) -> Figures | None:
    """Return the figures to use; None where it is the caller's turn to compute them."""
    text = cast(str | None, client().get(_key(name)))
    if text is None:
        return None
    held = json.loads(text)
    is_fresh = held["until"] > time()
    if is_fresh or not client().set(_turn(name), "", nx=True, px=round(1000 * _GRACE)):
        return cast(Figures, held["figures"])
    return None


def _key(name: str) -> str:
    return f"vitals:figures:{name}"


def _turn(name: str) -> str:
    return f"{_key(name)}:turn"
