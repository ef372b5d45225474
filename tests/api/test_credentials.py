"""Secrets: written and replaced, never read back, sent to no other host."""

import base64
import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from connections.models import Connection, Credential
from integrations import edits
from integrations.models import Integration
from tenants.models import Tenant
from tests.api.test_connections import claim, health_of
from tests.api.test_envelope import error_of
from tests.factories import make_connection, make_integration, set_health

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def crm(acme: Tenant) -> Integration:
    return make_integration(acme, base_url="https://{site}.example.com/{part}")


@pytest.fixture
def connection(crm: Integration) -> Connection:
    return make_connection(crm, variables={"site": "acme", "part": "x"})


def put(client: APIClient, connection: Connection, **fields: Any) -> Any:
    body = {"type": "bearer", "secret": {"token": "canary"}, **fields}
    return client.put(f"/api/v1/connections/{connection.pk}/credential", body)


def state_of(client: APIClient, connection: Connection) -> str:
    shown = client.get(f"/api/v1/connections/{connection.pk}").json()["data"]
    return str(shown["credential"]["state"])


@pytest.mark.parametrize(
    ("expires_in", "state"),
    [(None, "active"), (2 * HOUR, "active"), (HOUR / 2, "expiring"), (-HOUR, "expired")],
)
def test_the_answer_says_type_expiry_and_state_and_no_secret(
    alice: APIClient, connection: Connection, expires_in: dt.timedelta | None, state: str
) -> None:
    expires_at = expires_in and (timezone.now() + expires_in).isoformat(timespec="milliseconds")
    answer = put(alice, connection, expiresAt=expires_at)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert set(data) == {"type", "state", "expiresAt", "expirySource"}
    assert (data["type"], data["state"]) == ("bearer", state)
    assert data["expiresAt"] == (expires_at and expires_at.replace("+00:00", "Z"))
    assert b"canary" not in answer.content


def jwt(**claims: Any) -> str:
    """A token that says so itself; nobody signed it."""
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), "c2ln"])


IN_2040 = "2040-01-01T00:00:00.000Z"
EXP = 2_208_988_800  # 2040, in seconds since 1970


@pytest.mark.parametrize(
    ("token", "entered", "expires_at", "source"),
    [
        (jwt(exp=EXP), None, IN_2040, "token"),
        (f"Bearer {jwt(exp=EXP)}", None, IN_2040, "token"),
        (jwt(exp=1), IN_2040, IN_2040, "entered"),
        (jwt(sub="alice"), None, None, None),
        (jwt(exp="tomorrow"), None, None, None),
        (jwt(exp=1e300), None, None, None),
        ("a.b.c", None, None, None),
        ("eyJ.\u00e9.c", None, None, None),
    ],
)
def test_a_jwt_tells_its_expiry_unless_a_person_does(
    acme: Tenant, alice: APIClient, token: str, entered: str, expires_at: str, source: str
) -> None:
    auth = {"type": "api_key_query", "parameter": "key"}
    connection = make_connection(make_integration(acme, auth=auth), token=None)
    secret = {"key": token}
    data = put(alice, connection, type=auth["type"], secret=secret, expiresAt=entered).json()
    assert (data["data"]["expiresAt"], data["data"]["expirySource"]) == (expires_at, source)


def patch(client: APIClient, connection: Connection, body: dict[str, Any]) -> Any:
    return client.patch(f"/api/v1/connections/{connection.pk}/credential", body)


def test_when_a_secret_expires_can_be_said_later(alice: APIClient, connection: Connection) -> None:
    put(alice, connection, secret={"token": jwt(exp=EXP)})
    before = bytes(Credential.objects.get().encrypted_secret)
    changed = patch(alice, connection, {"expiresAt": "2039-01-01T00:00:00Z"})
    assert changed.json()["data"]["expiresAt"] == "2039-01-01T00:00:00.000Z"
    assert changed.json()["data"]["expirySource"] == "entered"
    assert bytes(Credential.objects.get().encrypted_secret) == before
    forgotten = patch(alice, connection, {"expiresAt": None}).json()["data"]
    assert (forgotten["expiresAt"], forgotten["expirySource"]) == (IN_2040, "token")


