"""The statements with which a tick finds the connections that it may claim (scheduling.md).

Parameters, all by the database's clock: `floor` lies below every due time; `expired_before` is
when a lease must have ended to count as expired; `until` ends the tick.
"""

_IS_DUE = "h.due_at > %(floor)s AND h.due_at <= now()"
_IS_FREE = f"{_IS_DUE} AND (h.claim_id IS NULL OR h.lease_until < %(expired_before)s)"

# What is under way, what waits, and what of that was claimed in vain, by integration. It reads
# the due rows alone, since a claim does not touch `due_at`; an index on the claim would make every
# claim dearer.
CENSUS = f"""
SELECT h.integration_id, h.tenant_id,
       count(*) FILTER (WHERE h.claim_id IS NOT NULL AND h.lease_until >= %(expired_before)s),
       count(*) FILTER (WHERE h.claim_id IS NULL OR h.lease_until < %(expired_before)s),
       count(*) FILTER (WHERE h.claim_id IS NOT NULL AND h.lease_until < %(expired_before)s),
       array_agg(ARRAY[h.connection_id, h.claim_id]) FILTER (
           WHERE h.attempts >= %(attempts)s AND h.claim_id IS NOT NULL
             AND h.lease_until < %(expired_before)s)
FROM connection_health h
WHERE {_IS_DUE}
GROUP BY h.integration_id, h.tenant_id
"""  # noqa: S608 - made of constants

# A settled connection that was checked by hand lately lets its slot go by.
SKIP_CHECKED_BY_HAND = f"""
WITH satisfied AS (
    SELECT h.connection_id, h.slot_at, h.interval_seconds,
           floor(extract(epoch FROM now() - h.slot_at) / h.interval_seconds)::int AS steps
    FROM connection_health h
    WHERE {_IS_FREE}
      AND h.last_manual_check_at > now() - %(manual_holds)s
      AND NOT h.unsettled
      AND h.due_at >= h.slot_at + make_interval(secs => h.interval_seconds)
    ORDER BY h.connection_id
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE connection_health h
SET slots = h.slots + s.steps,
    slot_at = s.slot_at + make_interval(secs => s.steps * s.interval_seconds),
    due_at = s.slot_at + make_interval(secs => (s.steps + 1) * s.interval_seconds)
FROM satisfied s WHERE h.connection_id = s.connection_id
"""  # noqa: S608 - made of constants

_IS_CLAIMABLE = f"{_IS_FREE} AND (h.claim_id IS NULL OR h.attempts < %(attempts)s)"
_IS_FIRST = "h.anchor_at IS NULL"
_IS_RECHECK = """(h.anchor_at IS NOT NULL AND h.due_at > h.slot_at
    AND now() < h.slot_at + make_interval(secs => h.interval_seconds))"""
_COLUMNS = f"""h.connection_id, h.integration_id, h.tenant_id, h.due_at,
           {_IS_FIRST} AS is_first, {_IS_RECHECK} AS is_recheck"""

_OLDEST = f"""
    SELECT {_COLUMNS}
    FROM connection_health h
    WHERE {_IS_CLAIMABLE}
    ORDER BY h.due_at
    LIMIT %(candidates)s
"""  # noqa: S608 - made of constants


def _oldest_of_kind(kind: str) -> str:
    """Return the oldest due of each integration that are of one kind."""
    return f"""
    SELECT d.*
    FROM integrations i CROSS JOIN LATERAL (
        SELECT {_COLUMNS}
        FROM connection_health h
        WHERE h.integration_id = i.id AND {_IS_CLAIMABLE} AND {kind}
        ORDER BY h.due_at
        LIMIT least(%(room)s, 1 + ceil(i.requests_per_second * %(seconds)s)::int)
    ) d
"""  # noqa: S608 - made of constants


# Dearer, but one integration with more due than there are candidates cannot hide the others, nor
# one kind of check the other kinds.
_OLDEST_OF_EACH_INTEGRATION = "UNION ALL".join(
    _oldest_of_kind(kind)
    for kind in (_IS_FIRST, _IS_RECHECK, f"NOT {_IS_FIRST} AND NOT {_IS_RECHECK}")
)

