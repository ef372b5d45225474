"""`/livez`, `/readyz`, and what callers are told while a server is away."""

import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from rest_framework.test import APIClient

from api import readiness
from healthchecks import live, overview_views
from tests.api.test_envelope import error_of

SECONDS = 5.0  # within which an answer has to come (reliability.md, fault 7)
READY = {"database": "ok", "migrations": "ok", "redis": "ok", "broker": "ok"}


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def refused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def not_ready(client: APIClient) -> set[str]:
    begun = monotonic()
    error = error_of(client.get("/readyz"), 503)
    assert monotonic() - begun < SECONDS
    for name in error["details"]:
        assert name in error["message"]
    return set(error["details"])


def test_a_living_process_says_so(nobody: APIClient) -> None:
    assert nobody.get("/livez").status_code == 200


@pytest.mark.django_db
def test_all_servers_there_is_ready(nobody: APIClient) -> None:
    answer = nobody.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "data": READY}


@pytest.mark.django_db
@pytest.mark.parametrize("port", ["silent_port", "refused_port"])
def test_a_database_that_does_not_answer_is_named(
    nobody: APIClient,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    port: str,
) -> None:
    server = {"HOST": "127.0.0.1", "PORT": request.getfixturevalue(port)}
    copied = connection.copy()
    monkeypatch.setattr(copied, "settings_dict", copied.settings_dict | server)
    monkeypatch.setattr(readiness, "connection", copied)
    assert not_ready(nobody) == {"database", "migrations"}


@pytest.mark.django_db
@pytest.mark.parametrize("port", ["silent_port", "refused_port"])
def test_a_redis_or_broker_that_does_not_answer_is_named(
    nobody: APIClient, settings: Any, request: pytest.FixtureRequest, port: str
) -> None:
    url = f"redis://127.0.0.1:{request.getfixturevalue(port)}/0"
    settings.REDIS_URL = url
    assert not_ready(nobody) == {"redis"}
    settings.CELERY_BROKER_URL = url
    assert not_ready(nobody) == {"redis", "broker"}


@pytest.mark.django_db
def test_a_migration_to_be_applied_is_named(
    nobody: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = MigrationRecorder.applied_migrations

    def all_but_one(recorder: MigrationRecorder) -> Any:
        return {k: v for k, v in applied(recorder).items() if k != ("tenants", "0001_initial")}

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", all_but_one)
    assert not_ready(nobody) == {"migrations"}


def test_callers_are_told_that_the_database_is_away(
    alice: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("canary: could not connect")

    monkeypatch.setattr(overview_views, "summarise", fail)
    answer = alice.get("/api/v1/health-checks/summary")
    error_of(answer, 503)
    assert b"canary" not in answer.content


@pytest.mark.parametrize("port", ["silent_port", "refused_port"])
def test_callers_are_told_in_time_that_redis_is_away(
    alice: APIClient, settings: Any, request: pytest.FixtureRequest, port: str
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{request.getfixturevalue(port)}/0"
    live.client.cache_clear()
    try:
        begun = monotonic()
        error_of(alice.get("/api/v1/health/integrations"), 503)
        assert monotonic() - begun < SECONDS
    finally:
        live.client.cache_clear()
