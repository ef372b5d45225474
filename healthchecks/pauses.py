"""Who else waits when a provider limits a connection: its integration, and its account.

An account is the connections of one tenant with the same host and the same secret: the provider
counts their calls together.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.conf import settings

from healthchecks.evaluation import CallResult
from healthchecks.observation import Observation
from healthchecks.restraint import Restraint, restrain
from healthchecks.rows import Recorded
from healthchecks.statements import execute, fetch

LIMITED_TOGETHER = 3  # connections limited within a minute: then their whole integration waits
# Connections of an account that are counted, and that wait together: some milliseconds.
_MOST = 1000
# In an order that makes PostgreSQL take the index, whatever it thinks of how many there are.
_OF_ACCOUNT = """
    SELECT k.connection_id FROM credentials k
    WHERE k.account = told.account ORDER BY k.tenant_id LIMIT %(most)s
"""

_SHARERS = f"""
SELECT unnest(told.connections), counted.sharers
FROM (
    SELECT account, array_agg(connection_id) AS connections
    FROM credentials WHERE connection_id = ANY(%(ids)s) GROUP BY account
) told CROSS JOIN LATERAL (SELECT count(*) AS sharers FROM ({_OF_ACCOUNT}) k) counted
WHERE told.account IS NOT NULL
"""  # noqa: S608 - made of constants

# A provider that limits several connections of an integration at once limits the integration.
_PAUSE_INTEGRATION = """
INSERT INTO integration_paces AS p (integration_id, paused_until, saturated_since)
SELECT %(integration)s, now() + %(pause)s, now()
WHERE (SELECT count(*) FROM connection_health
       WHERE integration_id = %(integration)s AND limited_streak > 0
         AND last_health_check_at > now() - interval '1 minute') >= %(together)s
ON CONFLICT (integration_id) DO UPDATE
SET paused_until = greatest(p.paused_until, excluded.paused_until),
    saturated_since = coalesce(p.saturated_since, excluded.saturated_since)
"""

# Those under way are left alone, and those that somebody holds: their own answer will tell. So
# nobody waits here for a connection, though this recorder holds others already. The pause itself is
# for those who come later (`connections.scheduling`).
_PAUSE_ACCOUNTS = f"""
WITH told AS (
    SELECT coalesce(k.account, uuid_send(r.connection_id)) AS account, r.tenant_id,
           max(r.until) AS until
    FROM json_to_recordset(%(rows)s)
        AS r(connection_id uuid, tenant_id uuid, until timestamptz)
    LEFT JOIN credentials k USING (connection_id)
    GROUP BY 1, 2
), kept AS (
    INSERT INTO account_pauses AS p (account, tenant_id, until)
    SELECT account, tenant_id, until FROM told ORDER BY account
    ON CONFLICT (account) DO UPDATE SET until = excluded.until WHERE p.until < excluded.until
), others AS (
    SELECT h.connection_id, told.until
    FROM told CROSS JOIN LATERAL ({_OF_ACCOUNT}) k
    JOIN connection_health h ON h.connection_id = k.connection_id
    WHERE h.due_at < told.until AND (h.claim_id IS NULL OR h.lease_until < now())
    FOR NO KEY UPDATE OF h SKIP LOCKED
)
UPDATE connection_health h SET due_at = others.until
FROM others WHERE h.connection_id = others.connection_id
"""  # noqa: S608 - made of constants


def restraints_of(observations: Iterable[Observation]) -> Mapping[UUID, Restraint]:
    """Return what keeps back each connection whose provider told what is left.

    No query where none did; else one.
    """
    allowances = {
        seen.connection_id: seen.call.allowance
        for seen in observations
        if seen.call and seen.call.allowance
    }
    sharers = dict(fetch(_SHARERS, {"ids": list(allowances), "most": _MOST})) if allowances else {}
    return {
        pk: restrain(allowance, share=settings.RATE_LIMIT_SHARE, sharers=sharers.get(pk, 1))
        for pk, allowance in allowances.items()
    }


def pause_others(recorded: Iterable[Recorded], now: dt.datetime) -> None:
    """Let the others of a limited account wait, and whole integrations where many are limited.

    No statement where nobody is to wait.
    """
    accounts: list[dict[str, str]] = []
    integrations: dict[UUID, dt.timedelta] = {}
    for entry in recorded:
        pause, call = entry.consequence.pause, entry.seen.call
        if pause is None:
            continue
        accounts.append(
            {
                "connection_id": str(entry.health.pk),
                "tenant_id": str(entry.health.tenant_id),
                "until": (now + pause).isoformat(),
            }
        )
        if call is not None and call.result is CallResult.RATE_LIMITED:
            integration = entry.health.integration_id
            integrations[integration] = max(pause, integrations.get(integration, pause))
    if accounts:
        execute(_PAUSE_ACCOUNTS, {"rows": json.dumps(accounts), "most": _MOST})
    for integration, pause in sorted(integrations.items()):
        execute(
            _PAUSE_INTEGRATION,
            {"integration": integration, "pause": pause, "together": LIMITED_TOGETHER},
        )
