"""When credentials expire, as their providers told in answers."""

import json
from collections.abc import Iterable

from healthchecks.rows import Recorded
from healthchecks.statements import execute

# One that is being edited is left alone: the edit brings another secret, or what a person knows.
# To wait for it would be a circle, for it waits for the health row that the recorder holds.
_LEARN = """
WITH told AS (
    SELECT k.connection_id, r.expires_at
    FROM json_to_recordset(%(rows)s) AS r(connection_id uuid, expires_at timestamptz)
    JOIN credentials k USING (connection_id)
    WHERE k.expiry_source IN ('', 'provider')
    ORDER BY k.connection_id
    FOR NO KEY UPDATE OF k SKIP LOCKED
)
UPDATE credentials k SET expires_at = told.expires_at, expiry_source = 'provider'
FROM told WHERE k.connection_id = told.connection_id
"""


def learn_expiries(recorded: Iterable[Recorded]) -> None:
    """Note what was told anew. No statement where nothing was."""
    rows = [
        {"connection_id": str(entry.health.pk), "expires_at": call.expires_at.isoformat()}
        for entry in recorded
        if (call := entry.seen.call) is not None and call.expires_at is not None
        if call.expires_at != entry.seen.credential_expires_at
    ]
    if rows:
        execute(_LEARN, {"rows": json.dumps(rows)})
