"""Checks of connections whose access token ends: renewed before the call, and judged if not."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connections import edits
from connections.edits import NewCredential
from connections.models import Connection, Credential
from connections.oauth.refreshing import renew
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from egress.probing import Prober
from healthchecks import recording
from healthchecks.claims import start
from healthchecks.observation import Observation
from healthchecks.preparation import prepare
from healthchecks.probe import probe
from integrations.models import Integration
from tests.egress.servers import LOOPBACK_OPEN
from tests.factories import make_action
from tests.healthchecks.rounds import claim_due, health
from tests.oauth.server import (
    CLIENT,
    AuthorizationServer,
    oauth_connection,
    oauth_integration,
    stored,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("_long_since_the_database_started"),
]


@pytest.fixture
def _long_since_the_database_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthchecks.dispatch.RECOVERY", dt.timedelta())


@pytest.fixture
def provider() -> Any:
    with SimulatedProvider.in_thread() as running:
        yield running


@pytest.fixture
def connection(server: AuthorizationServer, provider: SimulatedProvider) -> Connection:
    integration = oauth_integration(
        server, sendAs={"type": "api_key_header", "header": "X-Token", "prefix": "Zoho"}
    )
    Integration.objects.update(base_url=provider.url("acme"))
    integration.refresh_from_db()
    make_action(integration)
    return oauth_connection(integration)


def check() -> Observation:
    """Make the check that is due, as a worker does, and record it."""
    [job] = prepare(start(claim_due()))

    async def make() -> Observation:
        async with Prober(LOOPBACK_OPEN) as prober:
            return await probe(job, prober)

    seen = asyncio.run(make())
    recording.record([seen])
    return seen


def test_a_check_without_an_access_token_gets_one_first(
    connection: Connection, provider: SimulatedProvider, server: AuthorizationServer
) -> None:
    provider.set("acme", Behaviour(status=200))
    seen = check()
    assert (health(connection.pk).health_status, seen.credential) == ("healthy", "active")
    assert seen.credential_expires_at == stored(connection).expires_at
    assert (provider.count("acme"), len(server.calls)) == (1, 1)
    assert b"X-Token: Zoho access-1" in provider.requests[0].head


def test_an_access_token_that_ended_is_renewed_and_one_that_lives_is_not(
    connection: Connection, server: AuthorizationServer
) -> None:
    renew(connection.pk, revision=stored(connection).revision)
    check()
    assert len(server.calls) == 1
    Credential.objects.update(expires_at=timezone.now())
    edits.resume(edits.pause(connection))
    check()
    assert len(server.calls) == 2


def test_no_access_token_is_judged_by_what_the_token_endpoint_said(
    connection: Connection, provider: SimulatedProvider, server: AuthorizationServer
) -> None:
    server.script = [(503, b""), (400, {"error": "invalid_grant"})]
    seen = check()
    assert seen.call is not None
    assert seen.call.latency_ms is None
    Credential.objects.update(refresh_due_at=timezone.now())
    edits.resume(edits.pause(connection))
    assert check().credential == "needs_reauth"
    made = connection.health_checks.order_by("id")
    assert [(row.failure_cause, row.error_code) for row in made] == [
        ("provider", "http_503"),
        ("credential", "credential_needs_reauth"),
    ]
    assert (provider.count("acme"), stored(connection).needs_reauth) == (0, True)


def test_a_token_that_the_provider_revoked_heals_by_itself(
    connection: Connection, provider: SimulatedProvider, server: AuthorizationServer
) -> None:
    renew(connection.pk, revision=stored(connection).revision)
    provider.set("acme", Behaviour(status=401))
    check()
    due_at = stored(connection).refresh_due_at
    assert due_at is not None
    assert due_at <= timezone.now()


def test_without_a_refresh_token_the_access_token_is_used_until_its_end(
    connection: Connection, provider: SimulatedProvider, server: AuthorizationServer
) -> None:
    secret = {**CLIENT, "accessToken": "mine"}
    for ends_in, calls in ((dt.timedelta(hours=2), 1), (-dt.timedelta(hours=2), 1)):
        expires_at = timezone.now() + ends_in
        edits.store_credential(connection, NewCredential(secret=secret, expires_at=expires_at))
        check()
        assert provider.count("acme") == calls
    assert connection.health_checks.latest("id").error_code == "credential_expired"
    assert server.calls == []
