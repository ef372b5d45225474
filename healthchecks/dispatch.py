"""Which connections are probed now: claim them, at the pace that their providers bear.

PostgreSQL owns the schedule. The broker is only a hint: whatever is lost there is found again
when its lease ends.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from healthchecks import candidates
from healthchecks.claims import Claim
from healthchecks.models import DispatchState
from healthchecks.pace import SHARE_OF_BUDGET, gap
from healthchecks.slots import take_slot
from healthchecks.statements import execute, fetch

TICK = dt.timedelta(seconds=5)  # how often beat dispatches; a tick plans as far ahead
LONGEST_PLAN = dt.timedelta(seconds=30)  # ... and further where the last one is longer ago
CLAIM_LEASE = dt.timedelta(seconds=60)
STOPPED_AFTER = dt.timedelta(seconds=60)  # without a tick for so long, nothing was being checked
RECOVERY = dt.timedelta(seconds=15)  # after PostgreSQL started, results held back come in first
MANUAL_HOLDS = dt.timedelta(minutes=5)  # regular slots after a check by hand are let go by
ATTEMPTS = 3  # starts that died with their worker before a check is given up
CANDIDATES = 20_000  # the oldest due that one transaction looks at
ROUND = 5_000  # claims a transaction: workers begin on them while the next ones are claimed
LEAST_ROOM = 20_000  # claims outstanding until a drain was measured: 60 s of a slow worker
LEAST_FIRST_CLAIMS = 500  # new connections a tick; more would bunch them for ever (scheduling.md)

_LOCK = 8_401_577  # any number, but the same in every dispatcher
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """One round: its claims by their moment, and what became of the other due connections.

    `deferred` were due and left due; `skipped` were satisfied by a manual check; `missed` counts
    slots; `exhausted` are the claims, by connection, that died with their worker too often. `more`
    says that another round may find what this one had no place for.
    """

    claims: Sequence[Claim]
    deferred: int = 0
    skipped: int = 0
    missed: int = 0
    exhausted: Mapping[UUID, UUID] = field(default_factory=dict)
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """The due connections of one integration."""

    integration_id: UUID
    tenant_id: UUID
    claimed: int
    free: int
    in_vain: int
    exhausted: Sequence[Sequence[UUID]]


@dataclass(frozen=True, kw_only=True)
class _Tick:
    """What every statement of a round is told. Its clock is the database's; `elapsed` is how much
    of a tick has gone by since the round before, 1 at the most."""

    now: dt.datetime
    elapsed: float
    until: dt.datetime
    floor: dt.datetime
    expired_before: dt.datetime

    def parameters(self, **more: Any) -> dict[str, Any]:
        return {
            "floor": self.floor,
            "expired_before": self.expired_before,
            "until": self.until,
            "seconds": (self.until - self.now).total_seconds(),
            "attempts": ATTEMPTS,
            **more,
        }


def dispatch() -> Dispatch | None:
    """Claim what is due, as far as workers have room and budgets allow.

    None where another dispatcher is at work. One transaction.
    """
    with transaction.atomic():
        if not fetch("SELECT pg_try_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})[0][0]:
            return None
        # Locked, since others set `checking_since` too.
        state, _ = DispatchState.objects.select_for_update(no_key=True).get_or_create(id=1)
        tick = _begin(state)
        census = [
            _Waiting(
                integration_id=integration_id,
                tenant_id=tenant_id,
                claimed=claimed,
                free=free,
                in_vain=in_vain,
                exhausted=exhausted or (),
            )
            for integration_id, tenant_id, claimed, free, in_vain, exhausted in fetch(
                candidates.CENSUS, tick.parameters()
            )
        ]
        skipped = execute(
            candidates.SKIP_CHECKED_BY_HAND, tick.parameters(manual_holds=MANUAL_HOLDS)
        )
        result = _claim(state, tick, census, skipped)
        # Not the rest of the row: that is the survey's.
        state.save(
            update_fields=("last_tick_at", "checking_since", "drained_per_second", "outstanding")
        )
    return result


def survey() -> None:
    """Measure what the ticks need to know of all connections. Reads every health row once."""
    DispatchState.objects.get_or_create(id=1)
    execute(candidates.SURVEY)


def _begin(state: DispatchState) -> _Tick:
    """Open the tick, and note in `state` whether there was a time without any."""
    now, started = fetch("SELECT now(), pg_postmaster_start_time()")[0]
    since_last = now - state.last_tick_at if state.last_tick_at else None
    if state.checking_since is None or since_last is None or since_last > STOPPED_AFTER:
        state.checking_since = now
    since_last = since_last or TICK
    plan = min(max(TICK, since_last), LONGEST_PLAN)
    state.last_tick_at = now
    return _Tick(
        now=now,
        elapsed=min(1.0, since_last / TICK),
        until=now + plan,
        floor=state.floor or _NEVER,
        expired_before=now if now - started > RECOVERY else _NEVER,
    )


def _claim(state: DispatchState, tick: _Tick, census: Sequence[_Waiting], skipped: int) -> Dispatch:
    room = _room(state, tick, census)
    most = min(room, ROUND)
    waiting = sum(w.free for w in census) - skipped
    rows = _claimable(state, tick, census, most) if waiting > 0 else []
    claims, missed = _take(rows, tick)
    more = len(claims) == most < room
    _save_paces(rows, census, claims, saturable=None if more else len(claims) < room)
    state.outstanding = sum(w.claimed for w in census) + len(claims)
    return Dispatch(
        claims=sorted(claims, key=lambda claim: claim.send_at),
        deferred=max(0, waiting - len(claims)),
        skipped=skipped,
        missed=missed,
        exhausted={connection: claim for w in census for connection, claim in w.exhausted},
        more=more,
    )


def _room(state: DispatchState, tick: _Tick, census: Iterable[_Waiting]) -> int:
    """Return how many more claims the workers may hold: two ticks of what they drain.

    A claim whose lease ended is no longer outstanding, but nobody has drained it.
    """
    outstanding = sum(w.claimed for w in census)
    if tick.elapsed == 1:  # over less, the figure would be noise
        finished = max(0, state.outstanding - outstanding - sum(w.in_vain for w in census))
        drained = finished / TICK.total_seconds()
        state.drained_per_second = max(drained, state.drained_per_second * 0.9)
    return max(0, int(_most_outstanding(state)) - outstanding)


def _most_outstanding(state: DispatchState) -> float:
    return max(LEAST_ROOM, 2 * TICK.total_seconds() * state.drained_per_second)


@dataclass(frozen=True, kw_only=True)
class _Claimable:
    """A due row that is locked, and the pace of its integration."""

    connection_id: UUID
    integration_id: UUID
    due_at: dt.datetime
    slot_at: dt.datetime | None
    interval_seconds: int
    starts_at: dt.datetime
    requests_per_second: float
    saturated_since: dt.datetime | None


def _claimable(
    state: DispatchState, tick: _Tick, census: Iterable[_Waiting], room: int
) -> list[_Claimable]:
    plan = (tick.until - tick.now).total_seconds()
    parameters = tick.parameters(
        under_way=json.dumps(
            [
                {"integration_id": str(w.integration_id), "tenant_id": str(w.tenant_id)}
                | {"claimed": w.claimed}
                for w in census
                if w.claimed
            ]
        ),
        candidates=CANDIDATES,
        room=room,
        share_of_budget=SHARE_OF_BUDGET,
        tenant_share=_most_outstanding(state) / 2,
        first_claims=max(
            1, tick.elapsed * max(LEAST_FIRST_CLAIMS, 1.1 * plan * state.first_claims_per_second)
        ),
    )
    rows = fetch(candidates.CLAIMABLE, parameters)
    waiting = sum(w.free for w in census)
    if waiting >= CANDIDATES and len(rows) < room:
        rows = fetch(candidates.CLAIMABLE_BY_INTEGRATION, parameters)
    names = tuple(_Claimable.__dataclass_fields__)
    return [_Claimable(**dict(zip(names, row, strict=True))) for row in rows]


def _take(rows: Sequence[_Claimable], tick: _Tick) -> tuple[list[Claim], int]:
    """Claim these rows; return the claims and how many slots had been missed."""
    moments = _moments(rows)
    first = [row.connection_id for row in rows if row.slot_at is None]
    spread = (tick.until - tick.now) / max(1, len(first))
    anchors = {
        connection_id: max(moments[connection_id], tick.now + place * spread)
        for place, connection_id in enumerate(first)
    }
    taken, missed = [], 0
    for row in rows:
        if row.slot_at is None:
            slot_at, slots, row_missed = anchors[row.connection_id], 1, 0
        else:
            slot = take_slot(
                slot_at=row.slot_at,
                due_at=row.due_at,
                interval=dt.timedelta(seconds=row.interval_seconds),
                now=tick.now,
            )
            waited = row.saturated_since is not None and row.saturated_since <= row.due_at
            slot_at, slots, row_missed = slot.slot_at, slot.slots, 0 if waited else slot.missed
        missed += row_missed
        taken.append(
            {
                "connection_id": str(row.connection_id),
                "slot_at": slot_at.isoformat(),
                "slots": slots,
                "missed": row_missed,
            }
        )
    claimed = fetch(candidates.CLAIM, {"rows": json.dumps(taken), "lease": CLAIM_LEASE})
    claims = [
        Claim(connection_id=connection_id, check_id=check_id, send_at=moments[connection_id])
        for connection_id, check_id in claimed
    ]
    return claims, missed


def _moments(rows: Iterable[_Claimable]) -> dict[UUID, dt.datetime]:
    """Return when each row's call leaves: evenly, at the pace of its integration's budget."""
    moments = {}
    places: Counter[UUID] = Counter()
    for row in sorted(rows, key=lambda row: row.due_at):
        ahead = places[row.integration_id] * gap(row.requests_per_second)
        moments[row.connection_id] = row.starts_at + ahead
        places[row.integration_id] += 1
    return moments


def _save_paces(
    rows: Sequence[_Claimable],
    census: Sequence[_Waiting],
    claims: Collection[Claim],
    *,
    saturable: bool | None,
) -> None:
    """Note until when each integration's budget is spoken for, and which ones are saturated:
    those with connections left over, if that is not for want of room (`saturable`; None: cannot
    be told yet)."""
    moments = {claim.connection_id: claim.send_at for claim in claims}
    next_send: dict[UUID, dt.datetime] = {}
    claimed = Counter(row.integration_id for row in rows)
    for row in rows:
        after = moments[row.connection_id] + gap(row.requests_per_second)
        next_send[row.integration_id] = max(after, next_send.get(row.integration_id, after))
    paces = [
        {
            "integration_id": str(w.integration_id),
            "next_send_at": moment.isoformat() if moment else None,
            "saturated": saturable and w.free > claimed[w.integration_id],
        }
        for w in census
        for moment in [next_send.get(w.integration_id)]
    ]
    if paces:
        parameters = {
            "integrations": [w.integration_id for w in census],
            "rows": json.dumps(paces),
        }
        execute(candidates.ADD_PACES, parameters)
        execute(candidates.SAVE_PACES, parameters)
