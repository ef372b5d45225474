"""Secrets, which a file has only by the names of environment variables: `${ACME_TOKEN}`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from connections.as_code.faults import Faults, below

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PREFIX = "VITALS"  # of the names that an export makes up
# What Vitals itself is started with: whoever writes a file must not have it sent somewhere.
_OWN = frozenset(
    {
        "BROKER_URL",
        "CREDENTIAL_KEYS",
        "CRON_SECRET",
        "DATABASE_URL",
        "EMAIL_URL",
        "MIGRATION_DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
    }
)


def resolve(
    secret: Mapping[str, Any], environment: Mapping[str, str], *, place: str, faults: Faults
) -> dict[str, str]:
    """Return the secret itself. What cannot be resolved is added to the faults."""
    resolved = {}
    for field, reference in secret.items():
        at = below(place, field)
        match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if match is None:
            faults.add(at, "A secret stands here by reference only, such as ${ACME_TOKEN}.")
        elif match[1] in _OWN:
            faults.add(at, f"{match[1]} is a secret of Vitals itself.")
        elif match[1] not in environment:
            faults.add(at, f"The environment variable {match[1]} is not set.")
        else:
            resolved[field] = environment[match[1]]
    return resolved


class Namer:
    """Makes up names of variables, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def references(self, slug: str, connection: str, fields: Iterable[str]) -> dict[str, str]:
        """Return a reference for each field of a connection's secret."""
        return {field: f"${{{self._free(slug, connection, field)}}}" for field in fields}

    def _free(self, *words: str) -> str:
        stem = re.sub(r"[^A-Z0-9]+", "_", "_".join((_PREFIX, *words)).upper())
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._taken.add(name)
        return name
