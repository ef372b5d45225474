"""The thread that writes what a worker's probes saw: in sets, soon, and come what may."""

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic, sleep

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db import connection as database

from connections.models import ConnectionHealth
from healthchecks import live, recording, retention
from healthchecks.observation import Observation

log = logging.getLogger(__name__)

# The database is away, overloaded, or has chosen a victim: SQLSTATE 08, 53, 57 and 40. All else,
# a defect of ours included, is a row's fault until not one row can be stored.
_INFRASTRUCTURE = (OperationalError, InterfaceError)
_TRIES = 10  # of a batch of which no row can be stored
_FIRST_PAUSE = 0.2  # seconds between tries while the database is away; doubles
_LONGEST_PAUSE = 5.0


class Recorder:
    """Takes observations from the event loop and records them.

    What is handed over is written after at most RECORD_INTERVAL seconds, in transactions of at
    most RECORD_BATCH rows. `on_written` is told how many left its hands, and only then: while
    the database is away nothing is released, so the worker stands still and loses nothing.
    """

    def __init__(self, on_written: Callable[[int], None]) -> None:
        self._on_written = on_written
        self._seen: queue.SimpleQueue[Observation | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def take(self, observation: Observation) -> None:
        self._seen.put(observation)

    def finish(self, timeout: float) -> None:
        """Write what was handed over, and end; wait at most `timeout` seconds."""
        self._seen.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        with ending_the_process():
            open_ = True
            while open_:
                batch, open_ = self._collect()
                if batch:
                    self._record_persistently(batch)
                    self._on_written(len(batch))
            database.close()  # this thread's own

    def _collect(self) -> tuple[list[Observation], bool]:
        """Wait for an observation, then for those that come within RECORD_INTERVAL, unless a
        person waits."""
        first = self._seen.get()
        if first is None:
            return [], False
        batch, until = [first], monotonic() + settings.RECORD_INTERVAL
        while len(batch) < settings.RECORD_BATCH and not batch[-1].by_hand:
            left = until - monotonic()
            try:
                seen = self._seen.get(timeout=max(0.0, left))
            except queue.Empty:
                break
            if seen is None:
                return batch, False
            batch.append(seen)
        return batch, True

    def _record_persistently(self, batch: Sequence[Observation]) -> None:
        """Record a batch however long the database is away, then show it."""
        pause, tries = _FIRST_PAUSE, 0
        while True:
            tries += 1
            try:
                rows = record_around_poison(batch, hopeless=tries > _TRIES)
            except (DatabaseError, InterfaceError) as fault:
                log.warning(
                    "%d results wait for the database: %s", len(batch), type(fault).__name__
                )
                database.close()
                sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                live.publish(rows)
                return


class CannotStoreAny(DatabaseError):
    """Not one row of a batch can be stored: the fault is the database's, not a row's."""


@contextmanager
def ending_the_process() -> Iterator[None]:
    """End the whole worker if this thread ends by an error: one that has no recorder or no event
    loop any more looks alive and does nothing, and whoever supervises it starts another."""
    try:
        yield
    except BaseException as error:
        log.critical("A thread that the worker cannot do without ended", exc_info=error)
        logging.shutdown()
        os._exit(1)


def record_around_poison(
    batch: Sequence[Observation], *, hopeless: bool = False
) -> list[ConnectionHealth]:
    """Record a batch; a row of it that cannot be stored is found and recorded as internal.

    Returns the health rows as they are now. Raises a database error where the fault is not a
    row's; then the batch can be tried again. `hopeless`: it has been, and often enough.
    """
    try:
        return recording.record(batch)
    except _INFRASTRUCTURE:
        raise
    except Exception as fault:
        if retention.make_partitions():
            return recording.record(batch)  # that is what was missing
        log.error("A batch of %d cannot be stored: %s", len(batch), type(fault).__name__)
        recorded, poisoned = _bisect(batch)
        if len(poisoned) == len(batch) > 1 and not hopeless:
            raise CannotStoreAny from None
        return recorded + _record_poisoned(poisoned)


def _bisect(batch: Sequence[Observation]) -> tuple[list[ConnectionHealth], list[Observation]]:
    """Record what can be recorded of a batch that failed; return that, and what fails alone."""
    if len(batch) == 1:
        return [], list(batch)
    recorded: list[ConnectionHealth] = []
    poisoned: list[Observation] = []
    middle = len(batch) // 2
    for half in (batch[:middle], batch[middle:]):
        try:
            recorded += recording.record(half)
        except _INFRASTRUCTURE:
            raise
        except Exception:
            more, worse = _bisect(half)
            recorded += more
            poisoned += worse
    return recorded, poisoned


def _record_poisoned(poisoned: Sequence[Observation]) -> list[ConnectionHealth]:
    recorded: list[ConnectionHealth] = []
    for seen in poisoned:
        log.error("The result of connection %s cannot be stored as it is", seen.connection_id)
        bare = replace(seen, call=None, latency_ms=0, credential_expires_at=None, broken=True)
        try:
            recorded += recording.record([bare])
        except _INFRASTRUCTURE:
            raise
        except Exception as fault:
            # Its lease brings it back; after the third time it is given up.
            log.error("... nor as an internal failure: %s", type(fault).__name__)
    return recorded
