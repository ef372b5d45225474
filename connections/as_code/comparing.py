"""What an import changes, by comparing what an export says before and after it."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_LISTS = ("actions", "connections")
_ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What became of one thing; `fields` has a line for each of its fields that changed."""

    sign: str  # + created, ~ changed, - deleted
    place: str
    fields: Sequence[str] = field(default=())

    def lines(self) -> Iterator[str]:
        yield f"{self.sign} {self.place}"
        for line in self.fields:
            yield f"    {line}"


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], *, resealed: Collection[str]
) -> list[Difference]:
    """Return what differs, in the order of the places. `resealed`: the places of the connections
    that were given another secret."""
    old, new = dict(_things(before)), dict(_things(after))
    differences = []
    for place in sorted(old.keys() | new.keys()):
        if place not in old:
            differences.append(Difference(sign="+", place=place))
        elif place not in new:
            differences.append(Difference(sign="-", place=place))
        else:
            fields = [*_changed(old[place], new[place])]
            if place in resealed and not any(line.startswith("credential") for line in fields):
                fields.append("credential: another secret")
            if fields:
                differences.append(Difference(sign="~", place=place, fields=fields))
    return differences


def _things(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "settings", document["settings"]
    for integration in document["integrations"]:
        place = f"integrations[{integration['slug']}]"
        yield place, {name: value for name, value in integration.items() if name not in _LISTS}
        for kind in _LISTS:
            for row in integration[kind]:
                yield f"{place}.{kind}[{row['name']}]", row


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name in [*old, *(name for name in new if name not in old)]:
        was, is_now = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if isinstance(was, dict) and isinstance(is_now, dict):
            yield from _changed(was, is_now, f"{above}{name}.")
        elif name == "credential" and was != is_now:
            yield "credential: stored" if was is None else "credential: deleted"
        elif was != is_now:
            yield f"{above}{name}: {_shown(was)} → {_shown(is_now)}"


def _shown(value: Any) -> str:
    return "(none)" if value is _ABSENT else json.dumps(value, ensure_ascii=False)
