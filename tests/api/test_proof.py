"""The proof that an action tests the credential: it must fail with a wrong one."""

import json
import logging
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import connection as database
from rest_framework.test import APIClient

from connections.models import Connection, Credential
from connections.waiting import MOST_WAITING_OF_ONE_TENANT, waiting
from demo.behaviour import FINE, Behaviour
from demo.provider import SimulatedProvider
from healthchecks import proof
from healthchecks.models import HealthCheck, IntegrationPace, ManualRequest
from healthchecks.statements import fetch
from integrations.models import Action, Integration
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.api.test_tenancy import everything
from tests.factories import TOKEN, make_action, make_connection, make_integration

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Any) -> Iterator[SimulatedProvider]:
    """Takes the connection's token alone below /strict, and any below all else."""
    settings.PROBE_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with SimulatedProvider.in_thread() as running:
        running.set("strict", Behaviour(token=TOKEN))
        yield running


@pytest.fixture
def integration(acme: Tenant, provider: SimulatedProvider) -> Integration:
    return make_integration(acme, base_url=provider.url(), status="draft")


@pytest.fixture
def connection(integration: Integration) -> Connection:
    return make_connection(integration)


def ask(client: APIClient, action: Action, connection: Any, **fields: Any) -> Any:
    path = f"/api/v1/integrations/{action.integration_id}/actions/{action.pk}/prove"
    return client.post(path, {"connectionId": str(getattr(connection, "pk", connection)), **fields})


def proof_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def verdicts(found: Any) -> list[tuple[str, str]]:
    return [(attempt["name"], attempt["verdict"]) for attempt in found["attempts"]]


def credentials(provider: SimulatedProvider) -> list[str | None]:
    return [request.credential for request in provider.requests]


def test_what_passes_with_the_credential_and_fails_with_a_wrong_one_is_proven(
    bob: APIClient, connection: Connection, provider: SimulatedProvider
) -> None:
    action = make_action(connection.integration, path="/strict/me")
    found = proof_of(ask(bob, action, connection))
    assert (found["proven"], found["provenActionId"]) == (True, str(action.pk))
    [attempt] = found["attempts"]
    assert attempt["withCredential"] == {
        "result": "passed",
        "statusCode": 200,
        "cause": None,
        "error": None,
    }
    assert attempt["withWrongCredential"]["cause"] == "credential"
    right, wrong = credentials(provider)
    assert (right, len(wrong or ""), wrong == TOKEN) == (TOKEN, len(TOKEN), False)
    assert not HealthCheck.objects.exists()
    assert "badCredential" not in found["text"]


def test_an_endpoint_that_ignores_credentials_is_told_and_no_other_tried_where_that_is_not_wanted(
    bob: APIClient, connection: Connection, provider: SimulatedProvider
) -> None:
    action = make_action(connection.integration, path="/open/ping")
    make_action(connection.integration, path="/strict/me")
    found = proof_of(ask(bob, action, connection, tryOthers=False))
    assert (found["proven"], found["provenActionId"]) == (False, None)
    assert verdicts(found) == [("Current user", "does_not_test_credential")]
    assert "Choose another test action" in found["text"]
    assert provider.count() == 2


