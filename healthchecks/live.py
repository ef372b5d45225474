"""Current state held in memory: Redis, shared by all processes.

A hash a tenant, a field a connection. An entry is replaced only by a newer version of its health
row, so late writers do no harm. PostgreSQL stays the record: what Redis lost is read from there.
"""

import datetime as dt
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock, Timer
from time import monotonic
from typing import Any, cast
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from api.ids import lowest_id
from connections.models import ConnectionHealth
from connections.scheduling import rescheduled
from connections.status import Word
from healthchecks.models import HealthCheck
from tenants.row_security import for_all_tenants

log = logging.getLogger(__name__)

_COMPLETE = "complete"  # the field that says that the hash holds all of its tenant's connections
_CHUNK = 1_000  # entries written at once: Redis does nothing else meanwhile
_GONE = 2**53  # a version that no row reaches, and that Lua still counts exactly
_MENDED = "vitals:live:mended"  # until when all that was checked is known to be shown
_LOOK_BACK = dt.timedelta(minutes=3)  # how far a sweep looks beyond that: a probe and its recording
_PAUSE = 10.0  # seconds without another try after a failure: results must not wait for Redis
_TIMEOUT = 4  # seconds: callers are told within five that Redis is away

# A value is the row's version, a blank, and the entry, or nothing where there is none any more.
_WRITE = """
for i = 1, #ARGV, 3 do
    local held = redis.call('HGET', KEYS[1], ARGV[i])
    if not held or tonumber(string.match(held, '^%d+')) < tonumber(ARGV[i + 1]) then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2])
    end
end
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The current state of one connection, as its latest conclusive check left it."""

    integration_id: UUID
    word: Word
    last_check: dt.datetime
    last_success: dt.datetime | None
    response_time_ms: int | None
    error_code: str
    consecutive_failures: int
    downtime_start: dt.datetime | None


@cache
def client() -> redis.Redis:
    """Return this process's Redis. No call hangs."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        health_check_interval=10,
    )


class _Pause:
    """Whether Redis failed so lately that it is not worth another wait, and whose entries it
    missed. As soon as it answers again, those tenants' stores are declared incomplete."""

    def __init__(self) -> None:
        self._until = 0.0
        self._missed: set[UUID] = set()
        self._lock = Lock()

    def is_on(self) -> bool:
        return monotonic() < self._until

    def begin(self, error: Exception) -> None:
        log.warning("The live store could not be written: %s", type(error).__name__)
        self._until = monotonic() + _PAUSE

    def note(self, tenant_ids: Iterable[UUID]) -> None:
        """Remember whose entries were missed, and see to it once the pause is over."""
        with self._lock:
            is_first = not self._missed
            self._missed.update(tenant_ids)
        if is_first and self._missed:
            self._look_again()

    def own_up(self) -> None:
        """Have the stores that missed entries read anew from PostgreSQL."""
        with self._lock:
            missed = list(self._missed)
        try:
            for tenant_id in missed:
                client().hdel(_key(tenant_id), _COMPLETE)
                with self._lock:
                    self._missed.discard(tenant_id)
        except redis.RedisError as error:
            self.begin(error)
            self._look_again()

    def _look_again(self) -> None:
        timer = Timer(_PAUSE, self.own_up)
        timer.daemon = True
        timer.start()


_pause = _Pause()


def publish(rows: Iterable[ConnectionHealth]) -> None:
    """Show these rows. A failure is logged only: the sweep makes good for it."""
    rows = list(rows)
    if not _pause.is_on():
        try:
            _write(rows)
        except redis.RedisError as error:
            _pause.begin(error)
        else:
            return
    _pause.note(row.tenant_id for row in rows)


def read(tenant_id: UUID) -> list[Entry]:
    """Return the entries of a tenant's connections that are being checked.

    Read from PostgreSQL where Redis has lost them. Raises redis.RedisError.
    """
    fields = _fields(tenant_id)
    if _COMPLETE not in fields:
        client().delete(_key(tenant_id))  # what was deleted meanwhile goes with it
        _write(ConnectionHealth.objects.filter(tenant_id=tenant_id).iterator())
        client().hset(_key(tenant_id), _COMPLETE, "")
        fields = _fields(tenant_id)
    return [entry for value in fields.values() if (entry := _parse(value))]


