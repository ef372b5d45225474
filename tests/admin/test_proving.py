"""The proof in the admin: which connection, what was found, which action is used from now on."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from connections.models import Connection
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from integrations.models import Action, Integration
from tenants.models import Tenant
from tests.admin.conftest import SECRET
from tests.admin.pages import messages, row, text
from tests.factories import make_action, make_connection, make_integration


@pytest.fixture
def provider(settings: Any) -> Iterator[SimulatedProvider]:
    settings.PROBE_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with SimulatedProvider.in_thread() as running:
        running.set("strict", Behaviour(token=SECRET))
        yield running


@pytest.fixture
def depot(acme: Tenant, provider: SimulatedProvider) -> Integration:
    """Its first action ignores credentials, its second tests them."""
    depot = make_integration(acme, "Depot", base_url=provider.url())
    make_action(depot, "Ping", path="/open/ping")
    make_action(depot, "Me", path="/strict/me", position=1)
    return depot


@pytest.fixture
def connection(depot: Integration) -> Connection:
    return make_connection(depot, token=SECRET)


def prove(olga: Client, connection: Connection, action: str, **fields: Any) -> Any:
    chosen = connection.integration.actions.get(name=action)
    sent = {"connection": connection.pk, "action": chosen.pk, **fields}
    return olga.post(row(connection.integration, "prove"), sent)


def test_what_is_proven_can_be_used_as_test_action(
    olga: Client, depot: Integration, connection: Connection
) -> None:
    assert "Prove the test action" in text(olga.get(row(depot)))
    Action.objects.filter(name="Me").update(tags=["health-check"])
    offered = text(olga.get(row(depot, "prove")))
    assert "Production" in offered
    assert "selected>Me<" in offered, "what a check would call"
    found = text(prove(olga, connection, "Ping", try_others="on"))
    assert "Does not test the credential" in found
    assert "Me tests the credential" in found
    assert SECRET not in found
    me = depot.actions.get(name="Me")
    assert f'name="use" value="{me.pk}"' in found
    used = olga.post(row(depot, "prove"), {"use": str(me.pk)})
    assert "Me is the test action now" in messages(used)
    depot.refresh_from_db()
    assert depot.test_action == me
    assert "Is the test action" in text(prove(olga, connection, "Me"))


def test_what_proves_nothing_cannot_be_used(olga: Client, connection: Connection) -> None:
    assert 'name="use"' not in text(prove(olga, connection, "Ping"))


def test_only_own_harmless_actions_can_be_used(
    olga: Client, depot: Integration, crm: Integration
) -> None:
    harmful = make_action(depot, "Wipe", method="DELETE")
    for action in (harmful, crm.actions.get()):
        refused = olga.post(row(depot, "prove"), {"use": str(action.pk)})
        assert "no action that a check may call" in messages(refused)
    depot.refresh_from_db()
    assert depot.test_action is None


def test_anothers_connection_is_no_choice(
    olga: Client, depot: Integration, connection: Connection, production: Connection
) -> None:
    sent = {"connection": production.pk, "action": depot.actions.all()[0].pk}
    assert "Select a valid choice" in text(olga.post(row(depot, "prove"), sent))


def test_what_is_in_the_way_is_told(
    olga: Client, depot: Integration, connection: Connection
) -> None:
    Integration.objects.filter(pk=depot.pk).update(auth={"type": "none"})
    assert "nothing to prove" in messages(prove(olga, connection, "Me"))
    Connection.objects.all().delete()
    assert "add one first" in text(olga.get(row(depot, "prove")))
