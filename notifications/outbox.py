"""What recording left to be told: from rows that it wrote with its checks to connections that are
to be looked at."""

from collections.abc import Collection
from uuid import UUID

from healthchecks.statements import execute, fetch

_MOST = 5_000  # rows a statement

# A connection that is new here was taken for what it was before its first change. Rows are taken
# without waiting, so several sweeps at once share them.
_TAKE_CHANGES = """
WITH taken AS (
    SELECT id FROM health_state_changes WHERE processed_at IS NULL
    ORDER BY id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), marked AS (
    UPDATE health_state_changes s SET processed_at = now() FROM taken WHERE s.id = taken.id
    RETURNING s.id, s.connection_id, s.tenant_id, s.from_status
), watched AS (
    INSERT INTO connection_watches AS w (connection_id, tenant_id, told_status, look_at)
    SELECT connection_id, tenant_id, from_status, now()
    FROM (
        SELECT DISTINCT ON (connection_id) connection_id, tenant_id, from_status
        FROM marked ORDER BY connection_id, id
    ) AS firsts
    ON CONFLICT (connection_id) DO UPDATE SET look_at = now()
)
SELECT count(*) FROM marked
"""
_TAKE_ALERTS = """
WITH taken AS (
    SELECT id FROM alerts WHERE processed_at IS NULL
    ORDER BY id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), marked AS (
    UPDATE alerts a SET processed_at = now() FROM taken WHERE a.id = taken.id
    RETURNING a.connection_id
), watched AS (
    INSERT INTO connection_watches AS w (connection_id, tenant_id, told_status, look_at)
    SELECT connection_id, tenant_id, health_status, now()
    FROM connection_health WHERE connection_id IN (SELECT connection_id FROM marked)
    ORDER BY connection_id
    ON CONFLICT (connection_id) DO UPDATE SET look_at = now()
)
SELECT count(*) FROM marked
"""
_LOOK_AT = """
UPDATE connection_watches SET look_at = now()
WHERE connection_id IN (
    SELECT connection_id FROM connection_watches WHERE connection_id = ANY(%(ids)s)
    ORDER BY connection_id FOR NO KEY UPDATE
)
"""


def take() -> None:
    """Have all connections looked at whose health changed, or of which an alert opened or closed.

    Two statements while nothing happens, each by an index of what is not processed.
    """
    for statement in (_TAKE_CHANGES, _TAKE_ALERTS):
        while fetch(statement, {"most": _MOST})[0][0] == _MOST:
            pass


def look_at(connection_ids: Collection[UUID]) -> None:
    """Have these looked at: what kept them silent may be over."""
    execute(_LOOK_AT, {"ids": list(connection_ids)})
