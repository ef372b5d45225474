"""One refresh for all who need it, stored before it is used; and what becomes of failures."""

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as database
from django.utils import timezone

from connections import edits
from connections.edits import NewCredential
from connections.models import Connection, Credential
from connections.oauth import storing
from connections.oauth.asking import ask
from connections.oauth.protocol import Failed, Refused
from connections.oauth.queueing import (
    AT_ONCE,
    AT_ONCE_AGAIN,
    AT_ONCE_OF_TENANT,
    doubt,
    enqueue_due,
)
from connections.oauth.refreshing import Renewed, refresh_if_due
from connections.status import CredentialState
from integrations.models import Integration
from tests.factories import make_integration
from tests.oauth.server import (
    CLIENT,
    AuthorizationServer,
    oauth_connection,
    oauth_integration,
    renewed,
    stored,
    tokens_of,
)

HOUR = timedelta(hours=1)
ASK = "connections.oauth.refreshing.ask"
CONSENT = {"grantType": "authorization_code", "authorizeUrl": "https://x.test/a"}


@pytest.fixture
def connection(db: None, server: AuthorizationServer) -> Connection:
    return oauth_connection(oauth_integration(server))


def set_credential(connection: Connection, **fields: Any) -> None:
    Credential.objects.filter(pk=connection.pk).update(**fields)


def state_of(connection: Connection) -> str:
    return stored(connection).state(timezone.now())


@pytest.mark.django_db(transaction=True)
def test_fifty_who_need_a_token_at_once_make_one_call(server: AuthorizationServer) -> None:
    connection = oauth_connection(oauth_integration(server))
    server.delay = 0.1
    all_there = threading.Barrier(50)

    def worker(revision: int) -> str:
        try:
            all_there.wait()
            found = renewed(connection, revision=revision)
            assert isinstance(found, Renewed)
            return found.secret["accessToken"]
        finally:
            database.close()

    with ThreadPoolExecutor(50) as pool:
        used = list(pool.map(worker, [stored(connection).revision] * 50))
    assert (set(used), len(server.calls)) == ({"access-1"}, 1)
    assert tokens_of(connection) == {"accessToken": "access-1", "refreshToken": "refresh-1"}


@pytest.mark.django_db(transaction=True)
def test_all_who_meet_an_endpoint_that_fails_make_one_call(server: AuthorizationServer) -> None:
    connection = oauth_connection(oauth_integration(server))
    server.delay, server.script = 0.1, [(503, b"")] * 10
    revision = stored(connection).revision

    def worker(_: int) -> Renewed | Refused | Failed:
        try:
            return renewed(connection, revision=revision)
        finally:
            database.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(worker, range(10))) == {Failed(code="http_503")}
    assert len(server.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_a_death_between_answer_and_commit_asks_for_a_person_and_does_not_loop(
    server: AuthorizationServer, caplog: pytest.LogCaptureFixture
) -> None:
    connection = oauth_connection(oauth_integration(server))
    database.close()
    if (child := os.fork()) == 0:
        storing.keep_tokens = lambda *_: os._exit(9)
        refresh_if_due(connection.pk)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert (len(server.calls), "accessToken" in tokens_of(connection)) == (1, False)

    refresh_if_due(connection.pk)
    assert len(server.calls) == 1  # the dead one's lease holds

    set_credential(connection, refresh_lease_until=timezone.now())
    for _ in range(3):
        refresh_if_due(connection.pk)
        enqueue_due()
    assert (len(server.calls), state_of(connection)) == (2, CredentialState.NEEDS_REAUTH)
    assert caplog.text.count("must be authorised again") == 1


def test_what_came_is_stored_before_anybody_uses_it(
    connection: Connection, server: AuthorizationServer
) -> None:
    found = renewed(connection)
    assert isinstance(found, Renewed)
    credential = stored(connection)
    assert dict(found.secret) == {"accessToken": "access-1"}
    assert tokens_of(connection)["refreshToken"] == "refresh-1"
    assert credential.expires_at == found.expires_at
    assert credential.refresh_due_at is not None
    assert (
        timedelta(minutes=46) < credential.refresh_due_at - timezone.now() < timedelta(minutes=50)
    )
    assert (credential.expiry_source, state_of(connection)) == ("token", "active")
    assert server.calls[0] == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-0",
        "client_id": "our-client",
        "client_secret": "client-canary",
    }


