"""The objects that a file lists: which they are, and where in the file they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connections.as_code.faults import Faults, below


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One object of a list. `identity` is the name or slug that tells it from the others."""

    place: str
    identity: str
    fields: dict[str, Any]


@dataclass(kw_only=True)
class IntegrationEntry:
    """An integration apart from what a file has by other words than the API.

    `actions` and `connections` are None where the file has no such list, and so says nothing about
    them. `test_action` is a name, or None for none, where `has_test_action`.
    """

    place: str
    slug: str
    fields: dict[str, Any]
    actions: list[Entry] | None
    connections: list[Entry] | None
    test_action: Any = field(default=None)
    has_test_action: bool = field(default=False)

    def lists_action(self, name: Any) -> bool:
        """Return whether the file has an action of this name: it may have been refused."""
        return any(entry.identity == name for entry in self.actions or ())


def read_integrations(document: Mapping[str, Any], faults: Faults) -> list[IntegrationEntry]:
    """Return what a file says of integrations. What is out of shape is added to the faults."""
    entries = read_list(document, "integrations", "", identity="slug", faults=faults)
    return [_read_integration(entry, faults) for entry in entries or ()]


def _read_integration(entry: Entry, faults: Faults) -> IntegrationEntry:
    fields = entry.fields
    actions, connections = (
        read_list(fields, kind, entry.place, identity="name", faults=faults)
        for kind in ("actions", "connections")
    )
    read = IntegrationEntry(
        place=entry.place,
        slug=entry.identity,
        fields={k: v for k, v in fields.items() if k not in ("slug", "actions", "connections")},
        actions=actions,
        connections=connections,
    )
    if isinstance(given := fields.get("healthCheckConfig"), dict):
        config = dict(given)
        refuse_ids(config, below(entry.place, "healthCheckConfig"), "testActionId", faults)
        read.has_test_action = "testAction" in config
        read.test_action = config.pop("testAction", None)
        read.fields["healthCheckConfig"] = config
    return read


def read_list(
    fields: Mapping[str, Any], name: str, above: str, *, identity: str, faults: Faults
) -> list[Entry] | None:
    """Return the entries of a list that can be told apart; None where there is no list."""
    if name not in fields:
        return None
    place, given = below(above, name), fields[name]
    if not isinstance(given, list):
        faults.add(place, "Give a list.")
        return []
    entries: dict[str, Entry] = {}
    for number, row in enumerate(given):
        at = below(place, number)
        own = row.get(identity) if isinstance(row, dict) else None
        if not isinstance(row, dict):
            faults.add(at, "Give an object.")
        elif not isinstance(own, str) or not own:
            faults.add(below(at, identity), "Give a text: it says which one this is.")
        elif own in entries:
            faults.add(below(at, identity), f"{entries[own].place} has the same.")
        else:
            entries[own] = Entry(place=at, identity=own, fields=row)
    return list(entries.values())


def refuse_ids(fields: dict[str, Any], place: str, name: str, faults: Faults) -> None:
    """Refuse what the API calls by its id: an id means nothing in another tenant."""
    if name in fields:
        del fields[name]
        faults.add(below(place, name), f"A file names it: {name.removesuffix('Id')}.")