# From the due rows: each integration's are cut to what its budget leaves free in this tick, and
# only those that are left share what is scarce for all: places for first claims, for re-checks,
# for each tenant, and room. So nothing that cannot be claimed anyway takes another's place. Rows
# are locked in the order of the connections, and the whole condition is repeated under the lock.
_CLAIMABLE = f"""
WITH under_way AS (
    SELECT * FROM json_to_recordset(%(under_way)s)
        AS r(integration_id uuid, tenant_id uuid, claimed int)
), under_way_of_tenant AS (
    SELECT tenant_id, sum(claimed) AS claimed FROM under_way GROUP BY tenant_id
), due AS MATERIALIZED (
    {{due}}
), budget AS (
    SELECT i.id, greatest(p.next_send_at, now()) AS starts_at,
           CASE WHEN p.paused_until > now() THEN 0 ELSE least(
               ceil(extract(epoch FROM %(until)s - greatest(p.next_send_at, now()))
                    * i.requests_per_second * %(share_of_budget)s),
               ceil(2 * i.requests_per_second * greatest(i.timeout_ms / 1000.0, %(seconds)s))
                   - coalesce(u.claimed, 0)
           ) END AS calls
    FROM integrations i
    LEFT JOIN integration_paces p ON p.integration_id = i.id
    LEFT JOIN under_way u ON u.integration_id = i.id
    WHERE i.id IN (SELECT integration_id FROM due)
), of_kind AS (
    SELECT due.*, budget.calls, budget.starts_at,
           row_number() OVER (PARTITION BY due.integration_id, is_recheck ORDER BY due_at) AS place
    FROM due JOIN budget ON budget.id = due.integration_id
), in_turn AS (
    SELECT *, row_number() OVER (PARTITION BY integration_id ORDER BY due_at) AS place_of_call
    FROM of_kind
    WHERE NOT is_recheck OR place <= greatest(1, calls / 5)
), affordable AS (
    SELECT i.connection_id, i.tenant_id, i.due_at, i.starts_at, i.is_first, i.is_recheck,
           row_number() OVER (PARTITION BY is_first, is_recheck ORDER BY due_at) AS place_of_kind,
           row_number() OVER (PARTITION BY i.tenant_id ORDER BY due_at)
               + coalesce(u.claimed, 0) AS place_in_tenant
    FROM in_turn i LEFT JOIN under_way_of_tenant u ON u.tenant_id = i.tenant_id
    WHERE place_of_call <= calls
), picked AS (
    SELECT connection_id, starts_at FROM affordable
    WHERE (NOT is_recheck OR place_of_kind <= greatest(1, %(room)s / 5))
      AND (NOT is_first OR place_of_kind <= %(first_claims)s)
      AND (place_in_tenant <= %(tenant_share)s
           OR (SELECT count(DISTINCT tenant_id) FROM affordable) = 1)
    ORDER BY due_at LIMIT %(room)s
)
SELECT h.connection_id, h.integration_id, h.due_at, h.slot_at, h.interval_seconds, picked.starts_at,
       i.requests_per_second, p.saturated_since
FROM connection_health h
JOIN picked ON picked.connection_id = h.connection_id
JOIN integrations i ON i.id = h.integration_id
LEFT JOIN integration_paces p ON p.integration_id = i.id
WHERE {_IS_CLAIMABLE}
ORDER BY h.connection_id
FOR NO KEY UPDATE OF h SKIP LOCKED
"""  # noqa: S608 - made of constants

CLAIMABLE = _CLAIMABLE.format(due=_OLDEST)
CLAIMABLE_BY_INTEGRATION = _CLAIMABLE.format(due=_OLDEST_OF_EACH_INTEGRATION)

# `due_at` is left alone: that keeps the update within its page, and the row findable.
CLAIM = """
UPDATE connection_health h
SET claim_id = uuid_v7(), claimed_by_hand = false, started_at = NULL,
    lease_until = now() + %(lease)s,
    anchor_at = coalesce(h.anchor_at, r.slot_at), slot_at = r.slot_at,
    slots = h.slots + r.slots, slots_missed = h.slots_missed + r.missed
FROM json_to_recordset(%(rows)s)
    AS r(connection_id uuid, slot_at timestamptz, slots int, missed int)
WHERE h.connection_id = r.connection_id
RETURNING h.connection_id, h.claim_id
"""

ADD_PACES = """
INSERT INTO integration_paces (integration_id)
SELECT id FROM integrations WHERE id = ANY(%(integrations)s)
ON CONFLICT DO NOTHING
"""

# An integration is saturated while connections wait for its budget, or it for its provider.
SAVE_PACES = """
WITH locked AS (
    SELECT integration_id FROM integration_paces WHERE integration_id = ANY(%(integrations)s)
    ORDER BY integration_id FOR NO KEY UPDATE
)
UPDATE integration_paces p
SET next_send_at = greatest(p.next_send_at, r.next_send_at),
    saturated_since = CASE WHEN r.saturated IS NULL THEN p.saturated_since
                           WHEN r.saturated THEN coalesce(p.saturated_since, now()) END
FROM json_to_recordset(%(rows)s)
    AS r(integration_id uuid, next_send_at timestamptz, saturated boolean), locked
WHERE p.integration_id = r.integration_id AND p.integration_id = locked.integration_id
"""

SURVEY = """
UPDATE dispatch_state
SET floor = least(surveyed.floor, now()) - interval '1 minute',
    first_claims_per_second = surveyed.rate
FROM (SELECT min(due_at) AS floor, coalesce(sum(1.0 / interval_seconds), 0) AS rate
      FROM connection_health WHERE due_at IS NOT NULL) surveyed
"""