def test_a_refresh_token_that_is_not_replaced_stays(
    connection: Connection, server: AuthorizationServer
) -> None:
    server.script = [(200, {"access_token": "a"})]
    renewed(connection)
    assert tokens_of(connection) == {"accessToken": "a", "refreshToken": "refresh-0"}
    assert stored(connection).expires_at is None  # nobody told


def test_the_clients_own_grant_needs_no_refresh_token(
    db: None, server: AuthorizationServer
) -> None:
    integration = oauth_integration(
        server,
        grantType="client_credentials",
        scopes=["read", "write"],
        tokenEndpointAuthMethod="client_secret_basic",
    )
    connection = oauth_connection(integration, **CLIENT)
    assert isinstance(renewed(connection), Renewed)
    assert server.calls == [
        {
            "grant_type": "client_credentials",
            "scope": "read write",
            "basic": "our-client:client-canary",
        }
    ]


def test_a_refusal_that_comes_after_a_success_of_another_uses_that(
    connection: Connection, server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other had the lease before, and was slow: its tokens came in while we asked."""

    def ask_too_late(*arguments: Any) -> Any:
        monkeypatch.setattr(ASK, ask)
        set_credential(connection, refresh_lease_until=timezone.now() - HOUR)
        renewed(connection)
        return ask(*arguments)

    monkeypatch.setattr(ASK, ask_too_late)
    found = renewed(connection)
    assert isinstance(found, Renewed)
    assert (found.secret["accessToken"], len(server.calls)) == ("access-1", 2)
    assert state_of(connection) == "active"


def test_an_answer_that_comes_after_its_lease_still_counts(
    connection: Connection, server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another was refused meanwhile, since the refresh token was used already."""

    def ask_slowly(*arguments: Any) -> Any:
        answer = ask(*arguments)
        monkeypatch.setattr(ASK, ask)
        set_credential(connection, refresh_lease_until=timezone.now() - HOUR)
        assert renewed(connection) == Refused()
        assert state_of(connection) == "needs_reauth"
        return answer

    monkeypatch.setattr(ASK, ask_slowly)
    assert isinstance(renewed(connection), Renewed)
    assert (state_of(connection), tokens_of(connection)["accessToken"]) == ("active", "access-1")
    assert stored(connection).refresh_due_at is not None


@pytest.mark.parametrize("deleted", [False, True])
def test_an_answer_for_a_secret_that_was_replaced_is_dropped(
    connection: Connection,
    server: AuthorizationServer,
    monkeypatch: pytest.MonkeyPatch,
    deleted: bool,
) -> None:
    other = {**CLIENT, "refreshToken": "other", "accessToken": "mine"}

    def replace_meanwhile(*arguments: Any) -> Any:
        answer = ask(*arguments)
        if deleted:
            edits.delete_credential(connection)
        edits.store_credential(connection, NewCredential(secret=other, expires_at=None))
        return answer

    monkeypatch.setattr(ASK, replace_meanwhile)
    renewed(connection)
    assert tokens_of(connection) == other


@pytest.mark.parametrize(
    ("status", "retry_after", "code", "pause"),
    [(503, "", "http_503", 30), (429, "120", "http_429", 120), (500, "", "http_500", 30)],
)
def test_trouble_is_no_refusal_and_backs_off(
    connection: Connection,
    server: AuthorizationServer,
    status: int,
    retry_after: str,
    code: str,
    pause: int,
) -> None:
    server.script = [(status, {"error": "invalid_grant", "token": "canary"})]
    server.headers = {"Retry-After": retry_after} if retry_after else {}
    failed = renewed(connection)
    assert isinstance(failed, Failed)
    assert failed.code == code
    credential = stored(connection)
    assert (credential.refresh_error, state_of(connection)) == (code, "active")
    assert credential.refresh_due_at is not None
    left = (credential.refresh_due_at - timezone.now()).total_seconds()
    assert pause - 2 < left <= pause

    assert renewed(connection) == Failed(code=code)
    refresh_if_due(connection.pk)
    assert len(server.calls) == 1  # nobody asks again before its time

    set_credential(connection, refresh_due_at=timezone.now())
    refresh_if_due(connection.pk)
    assert (tokens_of(connection)["accessToken"], stored(connection).refresh_failures) == (
        "access-1",
        0,
    )


def test_an_endpoint_that_is_away_is_no_refusal(
    connection: Connection, server: AuthorizationServer, settings: Any
) -> None:
    settings.PROBE_ALLOWED_NETWORKS = ()
    assert renewed(connection) == Failed(code="blocked_address")
    assert (server.calls, state_of(connection)) == ([], "active")


def test_due_tokens_are_sent_to_the_workers_once(
    connection: Connection, server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task", lambda *_, args, queue, **__: sent.append((args, queue))
    )
    for status in ("disabled", "paused"):
        Connection.objects.filter(pk=connection.pk).update(status=status)
        enqueue_due()
        enqueue_due()
    assert sent == [([str(connection.pk)], "refreshes")]
    refresh_if_due(connection.pk)  # what waits in the queue holds no lease
    assert len(server.calls) == 1
    enqueue_due()
    assert len(sent) == 1


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The connections of the messages to the workers, in their order."""
    ids: list[str] = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task", lambda *_, args, **__: ids.append(args[0])
    )
    return ids


def test_an_integration_with_many_due_leaves_room_for_others(
    connection: Connection, server: AuthorizationServer, sent: list[str]
) -> None:
    """Its others follow once one of those that were sent is done."""
    for _ in range(10):
        oauth_connection(connection.integration)
    Credential.objects.update(refresh_due_at=timezone.now() - HOUR)
    alone = oauth_connection(oauth_integration(server))
    enqueue_due()
    assert (len(sent), str(alone.pk) in sent) == (AT_ONCE + 1, True)
    enqueue_due()
    assert len(sent) == AT_ONCE + 1
    done = next(pk for pk in sent if pk != str(alone.pk))
    Credential.objects.filter(pk=UUID(done)).update(refresh_due_at=timezone.now() + HOUR)
    enqueue_due()
    assert len(set(sent)) == AT_ONCE + 2


def test_a_tenant_with_many_integrations_and_what_failed_leave_room_for_others(
    connection: Connection, server: AuthorizationServer, sent: list[str]
) -> None:
    for number in range(4):
        integration = make_integration(
            connection.tenant, f"Of many {number}", auth=connection.integration.auth
        )
        for _ in range(AT_ONCE):
            oauth_connection(integration)
    other = oauth_connection(oauth_integration(server))
    Credential.objects.update(refresh_due_at=timezone.now() - HOUR)
    Credential.objects.filter(pk=other.pk).update(refresh_due_at=timezone.now())
    enqueue_due()
    assert (len(sent), str(other.pk) in sent) == (AT_ONCE_OF_TENANT + 1, True)
    sent.clear()
    Credential.objects.update(refresh_lease_until=None, refresh_failures=1)
    enqueue_due()
    assert len(sent) == AT_ONCE_AGAIN


@pytest.mark.parametrize(("waiting", "expected"), [(78, 2), (79, 1), (150, 0)])
def test_no_more_are_sent_than_the_workers_can_take(
    connection: Connection,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
    waiting: int,
    expected: int,
) -> None:
    """The broker tells how many wait; the longest due go first."""
    declared = SimpleNamespace(message_count=waiting)
    monkeypatch.setattr("kombu.transport.virtual.Channel.queue_declare", lambda *_, **__: declared)
    later = oauth_connection(connection.integration)
    set_credential(connection, refresh_due_at=timezone.now() - HOUR)
    enqueue_due()
    assert set(sent) == {str(one.pk) for one in (connection, later)[:expected]}


@pytest.mark.django_db(transaction=True)
def test_tokens_are_kept_until_the_database_is_back(
    server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = oauth_connection(oauth_integration(server))
    port, pauses = database.settings_dict["PORT"], []

    def ask_and_lose_the_database(*arguments: Any) -> Any:
        answer = ask(*arguments)
        monkeypatch.setitem(database.settings_dict, "PORT", "1")
        return answer

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if sum(pauses) > 60:
            monkeypatch.setitem(database.settings_dict, "PORT", port)

    monkeypatch.setattr(ASK, ask_and_lose_the_database)
    monkeypatch.setattr(storing, "sleep", pause)
    assert isinstance(renewed(connection), Renewed)
    assert tokens_of(connection) == {"accessToken": "access-1", "refreshToken": "refresh-1"}
    assert max(pauses) == 5


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_a_token_endpoint_is_asked(
    server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = oauth_connection(oauth_integration(server))

    def look(*arguments: Any) -> Any:
        assert database.connection is None
        return ask(*arguments)

    monkeypatch.setattr(ASK, look)
    assert isinstance(renewed(connection), Renewed)


def test_a_client_that_is_refused_or_missing_can_be_put_right(
    connection: Connection, server: AuthorizationServer
) -> None:
    server.script = [(401, {"error": "invalid_client"})]
    assert renewed(connection) == Failed(code="http_401")
    secret = {"refreshToken": "refresh-0"}
    Integration.objects.update(auth=connection.integration.auth | CONSENT)
    edits.store_credential(connection, NewCredential(secret=secret, expires_at=None))
    assert renewed(connection) == Failed(code="oauth_client_missing")
    assert state_of(connection) == "active"
    assert stored(connection).refresh_due_at is not None


def test_a_token_that_the_provider_refuses_is_renewed_at_once_and_once_an_hour(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    renewed(connection)
    for round_, hours in ((1, 0), (1, 0), (2, 2)):
        if hours:
            set_credential(connection, doubted_at=timezone.now() - hours * HOUR)
        doubt([connection.pk])
        refresh_if_due(connection.pk)
        assert tokens_of(connection)["accessToken"] == f"access-{round_ + 1}"
    assert not any(word in caplog.text for word in ("refresh-", "access-", "canary"))


@pytest.mark.parametrize(
    ("secret", "expires_in", "state", "refreshable"),
    [
        ({**CLIENT, "refreshToken": "r"}, None, "active", True),
        ({**CLIENT, "accessToken": "a", "refreshToken": "r"}, -HOUR, "active", True),
        ({**CLIENT, "accessToken": "a"}, HOUR / 2, "expiring", False),
        ({**CLIENT, "accessToken": "a"}, -HOUR, "expired", False),
        (CLIENT, None, "needs_reauth", False),
    ],
)
def test_the_state_of_a_new_secret_follows_from_what_can_be_refreshed(
    db: None,
    server: AuthorizationServer,
    secret: dict[str, str],
    expires_in: timedelta | None,
    state: str,
    refreshable: bool,
) -> None:
    integration = oauth_integration(
        server, grantType="authorization_code", authorizeUrl="https://x.test/a"
    )
    connection = oauth_connection(integration, **secret)
    expires_at = timezone.now() + expires_in if expires_in else None
    edits.store_credential(connection, NewCredential(secret=secret, expires_at=expires_at))
    assert state_of(connection) == state
    assert (stored(connection).refresh_due_at is not None) == refreshable
