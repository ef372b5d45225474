"""What every migration, and so every start, looks at in the stored credentials."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connection

from connections.rotation import key_use, places


def check_keys_at_hand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn where a key was dropped from CREDENTIAL_KEYS that stored credentials need.

    No error: where the key is lost for good, Vitals must start so that they can be entered again.
    """
    if "default" not in (databases or ()) or not _has_secrets():
        return []
    return [
        Warning(
            f"CREDENTIAL_KEYS lacks the key {key}, which {count:,} of the stored credentials need.",
            hint="Put it back behind the first; bin/manage rotate_credential_keys says which"
            " keys can be dropped.",
            id="connections.W001",
        )
        for key, count in sorted(key_use().lacking.items())
    ]


def _has_secrets() -> bool:
    """Return whether all columns of secrets are there; before a migration some can be missing."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        columns = {
            (table, column.name)
            for table in {model._meta.db_table for model, _ in places()} & set(tables)
            for column in connection.introspection.get_table_description(cursor, table)
        }
    return columns >= {(model._meta.db_table, column) for model, column in places()}
