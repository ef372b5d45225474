"""Whether the servers that somebody brought along answer, and are new enough."""

from collections.abc import Callable
from urllib.parse import urlsplit

import kombu
import kombu.exceptions
import psycopg2
import redis

from healthcheck_project.environment import Environment
from healthcheck_project.faults import StartFault
from healthcheck_project.processes import wait_until

CONNECT_SECONDS = 3
PATIENCE_SECONDS = 5.0  # servers that are started at the same time as we need a moment
POSTGRESQL_MAJOR_MIN = 14


def require_servers(
    environment: Environment, database_url: str, migration_database_url: str | None
) -> None:
    """Raises StartFault, saying which one cannot be used and why. Secrets of a URL stay out."""
    if owners_url := migration_database_url:
        _wait_for("database", "MIGRATION_DATABASE_URL", lambda: _try_database(owners_url))
    _wait_for("database", "DATABASE_URL", lambda: _try_database(database_url))
    _wait_for("Redis", "REDIS_URL", lambda: _try_redis(environment.redis_url))
    if environment.broker_url != environment.redis_url:
        _wait_for("broker", "BROKER_URL", lambda: _try_broker(environment.broker_url))


def _wait_for(server: str, variable: str, problem: Callable[[], str | None]) -> None:
    problems: list[str] = []

    def answers() -> bool:
        if (text := problem()) is None:
            return True
        problems[:] = [text]
        return False

    try:
        wait_until(answers, seconds=PATIENCE_SECONDS, otherwise="")
    except StartFault:
        raise StartFault(
            f"The {server} cannot be reached: {problems[0]}. Start it, or correct {variable}"
        ) from None


def _try_database(url: str) -> str | None:
    try:
        connection = psycopg2.connect(url, connect_timeout=CONNECT_SECONDS)
    except psycopg2.OperationalError as error:
        return _first_line(error)
    major = connection.server_version // 10000
    connection.close()
    if major < POSTGRESQL_MAJOR_MIN:
        raise StartFault(
            f"The database is PostgreSQL {major}: Vitals needs {POSTGRESQL_MAJOR_MIN} or newer"
        )
    return None


def _try_redis(url: str) -> str | None:
    try:
        with redis.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
        ) as client:
            client.ping()
    except redis.RedisError as error:
        return _first_line(error)
    return None


def _try_broker(url: str) -> str | None:
    if urlsplit(url).scheme in {"redis", "rediss", "unix"}:
        return _try_redis(url)
    with kombu.Connection(url, connect_timeout=CONNECT_SECONDS) as connection:
        try:
            connection.connect()
        except (OSError, kombu.exceptions.OperationalError) as error:
            return _first_line(error)
    return None


def _first_line(error: Exception) -> str:
    """The part of a driver's message that a person needs."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