def forget(tenant_id: UUID, connection_ids: Iterable[UUID]) -> None:
    """Take deleted connections out, and keep late writers from bringing them back."""
    arguments = [part for pk in connection_ids for part in (str(pk), _GONE, "")]
    try:
        client().eval(_WRITE, 1, _key(tenant_id), *arguments)
    except redis.RedisError as error:
        _pause.begin(error)
        _pause.note([tenant_id])


def mend() -> int:
    """Write again what was checked since the last sweep and is older in Redis; return how many
    entries. Raises redis.RedisError."""
    now = timezone.now()
    held = cast(str | None, client().get(_MENDED))
    since = lowest_id((_moment(held) or now) - _LOOK_BACK)
    checked = HealthCheck.objects.filter(pk__gte=since).values_list("connection_id", flat=True)
    ids = sorted(set(checked.iterator()))
    mended = 0
    for start in range(0, len(ids), _CHUNK):
        rows = ConnectionHealth.objects.filter(pk__in=ids[start : start + _CHUNK])
        stale = _stale(rows.values_list("tenant_id", "pk", "version"))
        _write(ConnectionHealth.objects.filter(pk__in=stale))
        mended += len(stale)
    client().set(_MENDED, now.isoformat())
    return mended


def follow_reschedules(connection_ids: Sequence[UUID], **_: Any) -> None:
    """Show, once it is committed, that connections were paused, resumed or changed."""

    def show() -> None:
        with for_all_tenants():  # the transaction that named a tenant is over
            publish(ConnectionHealth.objects.filter(pk__in=connection_ids))

    transaction.on_commit(show, robust=True)


def connect() -> None:
    """Follow what people change."""
    rescheduled.connect(follow_reschedules, dispatch_uid="live store")


def _fields(tenant_id: UUID) -> dict[str, str]:
    return cast(dict[str, str], client().hgetall(_key(tenant_id)))


def _write(rows: Iterable[ConnectionHealth]) -> None:
    arguments: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        arguments[row.tenant_id] += (str(row.pk), str(row.version), _entry(row))
    with client().pipeline(transaction=False) as pipeline:
        for tenant_id, triples in arguments.items():
            for start in range(0, len(triples), 3 * _CHUNK):
                pipeline.eval(_WRITE, 1, _key(tenant_id), *triples[start : start + 3 * _CHUNK])
        pipeline.execute()


def _stale(rows: Iterable[tuple[UUID, UUID, int]]) -> list[UUID]:
    by_tenant: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for tenant_id, pk, version in rows:
        by_tenant[tenant_id][pk] = version
    stale = []
    for tenant_id, versions in by_tenant.items():
        fields = [str(pk) for pk in versions]
        held = cast(list[str | None], client().hmget(_key(tenant_id), fields))
        stale += [
            pk
            for (pk, version), value in zip(versions.items(), held, strict=True)
            if value is None or int(value.partition(" ")[0]) < version
        ]
    return stale


def _entry(row: ConnectionHealth) -> str:
    """Return a row as it is stored: the fields of an Entry in their order; empty for none."""
    if row.due_at is None or not row.last_word:
        return ""
    entry = (
        row.integration_id,
        row.last_word,
        row.last_health_check_at,
        row.last_successful_check_at,
        row.last_success_latency_ms,
        row.last_error_code,
        row.consecutive_failures,
        row.downtime_started_at,
    )
    return json.dumps(entry, default=str)


def _parse(value: str) -> Entry | None:
    text = value.partition(" ")[2]
    if not text:
        return None
    integration_id, word, last_check, last_success, latency, code, failures, down = json.loads(text)
    return Entry(
        integration_id=UUID(integration_id),
        word=Word(word),
        last_check=dt.datetime.fromisoformat(last_check),
        last_success=_moment(last_success),
        response_time_ms=latency,
        error_code=code,
        consecutive_failures=failures,
        downtime_start=_moment(down),
    )


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _key(tenant_id: UUID) -> str:
    return f"vitals:live:{tenant_id}"
