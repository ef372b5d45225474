"""The kinds of channels, found in the modules of this package."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from notifications.channels.base import Channel


@cache
def kinds() -> dict[str, type[Channel]]:
    """Return the kinds by their word, in the order of their names."""
    found = [
        member
        for module in iter_modules(__path__, f"{__name__}.")
        for member in vars(import_module(module.name)).values()
        if isinstance(member, type)
        and issubclass(member, Channel)
        and member.__module__ == module.name
        and "kind" in vars(member)
    ]
    return {kind.kind: kind for kind in sorted(found, key=lambda kind: kind.name.lower())}


def choices() -> list[tuple[str, str]]:
    """Return the kinds that people make channels of, with their names."""
    return [(kind.kind, kind.name) for kind in kinds().values() if not kind.hidden]


def kind_of(name: str) -> type[Channel]:
    """Return a kind by its word. Raises KeyError."""
    return kinds()[name]
