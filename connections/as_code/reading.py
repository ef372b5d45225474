"""A file of YAML, read as if it were JSON: its types and no others, and nothing that unfolds."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from connections.as_code.faults import Fault, FileRefused, below

MOST_BYTES = 5 * 1024 * 1024  # takes a minute to read; some 20,000 connections
_MAX_DEPTH = 60  # levels, as in a body of the API
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """`on`, `1:30` and `2027-01-01` are texts, as everybody expects who never read YAML 1.1.

    What is a number here is one to YAML 1.1 too, so an export puts such texts into quotes.
    """

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012 - the declaration is PyYAML's


for _name, _pattern, _first in (
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("float", r"^-?[0-9]+\.[0-9]+(?:[eE][-+][0-9]+)?$", list("-0123456789")),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), _first)


def read_file(path: Path) -> dict[str, Any]:
    """Return what a file says. Raises FileRefused."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _refusal(f"It cannot be read: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise _refusal(f"It is larger than {MOST_BYTES // 1024**2} MiB.")
    document = _parse(content)
    if not isinstance(document, dict):
        raise _refusal("It is not an object with the fields tenant, settings and integrations.")
    return document


def _parse(content: bytes) -> Any:
    try:
        return _Reader().value(yaml.compose(content, Loader=_Loader), "", 0)
    except RecursionError:
        raise _refusal("It is nested too deeply.") from None
    except yaml.MarkedYAMLError as error:
        raise _refusal(f"It is not YAML: {error.problem or error.context}{_at(error)}.") from None
    except yaml.YAMLError:
        raise _refusal("It is not YAML in UTF-8, or has characters that YAML refuses.") from None


class _Reader:
    """Turns the nodes of one file into values."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def value(self, node: Node | None, place: str, depth: int) -> Any:
        if node is None:
            return {}
        if id(node) in self._seen:
            raise _refusal("Write it out: aliases are not taken.", place, node)
        if depth > _MAX_DEPTH:
            raise _refusal("This is nested too deeply.", place, node)
        self._seen.add(id(node))
        kind = node.tag.removeprefix(_TAG)
        if isinstance(node, MappingNode) and kind == "map":
            return self._object(node, place, depth + 1)
        if isinstance(node, SequenceNode) and kind == "seq":
            entries = enumerate(node.value)
            return [self.value(entry, below(place, n), depth + 1) for n, entry in entries]
        if isinstance(node, ScalarNode) and kind in _SCALARS:
            return _scalar(node, kind, place)
        raise _refusal(f"The tag {node.tag} is not taken.", place, node)

    def _object(self, node: MappingNode, place: str, depth: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for key, value in node.value:
            name = self.value(key, place, depth)
            if not isinstance(name, str):
                raise _refusal("A field's name is text: put it into quotes.", place, key)
            if name in fields:
                raise _refusal("This field stands here twice.", below(place, name), key)
            fields[name] = self.value(value, below(place, name), depth)
        return fields


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda text: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": float,
}


def _scalar(node: ScalarNode, kind: str, place: str) -> Any:
    try:
        value = _SCALARS[kind](node.value)
    except ValueError:  # thousands of digits
        value = math.inf
    if isinstance(value, str) and ("\0" in value or _SURROGATE.search(value)):
        raise _refusal("This has a character that cannot be stored.", place, node)
    if isinstance(value, float) and not math.isfinite(value):
        raise _refusal("This is no number, or too large a one.", place, node)
    return value


def _refusal(reason: str, place: str = "", node: Node | None = None) -> FileRefused:
    line = f" (line {node.start_mark.line + 1})" if node else ""
    return FileRefused([Fault(place=place, reason=reason + line)])


def _at(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
