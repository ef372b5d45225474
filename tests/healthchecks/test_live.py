"""The live store: current state in memory, and what becomes of it when it is lost."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
import redis
from django.db import connections as databases
from django.utils import timezone

from connections.models import Connection, ConnectionHealth
from connections.scheduling import reschedule
from connections.status import Word
from healthchecks import live, recording
from healthchecks.live import Entry
from tests.healthchecks.rounds import DOWN, OK, check, claim_due, health, limited, seen
from tests.pipeline.running import eventually
from tests.population import connect, integration_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_store(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(live, "_pause", live._Pause())
    yield
    for key in live.client().scan_iter("vitals:live:*"):
        live.client().delete(key)


@pytest.fixture
def pk() -> UUID:
    [connection_id] = connect(integration_at("http://127.0.0.1:9"))
    return connection_id


def entries(pk: UUID) -> list[Entry]:
    return live.read(health(pk).tenant_id)


def show(pk: UUID) -> None:
    live.publish([health(pk)])


def test_a_connection_appears_with_its_first_conclusive_check(pk: UUID) -> None:
    assert entries(pk) == []
    check(pk, limited(0), after=0)
    show(pk)
    assert entries(pk) == []
    check(pk, OK)
    show(pk)
    [entry] = entries(pk)
    assert (entry.word, entry.response_time_ms, entry.error_code) == (Word.ONLINE, 120, "")
    assert entry.last_check == entry.last_success == health(pk).last_health_check_at


def test_a_failure_keeps_the_last_success(pk: UUID) -> None:
    check(pk, OK, after=0)
    check(pk, DOWN)
    show(pk)
    [entry] = entries(pk)
    assert (entry.word, entry.error_code) == (Word.OFFLINE, "http_500")
    assert (entry.consecutive_failures, entry.response_time_ms) == (1, 120)
    assert entry.downtime_start == health(pk).downtime_started_at
    assert entry.last_success is not None


def test_an_older_version_does_not_replace_a_newer_one(pk: UUID) -> None:
    check(pk, OK, after=0)
    older = health(pk)
    check(pk, DOWN)
    live.publish([health(pk)])
    live.publish([older])
    assert [entry.word for entry in entries(pk)] == [Word.OFFLINE]


def test_what_redis_lost_is_read_from_the_database(pk: UUID) -> None:
    check(pk, OK, after=0)
    show(pk)
    live.client().delete(f"vitals:live:{health(pk).tenant_id}")
    assert [entry.word for entry in entries(pk)] == [Word.ONLINE]


def test_a_store_that_was_lost_and_written_since_is_completed() -> None:
    integration = integration_at("http://127.0.0.1:9")
    first, second = connect(integration, 2)
    recording.record([seen(claim) for claim in claim_due()])
    live.client().delete(f"vitals:live:{integration.tenant_id}")
    show(first)
    assert len(live.read(integration.tenant_id)) == 2
    assert second != first


def test_a_paused_connection_disappears_and_a_resumed_one_comes_back(pk: UUID) -> None:
    check(pk, OK, after=0)
    show(pk)
    for status, expected in (("paused", 0), ("active", 1)):
        Connection.objects.filter(pk=pk).update(status=status)
        reschedule([pk])
        assert len(entries(pk)) == expected


def test_a_deleted_connection_is_not_brought_back_by_a_late_writer(pk: UUID) -> None:
    check(pk, OK, after=0)
    row = health(pk)
    live.publish([row])
    assert len(entries(pk)) == 1
    live.forget(row.tenant_id, [pk])
    row.version += 1
    live.publish([row])
    assert live.read(row.tenant_id) == []


def test_the_sweep_mends_what_a_crash_kept_from_being_shown(pk: UUID) -> None:
    check(pk, OK, after=0)
    assert [entry.word for entry in entries(pk)] == [Word.ONLINE]
    check(pk, DOWN)
    assert [entry.word for entry in entries(pk)] == [Word.ONLINE]
    assert live.mend() == 1
    assert [entry.word for entry in entries(pk)] == [Word.OFFLINE]
    assert live.mend() == 0


def test_the_sweep_goes_back_to_where_the_last_one_ended(
    pk: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_LOOK_BACK", dt.timedelta())
    check(pk, OK, after=0)
    assert [entry.word for entry in entries(pk)] == [Word.ONLINE]
    check(pk, DOWN)
    assert live.mend() == 0  # it knows of no earlier sweep, and looks no further back than told
    live.client().set("vitals:live:mended", (timezone.now() - dt.timedelta(hours=1)).isoformat())
    assert live.mend() == 1


def test_a_store_that_is_away_is_not_the_checks_problem(
    pk: UUID, monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    live.client.cache_clear()
    check(pk, OK, after=0)
    for _ in range(3):
        show(pk)
    live.client.cache_clear()
    assert caplog.text.count("could not be written") == 1  # and nobody waits for it again at once


def test_an_edit_while_the_store_was_away_is_made_good_once_it_answers(
    pk: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(pk, OK, after=0)
    assert len(entries(pk)) == 1
    monkeypatch.setattr(live, "_PAUSE", 0.1)
    real, away = live._write, True

    def write(rows: Any) -> None:
        if away:
            raise redis.ConnectionError
        real(rows)

    monkeypatch.setattr(live, "_write", write)
    Connection.objects.filter(pk=pk).update(status="paused")
    reschedule([pk])
    away = False
    eventually(lambda: entries(pk) == [], within=5)


def test_many_writers_and_readers_leave_the_newest_state(pk: UUID) -> None:
    check(pk, OK, after=0)
    row = health(pk)
    versions = list(range(row.version, row.version + 200))

    def write(version: int) -> None:
        copy = ConnectionHealth.objects.get(pk=pk)
        copy.version, copy.consecutive_failures = version, version
        live.publish([copy])
        live.read(row.tenant_id)
        databases.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, sorted(versions, key=lambda v: (v * 7919) % 211)))
    [entry] = live.read(row.tenant_id)
    assert entry.consecutive_failures == versions[-1]
