"""A worker process's stream of probes: one event loop, a window, a recorder.

A task hands its batch over and returns; a hanging host occupies one place of the window and
nothing else. The window is the back-pressure: while it is full tasks wait, so the queue grows and
the dispatch, which counts what is outstanding, holds back.
"""

import asyncio
import gc
import logging
import threading
from collections.abc import Sequence
from functools import cache
from time import monotonic
from uuid import UUID

import uvloop
from django.conf import settings

from egress.probing import Prober
from healthchecks.claims import Claim, start
from healthchecks.preparation import Job, prepare
from healthchecks.probe import probe
from healthchecks.recorder import Recorder, ending_the_process
from integrations.reach import address_policy

log = logging.getLogger(__name__)

_LEAST_FLUSH = 2.0  # seconds for what has been seen, even where a probe still hangs


class Window:
    """How many probes may be under way. A batch's places are taken all at once, since threads
    that each hold a part and wait for the rest would wait for ever."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._changed = threading.Condition()

    def acquire(self, places: int) -> None:
        """Wait until `places` are free, or the window is empty, and take them."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken == 0 or self._taken + places <= self._size)
            self._taken += places

    def release(self, places: int) -> None:
        with self._changed:
            self._taken -= places
            self._changed.notify_all()

    def drained(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the window to be empty; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._taken == 0, timeout)


class Stream:
    """Probes what it is handed, and records what they saw."""

    def __init__(self) -> None:
        self._window = Window(settings.PROBE_WINDOW)
        self._recorder = Recorder(on_written=self._window.release)
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="probes", daemon=True)
        self._ready = threading.Event()
        self._stopped = asyncio.Event()
        self._next_moment: dict[UUID, float] = {}  # by integration, on the loop's clock

    def open(self) -> None:
        _calm_the_collector()
        self._recorder.start()
        self._thread.start()
        self._ready.wait()

    def hand_over(self, claims: Sequence[Claim]) -> None:
        """Start these claims and probe them; return as soon as that is under way."""
        self._window.acquire(len(claims))
        jobs: Sequence[Job] = ()
        try:
            jobs = prepare(start(claims))
        finally:
            self._window.release(len(claims) - len(jobs))
        if jobs:
            self._loop.call_soon_threadsafe(self._launch, jobs)

    def drain(self, timeout: float) -> None:
        """Wait for what is under way, record it, and close. What remains is leased again."""
        until = monotonic() + timeout
        if not self._window.drained(timeout):
            log.warning("Probes are still under way; their leases will bring them back")
        self._recorder.finish(max(_LEAST_FLUSH, until - monotonic()))
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(max(1.0, until - monotonic()))

    def _run(self) -> None:
        with ending_the_process():
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        async with Prober(address_policy()) as self._prober:
            self._ready.set()
            await self._stopped.wait()
            for task in self._tasks:
                task.cancel()

    def _launch(self, jobs: Sequence[Job]) -> None:
        now = self._loop.time()
        for job in jobs:
            self._loop.call_at(now + job.wait.total_seconds(), self._send_in_turn, job)

    def _send_in_turn(self, job: Job) -> None:
        """Probe now, or a little later: timers that fire late fire together, and would exceed
        the integration's budget. A check by hand is not held back."""
        now = self._loop.time()
        moment = max(now, self._next_moment.get(job.integration_id, now))
        self._next_moment[job.integration_id] = moment + job.gap
        if moment > now and not job.by_hand:
            self._loop.call_at(moment, self._send, job)
        else:
            self._send(job)

    def _send(self, job: Job) -> None:
        task = self._loop.create_task(self._probe(job))
        self._tasks.add(task)  # the loop itself keeps no hold of a task
        task.add_done_callback(self._tasks.discard)

    async def _probe(self, job: Job) -> None:
        self._recorder.take(await probe(job, self._prober))


def _calm_the_collector() -> None:
    """Let the garbage collector look less often, and not at what was imported.

    Thousands of probes under way are thousands of young objects that it would walk again and
    again: by default it took 40 % of a worker's time. Nearly all of them die by reference count.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


_opening = threading.Lock()


@cache
def _stream() -> Stream:
    stream = Stream()
    stream.open()
    return stream


def stream() -> Stream:
    """Return this process's stream, opened when first asked for."""
    with _opening:
        return _stream()


def close(timeout: float) -> None:
    """Drain this process's stream, if it has one."""
    with _opening:
        if _stream.cache_info().currsize:
            _stream().drain(timeout)
            _stream.cache_clear()
