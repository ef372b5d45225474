"""Whether this process runs, and whether what it needs is there: for machines beside us."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from kombu import Connection as Broker
from kombu.exceptions import KombuError
from redis.backoff import NoBackoff
from redis.retry import Retry

from api.errors import failure

PATIENCE = 2  # seconds for one address of a server; a name may have two of them
_AWAY = "It does not answer."


def livez(_: HttpRequest) -> JsonResponse:
    """Answer 200: this process runs."""
    return JsonResponse({"success": True, "data": {"process": "ok"}})


def readyz(_: HttpRequest) -> JsonResponse:
    """Answer 200 when requests can be served, else 503 with what fails, within five seconds."""
    with ThreadPoolExecutor(len(CHECKS)) as pool:
        found = dict(zip(CHECKS, pool.map(lambda check: check(), CHECKS.values()), strict=True))
    problems = {name: [problem] for name, problem in found.items() if problem}
    if problems:
        message = f"Not ready: {', '.join(problems)}."
        return JsonResponse(failure(503, message, problems), status=503)
    return JsonResponse({"success": True, "data": dict.fromkeys(CHECKS, "ok")})


def _database() -> str | None:
    """Return the problem, for connections that are to be made as much as for those there are."""
    return _ask_database(lambda applied: None)


def _migrations() -> str | None:
    return _ask_database(
        lambda applied: None if _expected() <= applied else "Some are still to be applied."
    )


def _ask_database(judge: Callable[[set[tuple[str, str]]], str | None]) -> str | None:
    own = connection.copy()
    own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], "connect_timeout": PATIENCE}
    try:
        return judge(set(MigrationRecorder(own).applied_migrations()))
    except DatabaseError:
        return _AWAY
    finally:
        own.close()


@cache
def _expected() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def _redis() -> str | None:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except redis.RedisError:
        return _AWAY
    finally:
        client.close()
    return None


def _broker() -> str | None:
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    if "socket_timeout" in options:
        options |= {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    broker = Broker(settings.CELERY_BROKER_URL, connect_timeout=PATIENCE, transport_options=options)
    try:
        broker.transport.establish_connection()  # once, where connect() would try again
    except (KombuError, redis.RedisError, OSError):
        return _AWAY
    finally:
        broker.release()
    return None


CHECKS: Mapping[str, Callable[[], str | None]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "broker": _broker,
}