@pytest.mark.parametrize(("ago", "at_once"), [(HOUR, True), (-2 * HOUR, False)])
def test_an_expiry_that_changes_the_state_is_checked_at_once(
    alice: APIClient, connection: Connection, ago: dt.timedelta, at_once: bool
) -> None:
    slot = timezone.now() + HOUR / 4
    set_health(connection, due_at=slot)
    patch(alice, connection, {"expiresAt": (timezone.now() - ago).isoformat()})
    assert (health_of(connection.pk).due_at != slot) is at_once


def test_tokens_of_oauth_bring_their_own_expiry(acme: Tenant, alice: APIClient) -> None:
    auth = {"type": "oauth2", "grantType": "refresh_token", "tokenUrl": "https://id.example.com/t"}
    connection = make_connection(make_integration(acme, auth=auth))
    error_of(patch(alice, connection, {"expiresAt": IN_2040}), 409)
    assert Credential.objects.get().expires_at is None


def test_an_expiry_needs_a_secret_and_a_moment(crm: Integration, alice: APIClient) -> None:
    bare = make_connection(crm, token=None, variables={"site": "acme", "part": "x"})
    error_of(patch(alice, bare, {"expiresAt": IN_2040}), 404)
    assert set(error_of(patch(alice, bare, {}), 400)["details"]) == {"expiresAt"}
    refused = patch(alice, bare, {"expiresAt": "soon", "secret": {"token": "x"}})
    assert set(error_of(refused, 400)["details"]) == {"secret"}


def test_a_new_secret_forgets_failures_and_is_tried_at_once(
    alice: APIClient, connection: Connection
) -> None:
    Credential.objects.filter(connection=connection).update(needs_reauth=True)
    set_health(connection, circuit_state="open", recent_outcomes="FFFF", due_at=None)
    claim(connection)
    assert put(alice, connection).json()["data"]["state"] == "active"
    health = health_of(connection.pk)
    assert (health.circuit_state, health.recent_outcomes) == ("closed", "")
    assert health.claim_id is None
    assert health.due_at is not None
    assert Credential.objects.count() == 1


def test_a_secret_of_another_type_is_refused(alice: APIClient, connection: Connection) -> None:
    error = error_of(put(alice, connection, type="basic"), 400)
    assert set(error["details"]) == {"type"}
    error_of(put(alice, connection, secret={"token": ""}), 400)


SECRET_OF: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "api_key_query": ({"parameter": "key"}, {"key": "canary&x=/ü"}),
    "path_token": ({}, {"token": "12:canary"}),
    "headers": ({"names": ["X-One", "X-Two"]}, {"X-One": "canary", "X-Two": "canary2"}),
    "query": ({"names": ["one", "two"]}, {"one": "canary", "two": "canary2"}),
    "json_body": ({"names": ["one", "two"]}, {"one": "canary", "two": "canary2"}),
}


@pytest.mark.parametrize("kind", SECRET_OF)
def test_each_scheme_takes_its_own_secret(acme: Tenant, alice: APIClient, kind: str) -> None:
    options, secret = SECRET_OF[kind]
    connection = make_connection(make_integration(acme, auth={"type": kind, **options}), token=None)
    answer = put(alice, connection, type=kind, secret=secret)
    shown = {"type": kind, "state": "active", "expiresAt": None, "expirySource": None}
    assert answer.json()["data"] == shown
    for wrong in ({"token": ["canary"]}, {**secret, "more": "canary"}, dict.fromkeys(secret, "")):
        refused = put(alice, connection, type=kind, secret=wrong)
        assert set(error_of(refused, 400)["details"]) == {"secret"}
        assert b"canary" not in refused.content


