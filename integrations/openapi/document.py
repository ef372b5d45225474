"""An OpenAPI document, and the references within it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from api.documents import Place, Unreadable, pointer, walk

_VERSION = re.compile(r"3\.[01](?:\.\d+)?(?:-\S+)?")
_MAX_HOPS = 5  # of references to references
_MAX_REFERENCE = 1_000  # characters
_MAX_TEXT = 5_000
MAX_LENGTH = 101  # of a list, one more than an action has parameters
_LITERALS = {"example", "examples", "default", "const", "enum"}


class ImportRefused(Exception):
    """A document cannot be imported. `field` is that of the request; the text says what to do."""

    def __init__(self, text: str, *, field: str = "document") -> None:
        super().__init__(text)
        self.field = field
        self.text = text


class LeftOut(Exception):
    """A part of the document cannot be represented. The text says why."""


@dataclass(frozen=True)
class Document:
    """An OpenAPI document of version 3.0 or 3.1. Its parts may be of any type still."""

    root: Mapping[str, Any]

    @classmethod
    def check(cls, value: Any) -> "Document":
        """Return what was uploaded as a document. Raises ImportRefused."""
        if not isinstance(value, dict):
            raise ImportRefused("It is not an OpenAPI document: that is an object.")
        if "swagger" in value:
            raise ImportRefused(
                "/swagger: It is of version 2. Convert it to OpenAPI 3 first, as converters do."
            )
        if not _VERSION.fullmatch(as_scalar(value.get("openapi")) or ""):
            raise ImportRefused("/openapi: Say which version it is of: 3.0 or 3.1, as in 3.1.0.")
        try:
            for place, part in walk(value):
                _refuse_foreign(place, part)
        except Unreadable as error:
            raise ImportRefused(str(error)) from None
        return cls(value)

    def part(self, *names: str) -> dict[str, Any]:
        """Return an object below the root; where there is none, an empty one."""
        found: Any = self.root
        for name in names:
            found = as_object(found).get(name)
        return as_object(found)

    def resolved(self, value: Any) -> dict[str, Any]:
        """Return the object that `value` is, or refers to. Raises LeftOut."""
        for _ in range(_MAX_HOPS):
            found = as_object(value)
            reference = found.get("$ref")
            if not isinstance(reference, str):
                return found
            value = self._at(reference)
        raise LeftOut(f"the reference {found['$ref'][:200]} leads around in a circle")

    def _at(self, reference: str) -> Any:
        found: Any = self.root
        if len(reference) > _MAX_REFERENCE:
            raise LeftOut(f"the reference {reference[:200]}… is too long")
        for name in reference.removeprefix("#").split("/")[1:]:
            try:
                found = _below(found, unquote(name).replace("~1", "/").replace("~0", "~"))
            except (LookupError, TypeError, ValueError):
                raise LeftOut(f"the reference {reference[:200]} leads nowhere") from None
        return found


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return the beginning of a list: many operations can refer to the same long one."""
    return value[:MAX_LENGTH] if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Return the beginning of a text, on one line; of what is no text, an empty one."""
    return " ".join(value[:_MAX_TEXT].split()) if isinstance(value, str) else ""


def as_scalar(value: Any) -> str | None:
    """Return a text, number or truth value as text. Never a list: aliases make one endless."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None


def _below(value: Any, name: str) -> Any:
    return value[int(name)] if isinstance(value, list) else value[name]


def _refuse_foreign(place: Place, value: Any) -> None:
    """Refuse a reference into a file or another host. One in an example refers to nothing."""
    if not isinstance(value, str) or value.startswith("#") or not place or place[1] != "$ref":
        return
    if not any(name in _LITERALS for name in _names(place)):
        raise ImportRefused(
            f"{pointer(place)}: It refers to {value[:200]}, outside of this document: put all of it"
            " into one (bundle it)."
        )


def _names(place: Place) -> Iterator[str | int]:
    while place is not None:
        place, name = place
        yield name
