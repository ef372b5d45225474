"""What is wrong with a file, each with its place, all of them at once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

# The API refers to an action by its id, a file by its name.
_NAMES_IN_FILE = {
    "testActionId": "testAction",
    "healthCheckTestActionId": "healthCheckTestAction",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`place` is a path such as `integrations[0].actions[2].path`; empty: the whole file."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class FileRefused(Exception):
    """Nothing was changed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class Faults:
    """Collects them, so that one does not hide the next."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, place: str, reason: str) -> None:
        self.found.append(Fault(place=place, reason=reason))

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Note what the block refuses, and go on behind it."""
        try:
            yield
        except serializers.ValidationError as error:
            self.found += _flat(place, error.detail)


def below(place: str, name: str | int) -> str:
    """Return the place of a field, or of a list's entry."""
    if isinstance(name, int):
        return f"{place}[{name}]"
    return f"{place}.{name}" if place else name


def _flat(place: str, detail: Any) -> Iterator[Fault]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = name == "non_field_errors"
            step = _NAMES_IN_FILE.get(name) or name
            yield from _flat(place if own else below(place, step), inner)
    else:
        for reason in detail:
            yield Fault(place=place, reason=str(reason))