def test_a_secret_for_other_headers_must_be_entered_again(acme: Tenant, alice: APIClient) -> None:
    integration = make_integration(acme, auth={"type": "headers", "names": ["X-One"]})
    connection = make_connection(integration, token=None)
    put(alice, connection, type="headers", secret={"X-One": "canary"})
    url = f"/api/v1/integrations/{integration.pk}"
    more = {"auth": {"type": "headers", "names": ["X-One", "X-Two"]}}
    assert "auth" in error_of(alice.patch(url, more), 400)["details"]
    alice.delete(f"/api/v1/connections/{connection.pk}/credential")
    assert alice.patch(url, more).status_code == 200
    assert state_of(alice, connection) == "missing"


def test_an_integration_without_authentication_takes_none(acme: Tenant, alice: APIClient) -> None:
    connection = make_connection(make_integration(acme, auth={"type": "none"}), token=None)
    error_of(put(alice, connection, type="none", secret={}), 400)
    assert state_of(alice, connection) == "active"


def test_a_secret_cannot_be_read(alice: APIClient, connection: Connection) -> None:
    error_of(alice.get(f"/api/v1/connections/{connection.pk}/credential"), 405)


def test_a_deleted_secret_is_missing(alice: APIClient, connection: Connection) -> None:
    url = f"/api/v1/connections/{connection.pk}/credential"
    assert alice.delete(url).status_code == 204
    assert state_of(alice, connection) == "missing"
    error_of(alice.delete(url), 404)


def test_a_variable_that_leads_to_another_host_needs_the_secret_again(
    alice: APIClient, connection: Connection
) -> None:
    url = f"/api/v1/connections/{connection.pk}"
    assert alice.patch(url, {"variables": {"site": "acme", "part": "y"}}).status_code == 200
    elsewhere = {"variables": {"site": "other", "part": "x"}}
    assert "variables" in error_of(alice.patch(url, elsewhere), 400)["details"]
    assert alice.get(url).json()["data"]["variables"] == {"site": "acme", "part": "y"}
    for part in ({}, {"type": "bearer"}, {"type": "basic", "secret": {"token": "another"}}, "x"):
        assert error_of(alice.patch(url, elsewhere | {"credential": part}), 400)
    credential = {"type": "bearer", "secret": {"token": "another"}}
    assert alice.patch(url, elsewhere | {"credential": credential}).status_code == 200
    stored = Credential.objects.get(pk=connection.pk)
    assert stored.unseal(origin="https://other.example.com")["token"] == "another"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"baseUrl": "https://{site}.example.com/v2"}, None),
        ({"auth": {"type": "bearer", "prefix": "Token"}}, None),
        ({"baseUrl": "https://acme.example.com"}, None),  # the same host once filled
        ({"baseUrl": "https://{site}.example.org"}, "baseUrl"),
        ({"baseUrl": "http://{site}.example.com"}, "baseUrl"),
        ({"auth": {"type": "basic"}}, "auth"),
    ],
)
def test_an_integration_does_not_move_to_another_host_or_type_while_it_has_secrets(
    alice: APIClient, connection: Connection, change: dict[str, Any], refused: str | None
) -> None:
    answer = alice.patch(f"/api/v1/integrations/{connection.integration_id}", change)
    if refused:
        assert "1 of its connections" in error_of(answer, 400)["details"][refused][0]
    assert answer.status_code == (400 if refused else 200)
    assert state_of(alice, connection) == "active"


def test_a_secret_does_not_follow_an_edit_to_another_host(
    alice: APIClient, connection: Connection
) -> None:
    """Whoever stores one at this very moment is not asked: it is deleted."""
    claim(connection)
    edits.update(connection.integration, {"base_url": "https://{site}.example.org"})
    assert state_of(alice, connection) == "missing"
    assert health_of(connection.pk).claim_id is None