def test_others_are_tried_the_likeliest_first_and_three_at_most(
    bob: APIClient, connection: Connection, provider: SimulatedProvider
) -> None:
    provider.set("forbidden", Behaviour(status=403))
    integration = connection.integration
    ping = make_action(integration, "Ping", path="/open/ping")
    make_action(integration, "Wipe", path="/strict/all", method="DELETE")
    make_action(integration, "One", path="/strict/{id}")
    things = make_action(integration, "Things", path="/strict/all/things", position=1)
    make_action(integration, "Bill", path="/forbidden/bill", position=2)
    make_action(integration, "Me", path="/open/me", position=3)
    make_action(integration, "Status", path="/open/status", position=4, tags=["health-check"])
    found = proof_of(ask(bob, ping, connection, tryOthers=True))
    assert verdicts(found) == [
        ("Ping", "does_not_test_credential"),
        ("Status", "does_not_test_credential"),
        ("Me", "does_not_test_credential"),
        ("Bill", "fails_with_credential"),
    ]
    assert found["proven"] is False
    provider.set("open", Behaviour(status=403))
    provider.set(TOKEN, FINE)
    ManualRequest.objects.all().delete()
    proven = proof_of(ask(bob, things, connection, tryOthers=True))["provenActionId"]
    assert proven == str(things.pk)
    integration.refresh_from_db()
    assert integration.test_action is None, "offered, not forced"


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Behaviour(status=404), 'set the statuses of badCredential to ["401", "404"]'),
        (Behaviour(status=302), 'set the statuses of badCredential to ["401", "302"]'),
        (Behaviour(body=b'{"ok": false}'), "give badCredential a rule for its body"),
    ],
    ids=["404", "a redirect", "a body"],
)
def test_a_refusal_that_the_rules_do_not_read_as_one_is_proof_and_the_rule_is_suggested(
    bob: APIClient,
    connection: Connection,
    provider: SimulatedProvider,
    refusal: Behaviour,
    advice: str,
) -> None:
    provider.set("odd", refusal)
    provider.set(TOKEN, Behaviour(body=b'{"ok": true}'))
    rules = {"success": {"body": [{"path": "$.ok", "op": "equals", "value": True}]}}
    action = make_action(connection.integration, path="/odd/me", response_rules=rules)
    found = proof_of(ask(bob, action, connection))
    assert found["proven"] is True
    assert advice in found["text"]


@pytest.mark.parametrize(
    "behaviour", [Behaviour(status=429), Behaviour(status=503), Behaviour(raw=b"")]
)
@pytest.mark.parametrize("of", ["right", "wrong"])
def test_limits_trouble_and_silence_prove_nothing_and_end_the_trial(
    bob: APIClient,
    connection: Connection,
    provider: SimulatedProvider,
    behaviour: Behaviour,
    of: str,
) -> None:
    provider.set("busy", behaviour)
    if of == "wrong":
        provider.set(TOKEN, FINE)
    action = make_action(connection.integration, path="/busy/me")
    make_action(connection.integration, path="/strict/me")
    found = proof_of(ask(bob, action, connection, tryOthers=True))
    assert verdicts(found) == [("Current user", "inconclusive")]
    assert (found["proven"], provider.count()) == (False, 1 if of == "right" else 2)


def test_a_dead_credential_is_not_tried_on_and_on(
    bob: APIClient, connection: Connection, provider: SimulatedProvider
) -> None:
    provider.set("strict", Behaviour(token="another"))
    action = make_action(connection.integration, path="/strict/me")
    make_action(connection.integration, path="/open/ping")
    found = proof_of(ask(bob, action, connection, tryOthers=True))
    assert verdicts(found) == [("Current user", "fails_with_credential")]
    assert (provider.count(), found["attempts"][0]["withWrongCredential"]) == (1, None)
    assert "enter one that works" in found["text"]


def test_each_call_counts_in_the_budget_and_each_action_as_a_check_by_hand(
    bob: APIClient, connection: Connection, provider: SimulatedProvider
) -> None:
    for name in ("open/1", "open/2", "open/3", "open/4"):
        action = make_action(connection.integration, name, path=f"/{name}")
    Integration.objects.update(requests_per_second=0.1)
    proof_of(ask(bob, action, connection, tryOthers=True))
    [[ahead]] = fetch("SELECT extract(epoch FROM next_send_at - now()) FROM integration_paces", {})
    assert provider.count() == 8
    assert 8 / (0.1 * 0.9) - 5 < ahead <= 8 / (0.1 * 0.9)
    found = proof_of(ask(bob, action, connection, tryOthers=True))
    assert len(found["attempts"]) == 2
    assert "Wait a minute" in found["text"]
    error_of(ask(bob, action, connection), 429)
    error_of(bob.post(f"/api/v1/connections/{connection.pk}/health-checks"), 409)
    assert IntegrationPace.objects.count() == 1


def test_where_many_wait_already_nobody_else_does(
    bob: APIClient, connection: Connection, provider: SimulatedProvider
) -> None:
    action = make_action(connection.integration, path="/strict/me")
    with ExitStack() as others:
        for _ in range(MOST_WAITING_OF_ONE_TENANT):
            others.enter_context(waiting.place(connection.tenant_id))
        error_of(ask(bob, action, connection), 429)
    assert provider.count() == 0


