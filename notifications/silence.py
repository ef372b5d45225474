"""Of which connections nobody is told now: muted ones, and those in maintenance.

What a check in maintenance found is not told after its end either, before there is another check.
"""

from collections.abc import Collection
from uuid import UUID

from healthchecks.statements import fetch
from maintenance.covering import covered

_MUTED = "({0}.muted_at IS NOT NULL AND coalesce({0}.muted_until > now(), true))"
# A condition on `c`, a connection, and `i`, its integration.
SPEAKS = f"NOT ({_MUTED.format('c')} OR {_MUTED.format('i')} OR {covered('c')})"

_SILENT = f"""
SELECT c.id FROM connections c JOIN integrations i ON i.id = c.integration_id
JOIN connection_health h ON h.connection_id = c.id
WHERE c.id = ANY(%(ids)s) AND (h.checked_in_maintenance OR NOT ({SPEAKS}))
"""  # noqa: S608 - made of constants


def silent_among(connection_ids: Collection[UUID]) -> set[UUID]:
    """Return those of which nobody is told now. One query."""
    return {pk for (pk,) in fetch(_SILENT, {"ids": list(connection_ids)})}
