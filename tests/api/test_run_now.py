"""A check that a person asks for, with the worker's stream in this process."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from ipaddress import ip_network
from typing import Any

import pytest
from rest_framework.test import APIClient

from connections import edits
from connections.models import Connection
from connections.waiting import MOST_WAITING_OF_ONE_TENANT, waiting
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from healthchecks import queues, stream, views
from healthchecks.claims import Claim
from healthchecks.models import HealthCheck, ManualRequest
from tenants.models import Tenant
from tenants.row_security import for_all_tenants, for_tenant
from tests.api.test_envelope import error_of
from tests.factories import TOKEN, make_action, make_connection, make_integration, set_health

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


@pytest.fixture
def connection(acme: Tenant, provider: SimulatedProvider) -> Connection:
    integration = make_integration(acme, base_url=provider.url("acme"))
    make_action(integration)
    return make_connection(integration)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Hand claims to the stream at once, as a worker does that finds the queue empty."""
    settings.PROBE_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)

    def enqueue(claims: Sequence[Claim], *, queue: str) -> int:
        assert queue == queues.MANUAL_QUEUE
        with for_all_tenants():
            stream.stream().hand_over(claims)
        return len(claims)

    monkeypatch.setattr(queues, "enqueue", enqueue)
    yield
    stream.close(5)


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes what is queued, and nobody waits long for it."""
    monkeypatch.setattr(queues, "enqueue", lambda claims, queue: len(claims))
    monkeypatch.setattr(views, "PATIENCE", 0)


def run(client: APIClient, connection: Connection) -> Any:
    return client.post(f"/api/v1/connections/{connection.pk}/health-checks")


@pytest.mark.usefixtures("worker")
def test_a_check_by_hand_answers_with_its_result(
    connection: Connection, bob: APIClient, provider: SimulatedProvider
) -> None:
    answer = run(bob, connection)
    assert answer.status_code == 201
    check = answer.json()["data"]
    assert check["checkType"] == "manual"
    assert check["status"] == "healthy"
    assert check["testActionStatusCode"] == 200
    assert check["connectionId"] == str(connection.pk)
    assert provider.count("acme") == 1
    latest = bob.get(f"/api/v1/connections/{connection.pk}/health-checks/latest").json()["data"]
    assert latest == check
    assert TOKEN not in answer.content.decode()


@pytest.mark.usefixtures("worker")
def test_a_dead_credential_is_told(
    connection: Connection, bob: APIClient, provider: SimulatedProvider
) -> None:
    provider.set("acme", Behaviour(status=401))
    check = run(bob, connection).json()["data"]
    assert (check["status"], check["failureCause"]) == ("unhealthy", "credential")
    assert check["testActionError"]["code"] == "http_401"
    summary = bob.get("/api/v1/health-checks/summary").json()["data"]
    assert summary["unhealthy"] == 1
    assert summary["connections"][0]["error"] == "The API answered 401 Unauthorized."
    assert bob.get("/api/v1/health/integrations").json()[0]["status"] == "offline"


@pytest.mark.usefixtures("no_worker")
def test_who_has_waited_long_enough_is_told_where_to_look(
    connection: Connection, bob: APIClient
) -> None:
    answer = run(bob, connection)
    assert answer.status_code == 202
    check_id = answer.json()["data"]["id"]
    assert answer.json()["data"] == {"id": check_id, "state": "pending"}
    assert answer["Location"] == f"/api/v1/health-checks/{check_id}"
    assert bob.get(answer["Location"]).json() == answer.json()
    assert run(bob, connection).json()["data"]["id"] == check_id  # joined


@pytest.mark.parametrize(("edit", "status"), [("pause", 409), ("delete", 404)])
def test_nobody_waits_for_a_check_that_an_edit_has_dropped(
    connection: Connection,
    bob: APIClient,
    monkeypatch: pytest.MonkeyPatch,
    edit: str,
    status: int,
) -> None:
    def change_meanwhile(claims: Sequence[Claim], *, queue: str) -> int:
        with for_tenant(connection.tenant_id):
            if edit == "pause":
                edits.pause(connection)
            else:
                edits.delete(connection.tenant_id, [connection.pk])
        return len(claims)

    monkeypatch.setattr(queues, "enqueue", change_meanwhile)
    error_of(run(bob, connection), status)


@pytest.mark.usefixtures("no_worker")
def test_where_many_wait_already_one_is_told_at_once_where_to_look(
    connection: Connection, bob: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PATIENCE", 3600)
    monkeypatch.setattr("connections.waiting.MOST_WAITING", 0)
    assert run(bob, connection).status_code == 202


@pytest.mark.usefixtures("worker")
def test_where_others_of_its_tenant_wait_another_tenants_person_waits_too(
    connection: Connection, bob: APIClient
) -> None:
    busy = uuid.uuid4()
    with ExitStack() as others:
        entered = [
            others.enter_context(waiting.place(busy)) for _ in range(MOST_WAITING_OF_ONE_TENANT + 1)
        ]
        assert entered == [True] * MOST_WAITING_OF_ONE_TENANT + [False]
        assert run(bob, connection).status_code == 201


@pytest.mark.usefixtures("worker")
def test_the_seventh_check_within_a_minute_is_too_many(
    connection: Connection, bob: APIClient
) -> None:
    for _ in range(6):
        assert run(bob, connection).status_code == 201
    refused = run(bob, connection)
    assert error_of(refused, 429)["message"].endswith("for one connection.")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert HealthCheck.objects.count() == 6


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize("status", ["draft", "disabled"])
def test_an_inactive_integration_is_not_checked(acme: Tenant, bob: APIClient, status: str) -> None:
    connection = make_connection(make_integration(acme, status=status))
    error_of(run(bob, connection), 409)
    assert not ManualRequest.objects.exists()


@pytest.mark.usefixtures("no_worker")
def test_a_disabled_connection_is_not_checked_and_a_paused_one_is(
    connection: Connection, bob: APIClient
) -> None:
    Connection.objects.filter(pk=connection.pk).update(status="paused")
    set_health(connection, due_at=None)
    assert run(bob, connection).status_code == 202
    Connection.objects.filter(pk=connection.pk).update(status="disabled")
    error_of(run(bob, connection), 409)


def test_without_a_broker_nothing_can_be_asked_for(
    connection: Connection, bob: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "enqueue", lambda claims, queue: 0)
    error_of(run(bob, connection), 503)