def test_all_calls_together_have_only_so_long(
    bob: APIClient,
    connection: Connection,
    provider: SimulatedProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(proof, "PATIENCE", 0.2)
    provider.set(TOKEN, FINE)
    provider.set("slow", Behaviour(hang=True))
    action = make_action(connection.integration, path="/slow/me")
    [attempt] = proof_of(ask(bob, action, connection))["attempts"]
    assert attempt["withWrongCredential"]["error"]["code"] == "timeout"


@pytest.mark.parametrize(
    ("table", "changes", "text"),
    [
        (Connection, {"status": "disabled"}, "connection is disabled"),
        (Integration, {"status": "disabled"}, "integration is disabled"),
        (Integration, {"auth": {"type": "none"}}, "nothing to prove"),
        (Credential, {"expires_at": "2020-01-01T00:00:00Z"}, "has expired"),
        (Credential, {"needs_reauth": True}, "authorised again"),
        (Credential, {"kind": "basic"}, "has no credential"),
        (Action, {"method": "POST"}, "read-only"),
        (Action, {"path": "/strict/{user}"}, "needs user"),
    ],
)
def test_what_cannot_be_proven_is_refused_and_nothing_is_called(
    bob: APIClient,
    connection: Connection,
    provider: SimulatedProvider,
    table: Any,
    changes: dict[str, Any],
    text: str,
) -> None:
    action = make_action(connection.integration, path="/strict/me")
    table.objects.update(**changes)
    assert text in error_of(ask(bob, action, connection), 409)["message"]
    assert provider.count() == 0
    assert not ManualRequest.objects.exists()


def test_the_connection_must_be_ones_own_and_of_the_integration(
    bob: APIClient, acme: Tenant, stranger: Tenant, connection: Connection
) -> None:
    action = make_action(connection.integration)
    elsewhere = make_connection(make_integration(acme, "Other"))
    refused = error_of(ask(bob, action, elsewhere), 400)
    assert refused["details"] == {"connectionId": ["This is no connection of this integration."]}
    foreign = make_connection(make_integration(stranger))
    for wrong in (foreign, uuid.uuid4(), "no-id"):
        refused = error_of(ask(bob, action, wrong), 400)
        assert refused["details"] == {"connectionId": ["There is none with this id."]}


@pytest.mark.parametrize("behaviour", ["fine", "strict", "broken", "echo", "gone"])
def test_neither_secret_is_in_the_answer_the_log_or_the_database(
    bob: APIClient,
    integration: Integration,
    provider: SimulatedProvider,
    caplog: pytest.LogCaptureFixture,
    behaviour: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = Behaviour(status=400, headers=(("X-Echo", TOKEN),), body=json.dumps(TOKEN).encode())
    provider.set("echo", echo)
    provider.set("gone", Behaviour(raw=TOKEN.encode() + b"\r\n\r\n"))
    Integration.objects.update(auth={"type": "api_key_query", "parameter": "key"})
    integration.refresh_from_db()
    connection = make_connection(integration, token=None)
    sealed = Credential(connection=connection, tenant=connection.tenant, kind="api_key_query")
    sealed.seal({"key": TOKEN}, origin=connection.origin)
    sealed.save()
    action = make_action(integration, path=f"/{behaviour}/me")
    answer = ask(bob, action, connection, tryOthers=True)
    proof_of(answer)
    sent = [request.path.partition("?key=")[2] for request in provider.requests]
    assert sent[0] == TOKEN
    said = answer.content.decode() + caplog.text + str(everything())
    assert [secret for secret in sent if secret in said] == []


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_api_is_called(
    bob: APIClient, connection: Connection, provider: SimulatedProvider
) -> None:
    seen = []
    action = make_action(connection.integration, path="/strict/me")
    record = provider.record

    def look(request: Any) -> None:
        seen.append(elsewhere.submit(_open_transactions).result())
        record(request)

    provider.record = look  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as elsewhere:
        proof_of(ask(bob, action, connection))
    assert seen == [0, 0]


def _open_transactions() -> int:
    """Asked in a thread of its own, so over a connection of its own."""
    try:
        [[count]] = fetch(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        )
        return int(count)
    finally:
        database.close()
