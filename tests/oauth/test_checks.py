"""Checks of connections whose access token ends: renewed before the call, and judged if not."""

import asyncio
import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from connections import edits
from connections.edits import NewCredential
from connections.models import Connection, Credential
from connections.oauth import asking, refreshing
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from egress.probing import Prober
from healthchecks import proof, recording, renewing
from healthchecks.claims import start
from healthchecks.models import ManualRequest
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
    renewed,
    serving,
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


def check_all() -> list[Observation]:
    """Make the checks that are due, as a worker does; return them in the order of their ends."""
    jobs = prepare(start(claim_due()))

    async def make() -> list[Observation]:
        async with Prober(LOOPBACK_OPEN) as prober:
            made = asyncio.as_completed([probe(job, prober) for job in jobs])
            return [await one for one in made]

    return asyncio.run(make())


def check() -> Observation:
    """Make the check that is due, and record it."""
    [seen] = check_all()
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
    renewed(connection)
    check()
    assert len(server.calls) == 1
    Credential.objects.update(expires_at=timezone.now())
    edits.resume(edits.pause(connection))
    check()
    assert len(server.calls) <= 2


def test_no_access_token_is_judged_by_what_the_token_endpoint_said(
    connection: Connection, provider: SimulatedProvider, server: AuthorizationServer
) -> None:
    server.script = [
        (503, b""),
        (401, {"error": "invalid_client"}),
        (400, {"error": "invalid_grant"}),
    ]
    for _ in range(2):
        seen = check()
        assert seen.call is not None
        assert seen.call.latency_ms is None
        Credential.objects.update(refresh_due_at=timezone.now())
        edits.resume(edits.pause(connection))
    assert check().credential == "needs_reauth"
    made = connection.health_checks.order_by("id")
    assert [(row.failure_cause, row.error_code) for row in made] == [
        ("provider", "http_503"),
        ("credential", "http_401"),
        ("credential", "credential_needs_reauth"),
    ]
    assert (provider.count("acme"), stored(connection).needs_reauth) == (0, True)


@pytest.mark.parametrize(
    ("answers_after", "ended"),
    [
        (2, {(False, "timeout"): 9}),  # longer than it may take
        (0.3, {(False, None): 2, (True, ""): 7}),  # slow, and nobody knows of the others
    ],
)
def test_a_token_endpoint_that_hangs_delays_none_but_its_own_and_is_told_as_that(
    connection: Connection,
    provider: SimulatedProvider,
    server: AuthorizationServer,
    monkeypatch: pytest.MonkeyPatch,
    answers_after: float,
    ended: dict[Any, int],
) -> None:
    monkeypatch.setattr(renewing, "_AT_ONCE", 2)
    monkeypatch.setattr(renewing, "_MOST", 1 + renewing._STORING + 0.1)
    for module in (renewing, refreshing, asking):
        monkeypatch.setattr(module, "DEADLINE", 1)
    server.delay = answers_after
    server.good |= (others := {f"other-{number}" for number in range(8)})
    for token in others:
        oauth_connection(connection.integration, **CLIENT, refreshToken=token)
    with serving() as quick:
        other = oauth_integration(quick)
        Integration.objects.filter(pk=other.pk).update(base_url=provider.url("acme"))
        make_action(other)
        other.refresh_from_db()
        mine = oauth_connection(other)
        first, *rest = check_all()
    assert (first.connection_id, first.broken) == (mine.pk, False)
    found = Counter((one.broken, (one.call and one.call.error_code) or "") for one in rest)
    assert found == Counter({(broken, code or ""): n for (broken, code), n in ended.items()})
    assert len(server.calls) <= 2


def test_a_proof_renews_its_token_within_its_patience_and_as_a_turn_of_its_own(
    connection: Connection,
    provider: SimulatedProvider,
    server: AuthorizationServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    action = connection.integration.actions.get()
    asked = Connection.objects.with_health().get(pk=connection.pk)
    with monkeypatch.context() as hurried:
        hurried.setattr(proof, "PATIENCE", asking.DEADLINE - 1)
        with pytest.raises(proof.NotProvable, match="did not answer in time"):
            proof.prove(asked, action, try_others=False)
    assert (server.calls, ManualRequest.objects.count()) == ([], 1)
    provider.set("Zoho access-1", Behaviour(status=200))
    proof.prove(asked, action, try_others=False)
    assert (len(server.calls), ManualRequest.objects.count()) == (1, 3)


def test_a_token_that_the_provider_revoked_heals_by_itself(
    connection: Connection, provider: SimulatedProvider, server: AuthorizationServer
) -> None:
    renewed(connection)
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
