"""Has what happened told at once, instead of at the next tick."""

from threading import Lock
from time import monotonic
from typing import Any

from healthchecks.changes import changed
from notifications import queueing

_APART = 1.0  # seconds between two nudges of one process; a tick comes anyway
_PAUSE = 30.0  # seconds without another try after a failure: recorders must not wait for a broker
_lock = Lock()
_not_before = 0.0


def nudge(**_: Any) -> None:
    global _not_before
    with _lock:
        if monotonic() < _not_before:
            return
        _not_before = monotonic() + _PAUSE
    if queueing.nudge():
        _not_before = monotonic() + _APART


def connect() -> None:
    changed.connect(nudge, dispatch_uid="notifications")
