"""The claim of a connection: who may probe it now, and whose result counts (scheduling.md).

A claim is an id on the connection's health row, minted by the database; it becomes the id of the
health check. Whoever holds it may start the probe once, and only its result is recorded. The
fence is the id, never the time.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from healthchecks.statements import execute, fetch

GRACE = dt.timedelta(seconds=30)  # beyond a probe's deadline, for hand-over and recording


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to probe one connection. `send_at` is its moment, by the database's clock."""

    connection_id: UUID
    check_id: UUID
    send_at: dt.datetime

    def as_message(self) -> list[str]:
        return [str(self.connection_id), str(self.check_id), self.send_at.isoformat()]

    @classmethod
    def from_message(cls, parts: Sequence[str]) -> "Claim":
        """Read what `as_message` wrote. Raises ValueError or TypeError on anything else."""
        connection_id, check_id, send_at = parts
        return cls(
            connection_id=UUID(connection_id),
            check_id=UUID(check_id),
            send_at=dt.datetime.fromisoformat(send_at),
        )


@dataclass(frozen=True, kw_only=True)
class Started:
    """A claim that this process has marked as started `at`, by the database's clock: its call is
    ours to make, in `wait`."""

    check_id: UUID
    at: dt.datetime
    wait: dt.timedelta


# A claim that waited for longer starts nothing: its lease ends, and it is claimed anew. So an id is
# never much older than its check (held.py, CLAIM_LIFE).
OLDEST_START = dt.timedelta(minutes=50)

# Locked in the order of the connections, as by every writer of many rows: none waits for another
# in a circle. The lease covers the wait for the probe's moment as well.
_START = """
WITH wanted AS (
    SELECT * FROM json_to_recordset(%(claims)s)
        AS r(connection_id uuid, check_id uuid, send_at timestamptz)
), mine AS (
    SELECT h.connection_id, wanted.send_at
    FROM connection_health h JOIN wanted USING (connection_id)
    WHERE h.claim_id = wanted.check_id AND h.started_at IS NULL
      AND to_timestamp(
          ('x' || left(replace(h.claim_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0
      ) > now() - %(oldest)s
    ORDER BY h.connection_id
    FOR NO KEY UPDATE OF h
)
UPDATE connection_health h
SET started_at = clock_timestamp(),
    attempts = h.attempts + 1,
    lease_until = greatest(mine.send_at, now())
        + make_interval(secs => i.timeout_ms / 1000.0) + %(grace)s
FROM mine, integrations i
WHERE h.connection_id = mine.connection_id AND i.id = h.integration_id
RETURNING h.connection_id, h.claim_id, h.started_at, mine.send_at - clock_timestamp()
"""

_RELEASE = """
WITH mine AS (
    SELECT connection_id FROM connection_health
    WHERE connection_id = ANY(%(connections)s)
      AND claim_id = ANY(%(claims)s) AND started_at IS NULL
    ORDER BY connection_id
    FOR NO KEY UPDATE
)
UPDATE connection_health h
SET claim_id = NULL, lease_until = NULL
FROM mine WHERE h.connection_id = mine.connection_id
"""


def start(claims: Sequence[Claim]) -> Mapping[UUID, Started]:
    """Mark these claims as started; return, by connection, those that still were to be.

    Only these may be called: a message that came twice, or too late, starts nothing. The commit
    is not waited for: at worst a crash of the database forgets the mark, and a call repeats.
    """
    rows = json.dumps(
        [
            {
                "connection_id": str(claim.connection_id),
                "check_id": str(claim.check_id),
                "send_at": claim.send_at.isoformat(),
            }
            for claim in claims
        ]
    )
    with transaction.atomic():
        execute("SET LOCAL synchronous_commit = off")
        started = fetch(_START, {"claims": rows, "grace": GRACE, "oldest": OLDEST_START})
    return {
        connection_id: Started(check_id=check_id, at=at, wait=max(wait, dt.timedelta()))
        for connection_id, check_id, at, wait in started
    }


def release(claims: Collection[Claim]) -> None:
    """Give back claims whose message could not be sent."""
    execute(
        _RELEASE,
        {
            "connections": [claim.connection_id for claim in claims],
            "claims": [claim.check_id for claim in claims],
        },
    )
