"""What recording left to be told: from rows that it wrote with its checks to connections that are
to be looked at."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from healthchecks.statements import execute

_MOST = 5_000  # rows a statement

# A connection that is new here was taken for what it was before its first change. Rows are taken
# without waiting, so several sweeps at once share them. A connection that is being deleted is
# passed over; a deletion that comes later waits.
_TAKE_CHANGES = """
WITH taken AS (
    SELECT s.id FROM health_state_changes s JOIN connection_health h USING (connection_id)
    WHERE s.processed_at IS NULL
    ORDER BY s.id LIMIT %(most)s
    FOR NO KEY UPDATE OF s SKIP LOCKED FOR KEY SHARE OF h SKIP LOCKED
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
SELECT FROM marked
"""
# Alerts come after watches, as in a look, else each could wait for the other. What is read here
# without a lock is read again by the look, which begins after this.
_TAKE_ALERTS = """
WITH taken AS (
    SELECT a.id, h.connection_id, h.tenant_id, h.health_status
    FROM alerts a JOIN connection_health h USING (connection_id)
    WHERE a.processed_at IS NULL
    ORDER BY a.id LIMIT %(most)s FOR KEY SHARE OF h SKIP LOCKED
), watched AS (
    INSERT INTO connection_watches AS w (connection_id, tenant_id, told_status, look_at)
    SELECT DISTINCT connection_id, tenant_id, health_status, now() FROM taken
    ORDER BY connection_id
    ON CONFLICT (connection_id) DO UPDATE SET look_at = now()
    RETURNING connection_id
), marked AS (
    SELECT id FROM alerts
    WHERE id IN (SELECT t.id FROM taken t JOIN watched USING (connection_id))
    ORDER BY connection_id FOR NO KEY UPDATE
)
UPDATE alerts a SET processed_at = now() FROM marked WHERE a.id = marked.id
"""
_LOOK_AT = """
UPDATE connection_watches SET look_at = now() + %(after)s
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
        while execute(statement, {"most": _MOST}) == _MOST:
            pass


def look_at(connection_ids: Collection[UUID], after: dt.timedelta = dt.timedelta()) -> None:
    """Have these looked at, after so long at the latest: what kept them silent may be over."""
    execute(_LOOK_AT, {"ids": list(connection_ids), "after": after})
