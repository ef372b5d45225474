"""The operator's OAuth clients, and "Connect" on a connection's page."""

import pytest
from django.test import Client

from connections.models import Connection, OAuthClient
from integrations.catalogue import providers
from tenants.models import Tenant
from tests.admin.conftest import SECRET
from tests.admin.pages import messages, page, row, text
from tests.factories import make_connection, make_integration


@pytest.fixture
def github(acme: Tenant) -> Connection:
    provider = providers()["github"]
    way = next(way for way in provider.ways if way.auth["type"] == "oauth2")
    integration = make_integration(
        acme, provider="github", base_url=way.base_url, auth=dict(way.auth)
    )
    return make_connection(integration, token=None)


def save_client(olga: Client, secret: str) -> None:
    stored = OAuthClient.objects.first()
    fields = {"client_id": "our-id", "client_secret": secret}
    address = row(stored) if stored else page(OAuthClient, "add")
    assert (
        olga.post(address, fields | ({} if stored else {"provider": "github"})).status_code == 302
    )


def test_a_clients_secret_is_set_and_replaced_and_never_shown(olga: Client, db: None) -> None:
    save_client(olga, SECRET)
    save_client(olga, "")
    client = OAuthClient.objects.get()
    assert (client.provider, client.secret()) == ("github", SECRET)
    for address in (row(client), page(OAuthClient, "changelist")):
        assert SECRET not in text(olga.get(address))
    save_client(olga, "other")
    client.refresh_from_db()
    assert client.secret() == "other"


def test_clients_are_offered_where_they_can_serve(olga: Client, db: None) -> None:
    offered = text(olga.get(page(OAuthClient, "add")))
    assert 'value="shopify"' in offered
    assert 'value="gitlab"' not in offered  # each tenant's own host


def test_connect_sends_the_person_to_the_provider(olga: Client, github: Connection) -> None:
    assert "Connect</button>" in text(olga.get(row(github)))
    answer = olga.post(row(github, "connect"))
    assert "no OAuth client" in messages(answer)
    save_client(olga, SECRET)
    answer = olga.post(row(github, "connect"))
    assert answer.headers["Location"].startswith("https://github.com/login/oauth/authorize?")
    assert "client_id=our-id" in answer.headers["Location"]
