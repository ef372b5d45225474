"""People who wait for answers from the outside, each in a thread of the web process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

A_MOMENT = 5  # seconds, in which one of those who wait will have been answered
# Each occupies a thread of the web process, which has sixteen: the others must stay free, and one
# tenant's slow APIs must leave room for the others'.
MOST_WAITING = 10
MOST_WAITING_OF_ONE_TENANT = 4


class TooManyWait(Exception):
    """As many people wait for answers as this process can bear."""


class _Waiting:
    """How many people wait in this process, by their tenant."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._people: Counter[UUID] = Counter()

    @contextmanager
    def place(self, tenant_id: UUID) -> Iterator[bool]:
        """Take one more in while the block runs; False: there is no room."""
        has_room = self._enter(tenant_id)
        try:
            yield has_room
        finally:
            if has_room:
                self._leave(tenant_id)

    def _enter(self, tenant_id: UUID) -> bool:
        with self._lock:
            has_room = self._people.total() < MOST_WAITING
            if not has_room or self._people[tenant_id] >= MOST_WAITING_OF_ONE_TENANT:
                return False
            self._people[tenant_id] += 1
            return True

    def _leave(self, tenant_id: UUID) -> None:
        with self._lock:
            self._people[tenant_id] -= 1
            self._people += Counter()  # forgets those of whom nobody waits


waiting = _Waiting()
