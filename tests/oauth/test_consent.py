"""Consent at the provider: from the start to tokens, by whoever started it, once."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.http import Http404
from django.test import Client
from django.utils import timezone

from connections import edits
from connections.edits import NewCredential
from connections.models import Connection, Consent, Credential, OAuthClient
from connections.oauth import asking, clients, consent
from connections.oauth.clients import client_of
from connections.oauth.refreshing import Renewed
from connections.waiting import MOST_WAITING_OF_ONE_TENANT, waiting
from integrations.models import Integration
from tenants.models import Role, Tenant
from tenants.row_security import for_tenant
from tests.admin.pages import row
from tests.api.conftest import client_with, signed_in
from tests.factories import make_connection, make_key, make_member, make_tenant
from tests.oauth.server import (
    CLIENT,
    AuthorizationServer,
    oauth_connection,
    oauth_integration,
    renewed,
    stored,
    tokens_of,
)
from tests.web import AdminCaller

CALLBACK = "/api/v1/oauth/callback"
AUTHORIZE = "https://provider.test/authorize?access_type=offline"

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def integration(server: AuthorizationServer, acme: Tenant) -> Integration:
    return oauth_integration(
        server,
        acme,
        grantType="authorization_code",
        authorizeUrl=AUTHORIZE,
        scopes=["read", "offline_access"],
    )


@pytest.fixture
def connection(integration: Integration) -> Connection:
    return oauth_connection(integration, **CLIENT)


@pytest.fixture
def dora(acme: Tenant) -> Any:
    return signed_in(make_member(acme).user)


def start(client: Any, connection: Connection, body: Any = None) -> Any:
    return client.post(f"/api/v1/connections/{connection.pk}/oauth/start", body)


def started(client: Any, connection: Connection) -> str:
    return str(start(client, connection).json()["data"]["authorizationUrl"])


def come_back(client: Any, answer: Mapping[str, str]) -> tuple[int, str]:
    response = client.get(CALLBACK, answer)
    return response.status_code, response.content.decode()


def test_a_consent_brings_tokens_that_are_refreshed_from_then_on(
    dora: Any, connection: Connection, server: AuthorizationServer
) -> None:
    assert stored(connection).needs_reauth
    url = started(dora, connection)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(AUTHORIZE)
    assert asked["redirect_uri"].endswith(CALLBACK)
    assert (asked["client_id"], asked["scope"]) == ("our-client", "read offline_access")

    answer = server.consent(url)
    status, page = come_back(dora, answer)
    assert (status, "Connected" in page) == (200, True)
    assert server.calls[0]["redirect_uri"] == asked["redirect_uri"]
    credential = stored(connection)
    assert (credential.needs_reauth, credential.expiry_source) == (False, "token")
    assert dict(credential.unseal(origin=connection.origin)) == CLIENT
    assert isinstance(renewed(connection), Renewed)
    assert tokens_of(connection) == {"accessToken": "access-2", "refreshToken": "refresh-2"}

    status, page = come_back(dora, answer)
    assert (status, "used already" in page, len(server.calls)) == (400, True, 2)


def test_only_the_browser_that_started_can_finish(
    dora: Any, connection: Connection, acme: Tenant, server: AuthorizationServer
) -> None:
    answer = server.consent(started(dora, connection))
    stranger = signed_in(make_member(make_tenant("Other"), email="eve@example.com").user)
    for client in (Client(), stranger):
        status, page = come_back(client, answer)
        assert (status, "another browser" in page) == (400, True)
    assert server.calls == []
    assert come_back(dora, answer)[0] == 200  # nothing was used up


def test_started_with_a_key_any_browser_can_finish(
    connection: Connection, acme: Tenant, server: AuthorizationServer
) -> None:
    alice = client_with(make_key(acme, Role.ADMIN))
    assert come_back(Client(), server.consent(started(alice, connection)))[0] == 200


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"state": "foreign"}, "unknown"),
        ({}, "unknown"),
        ({"code": "", "state": None}, "did not give"),
        ({"error": "access_denied", "state": None}, "was denied"),
        ({"error": "<script>canary", "state": None}, "did not give"),
        ({"code": "forged", "state": None}, "refused the code"),
    ],
)
def test_what_comes_back_wrong_changes_nothing(
    dora: Any,
    connection: Connection,
    server: AuthorizationServer,
    answer: dict[str, Any],
    words: str,
) -> None:
    before = stored(connection).revision
    own = server.consent(started(dora, connection))
    sent = {name: own[name] if value is None else value for name, value in answer.items()}
    status, page = come_back(dora, {"code": "x", **sent} if "error" not in sent else sent)
    assert (status, words in page, "canary" in page) == (400, True, False)
    assert (stored(connection).revision, stored(connection).needs_reauth) == (before, True)


def test_a_consent_that_took_too_long_or_met_a_changed_connection_is_none(
    dora: Any, connection: Connection, integration: Integration, server: AuthorizationServer
) -> None:
    answer = server.consent(started(dora, connection))
    Consent.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "took too long" in come_back(dora, answer)[1]

    answer = server.consent(started(dora, connection))
    Integration.objects.update(base_url="https://other.example.com")
    assert "changed meanwhile" in come_back(dora, answer)[1]
    assert server.calls == []


def test_a_secret_that_is_entered_or_deleted_beats_the_consents_that_were_started(
    dora: Any, connection: Connection, server: AuthorizationServer
) -> None:
    newer = NewCredential(secret={**CLIENT, "accessToken": "mine"}, expires_at=None)
    for change in (
        lambda: edits.store_credential(connection, newer),
        lambda: edits.delete_credential(connection),
    ):
        edits.store_credential(connection, NewCredential(secret=CLIENT, expires_at=None))
        answer = server.consent(started(dora, connection))
        change()
        assert "unknown" in come_back(dora, answer)[1]
    assert server.calls == []


@pytest.mark.parametrize("secret", [{**CLIENT, "accessToken": "mine"}, None])
def test_a_secret_that_is_entered_or_deleted_while_the_provider_is_asked_beats_what_it_gives(
    dora: Any,
    connection: Connection,
    server: AuthorizationServer,
    monkeypatch: pytest.MonkeyPatch,
    secret: dict[str, str] | None,
) -> None:
    def change_meanwhile(*arguments: Any) -> Any:
        with for_tenant(connection.tenant_id):
            if secret is None:
                edits.delete_credential(connection)
            else:
                edits.store_credential(connection, NewCredential(secret=secret, expires_at=None))
        return asking.ask(*arguments)

    monkeypatch.setattr(consent, "ask", change_meanwhile)
    answer = server.consent(started(dora, connection))
    assert "changed meanwhile" in come_back(dora, answer)[1]
    found = Credential.objects.filter(pk=connection.pk).exists() and dict(tokens_of(connection))
    assert found == (secret or False)


def test_tokens_that_are_refreshed_while_the_provider_is_asked_do_not_hinder_a_consent(
    dora: Any,
    connection: Connection,
    server: AuthorizationServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert come_back(dora, server.consent(started(dora, connection)))[0] == 200

    def refresh_meanwhile(*arguments: Any) -> Any:
        with for_tenant(connection.tenant_id):
            renewed(connection)
        return asking.ask(*arguments)

    monkeypatch.setattr(consent, "ask", refresh_meanwhile)
    assert come_back(dora, server.consent(started(dora, connection)))[0] == 200
    assert tokens_of(connection)["accessToken"] == "access-3"


def test_where_many_wait_the_consent_is_kept_for_later(
    dora: Any, connection: Connection, acme: Tenant, server: AuthorizationServer
) -> None:
    answer = server.consent(started(dora, connection))
    with ExitStack() as others:
        for _ in range(MOST_WAITING_OF_ONE_TENANT):
            others.enter_context(waiting.place(acme.pk))
        busy = dora.get(CALLBACK, answer)
    assert (busy.status_code, busy.headers["Retry-After"], server.calls) == (503, "5", [])
    assert come_back(dora, answer)[0] == 200


@pytest.mark.django_db(transaction=True)
def test_a_consent_that_starts_while_its_connection_is_deleted_waits_and_finds_none(
    connection: Connection,
) -> None:
    def begin() -> Any:
        try:
            with for_tenant(connection.tenant_id):
                return consent.start(connection, session_key=None)
        except Http404:
            return "gone"
        finally:
            database.close()

    with ThreadPoolExecutor(1) as beside:
        begun: list[Future[Any]] = []

        def begin_and_wait(**_: Any) -> None:
            begun.append(beside.submit(begin))
            with database.cursor() as cursor:
                while not begun[0].done():
                    cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone():
                        return

        edits.deleting.connect(begin_and_wait)
        try:
            edits.delete(connection.tenant_id, [connection.pk])
        finally:
            edits.deleting.disconnect(begin_and_wait)
        assert begun[0].result() == "gone"


def test_who_started_in_the_admin_comes_back_to_the_connections_page(
    connection: Connection, server: AuthorizationServer
) -> None:
    olga = AdminCaller()
    olga.force_login(User.objects.create_superuser("olga"))
    page, connect = row(connection), row(connection, "connect")

    def at_the_provider() -> dict[str, str]:
        return server.consent(olga.post(connect).headers["Refresh"].removeprefix("0; url="))

    refused = olga.get(CALLBACK, at_the_provider() | {"code": "forged"})
    assert refused.headers["Location"] == f"{page}?notConnected=refused"
    assert "it refused the code" in olga.get(refused.headers["Location"]).content.decode()
    answer = olga.get(CALLBACK, at_the_provider())
    assert answer.headers["Location"] == f"{page}?connected=1"
    assert "The connection has new tokens" in olga.get(answer.headers["Location"]).content.decode()


def test_who_started_in_the_dashboard_comes_back_to_where_they_were_with_what_came_of_it(
    dora: Any, connection: Connection, server: AuthorizationServer
) -> None:
    back = {"returnTo": f"/connections/{connection.pk}"}

    def led_to(**answer: str) -> str:
        came = server.consent(str(start(dora, connection, back).json()["data"]["authorizationUrl"]))
        return str(dora.get(CALLBACK, came | answer).headers["Location"])

    assert led_to(error="access_denied") == f"{back['returnTo']}?notConnected=denied"
    assert led_to(error="<canary>") == f"{back['returnTo']}?notConnected=not_given"
    assert led_to(code="forged") == f"{back['returnTo']}?notConnected=refused"
    assert led_to() == f"{back['returnTo']}?connected=1"


@pytest.mark.parametrize(
    "path",
    ["https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test", "/a//b", "evil.test",
     "/a?b=c", "/a\nb", "", None, "/" + "a" * 200],
)  # fmt: skip
def test_nobody_is_led_to_another_site(dora: Any, connection: Connection, path: Any) -> None:
    error = start(dora, connection, {"returnTo": path}).json()["error"]
    assert [*error["details"]] == ["returnTo"]
    assert not Consent.objects.exists()


def test_a_key_has_no_browser_to_lead_back(connection: Connection, acme: Tenant) -> None:
    alice = client_with(make_key(acme, Role.ADMIN))
    answer = start(alice, connection, {"returnTo": "/connections"})
    assert (answer.status_code, *answer.json()["error"]["details"]) == (400, "returnTo")


def test_who_may_start_and_where_there_is_nothing_to_consent(
    dora: Any, connection: Connection, acme: Tenant, server: AuthorizationServer
) -> None:
    operator = client_with(make_key(acme, Role.OPERATOR))
    assert start(operator, connection).status_code == 403
    edits.delete_credential(connection)
    answer = start(dora, connection)
    assert (answer.status_code, "OAuth client" in answer.json()["error"]["message"]) == (409, True)
    plain = make_connection(oauth_integration(server, acme), token=None)
    assert "grant" in start(dora, plain).json()["error"]["message"]


def test_pending_consents_of_a_connection_do_not_pile_up(dora: Any, connection: Connection) -> None:
    for _ in range(12):
        start(dora, connection)
    assert Consent.objects.count() == 10
    Consent.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    consent.forget_old()
    assert not Consent.objects.exists()


@pytest.fixture
def operators(integration: Integration, monkeypatch: pytest.MonkeyPatch) -> Integration:
    """The catalogue has this very integration, and the operator a client for it."""
    own = ("authorization_code", (integration.base_url, integration.auth["tokenUrl"], AUTHORIZE))
    monkeypatch.setattr(clients, "_ways", lambda slug: [own] if slug == "known" else [])
    client = OAuthClient(provider="known", client_id="operators-client")
    client.enter_secret("operators-canary")
    client.save()
    integration.provider = "known"
    integration.save()
    return integration


def test_the_operators_client_serves_who_has_none(
    dora: Any, operators: Integration, server: AuthorizationServer
) -> None:
    connection = make_connection(operators, token=None)
    answer = server.consent(started(dora, connection))
    assert come_back(dora, answer)[0] == 200
    assert isinstance(renewed(connection), Renewed)
    assert {call["client_secret"] for call in server.calls} == {"operators-canary"}
    assert dict(stored(connection).unseal(origin=connection.origin)) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"auth": {"tokenUrl": "http://127.0.0.1:9/token"}},
        {"auth": {"authorizeUrl": "https://evil.test/authorize"}},
        {"auth": {"grantType": "client_credentials"}},
        {"base_url": "https://evil.example.com"},
        {"provider": "other"},
    ],
)
def test_the_operators_secret_goes_nowhere_but_where_the_catalogue_says(
    operators: Integration, changes: dict[str, Any]
) -> None:
    assert client_of(operators, {}) is not None
    operators.auth = {**operators.auth, **changes.pop("auth", {})}
    for name, value in changes.items():
        setattr(operators, name, value)
    assert client_of(operators, {}) is None


@pytest.mark.parametrize(
    ("host", "safe"), [("{shop}.myshop.test", True), ("{host}", False), ("{host}.test", False)]
)
def test_a_variable_is_a_subdomain_of_the_providers_at_most(
    operators: Integration, monkeypatch: pytest.MonkeyPatch, host: str, safe: bool
) -> None:
    operators.base_url = f"https://{host}/api"
    own = ("authorization_code", (operators.base_url, operators.auth["tokenUrl"], AUTHORIZE))
    monkeypatch.setattr(clients, "_ways", lambda _: [own])
    assert (client_of(operators, {}) is not None) == safe


def test_no_tenant_sees_the_operators_clients(operators: Integration) -> None:
    with for_tenant(operators.tenant_id):
        assert not OAuthClient.objects.exists()
