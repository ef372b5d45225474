"""Documents that strangers upload, in JSON or YAML: read to JSON's types, whatever they try.

JSON and YAML's events are read by C code. What can unfold (aliases) is shared, never copied;
`walk` counts it as often as it stands there.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import yaml

MAX_DEPTH = 100  # levels; OpenAPI documents in use have below 50
MAX_NODES = 500_000  # values, counted as often as aliases repeat them

# From the root: the place above, and the name of the field or the number of the entry.
Place: TypeAlias = "tuple[Place, str | int] | None"

_TOO_MANY = f"It has more than {MAX_NODES:,} values."
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"
_PLAIN: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"null|Null|NULL|~|"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"-?(?:0|[1-9][0-9]*)"), lambda text: _whole(text)),
    (re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?"), float),
)
_TWICE = object()


class Unreadable(Exception):
    """The text says what is wrong. `place` None: at the root, or only a line is known."""

    def __init__(self, reason: str, place: Place = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place

    def __str__(self) -> str:
        return f"{pointer(self.place)}: {self.reason}" if self.place else self.reason


def pointer(place: Place) -> str:
    """Return a place as a JSON pointer (RFC 6901), shortened where it is very long."""
    names: list[str] = []
    while place is not None:
        place, name = place
        names.append(str(name).replace("~", "~0").replace("/", "~1"))
    text = "".join(f"/{name}" for name in reversed(names))
    return text if len(text) <= 300 else f"{text[:300]}…"


def read_document(content: bytes) -> Any:
    """Return what a document says: JSON where it begins with a brace, else YAML.

    Raises Unreadable.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("It is not UTF-8.") from None
    return _from_json(text) if text.lstrip()[:1] == "{" else _from_yaml(text)


def walk(document: Any) -> Iterator[tuple[Place, Any]]:
    """Yield each value with its place. Raises Unreadable over what could do harm."""
    waiting: list[tuple[Place, int, Any]] = [(None, 0, document)]
    seen = 0
    while waiting:
        place, depth, value = waiting.pop()
        seen += 1
        if seen + len(waiting) > MAX_NODES:
            raise Unreadable(_TOO_MANY)
        if depth > MAX_DEPTH:
            raise Unreadable("It is nested too deeply.", place)
        if isinstance(value, dict):
            for name in value:
                _refuse_unstorable(name, place)
            waiting += [((place, name), depth + 1, below) for name, below in value.items()]
        elif isinstance(value, list):
            waiting += [((place, n), depth + 1, below) for n, below in enumerate(value)]
        else:
            _refuse_scalar(value, place)
        yield place, value


def _refuse_scalar(value: Any, place: Place) -> None:
    if isinstance(value, str):
        _refuse_unstorable(value, place)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("This is no number, or too large a one.", place)
    elif value is _TWICE:
        raise Unreadable("This field stands here twice.", place)


def _refuse_unstorable(text: str, place: Place) -> None:
    if not text.isascii() and _SURROGATE.search(text):
        raise Unreadable("This has half of a surrogate pair.", place)
    if "\0" in text:
        raise Unreadable("This has a null character.", place)


def _from_json(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_int=_whole, parse_constant=lambda name: math.nan
        )
    except RecursionError:
        raise Unreadable("It is nested too deeply.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"It is not JSON: look at {place}.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; `walk` finds the place of a field that stands there twice."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                fields[name] = _TWICE
            seen.add(name)
    return fields


def _whole(text: str) -> int | float:
    return int(text) if len(text) < 400 else math.inf  # a float has 308 digits at most


def _from_yaml(text: str) -> Any:
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise Unreadable(f"It is not YAML: {error.problem or error.context}{line}.") from None
    except yaml.YAMLError:
        raise Unreadable("It has characters that YAML refuses.") from None
    return builder.document


class _Open:
    """An object or list whose end has not come yet; `name` is the field that waits for a value."""

    def __init__(self, value: dict[str, Any] | list[Any], place: Place, anchor: str | None) -> None:
        self.value = value
        self.place = place
        self.anchor = anchor
        self.name: str | None = None

    @property
    def below(self) -> Place:
        """The place of the value that comes next."""
        if isinstance(self.value, list):
            return (self.place, len(self.value))
        return self.place if self.name is None else (self.place, self.name)


class _Builder:
    """Makes values of YAML's events, without recursion. The name of a field is its text as it
    stands there: `200` and `on` are names."""

    def __init__(self) -> None:
        self.document: Any = None
        self._open: list[_Open] = []
        self._anchors: dict[str, Any] = {}
        self._documents = 0
        self._values = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._take_scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                ended = self._open.pop()
                self._add(ended.value, ended.anchor)
            case yaml.AliasEvent():
                self._take_alias(event)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise Unreadable("It has a second document behind ---.")

    @property
    def _place(self) -> Place:
        return self._open[-1].below if self._open else None

    @property
    def _wants_name(self) -> bool:
        return bool(self._open) and self._open[-1].name is None and self._in_object

    @property
    def _in_object(self) -> bool:
        return isinstance(self._open[-1].value, dict)

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        is_object = isinstance(event, yaml.MappingStartEvent)
        if self._wants_name:
            raise self._refusal("The name of a field is a text", event)
        self._refuse_tag(event.tag, "map" if is_object else "seq", event)
        if len(self._open) > MAX_DEPTH:
            raise self._refusal("It is nested too deeply", event)
        self._open.append(_Open({} if is_object else [], self._place, event.anchor))

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        if self._wants_name:
            self._take_name(event)
            return
        self._refuse_tag(event.tag, "str", event)
        is_text = not event.implicit[0]  # in quotes, or tagged
        self._add(event.value if is_text else _plain(event.value), event.anchor)

    def _take_name(self, event: yaml.ScalarEvent) -> None:
        around, name = self._open[-1], event.value
        if name == "<<" and event.implicit[0]:
            raise self._refusal("Write it out: merge keys (<<) are not taken", event)
        if name in around.value:
            around.name = name
            raise self._refusal("This field stands here twice", event)
        around.name = name

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        if self._wants_name or event.anchor not in self._anchors:
            raise self._refusal(f"*{event.anchor} stands for nothing here", event)
        self._add(self._anchors[event.anchor], None)

    def _refuse_tag(self, tag: str | None, usual: str, event: yaml.Event) -> None:
        if tag is not None and tag not in {"!", _TAG + usual}:
            raise self._refusal(f"The tag {tag[:100]} is not taken", event)

    def _add(self, value: Any, anchor: str | None) -> None:
        self._values += 1
        if self._values > MAX_NODES:
            raise Unreadable(_TOO_MANY)
        if anchor is not None:
            self._anchors[anchor] = value
        if not self._open:
            self.document = value
            return
        around = self._open[-1]
        if isinstance(around.value, list):
            around.value.append(value)
        elif around.name is not None:
            around.value[around.name] = value
            around.name = None

    def _refusal(self, reason: str, event: yaml.Event) -> Unreadable:
        line = f" (line {event.start_mark.line + 1})" if event.start_mark else ""
        return Unreadable(f"{reason}{line}.", self._place)


def _plain(text: str) -> Any:
    """Return what a text without quotes stands for: YAML 1.2's core schema, without hexadecimal
    and octal numbers; dates and `on` are texts."""
    if len(text) <= 5 or text[0] in "-0123456789":
        for pattern, read in _PLAIN:
            if pattern.fullmatch(text):
                return read(text)
    return text
