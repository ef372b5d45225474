"""The operator's OAuth clients, and "Connect" on a connection's page."""

import pytest
from django.test import Client

from connections.models import Connection, Credential, OAuthClient
from integrations.catalogue import providers
from tenants.models import Tenant
from tests.admin.conftest import SECRET
from tests.admin.pages import fields_of, messages, page, row, text
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
    shown = text(olga.get(row(github)))
    assert "Connect</button>" not in shown
    assert "There is no OAuth client" in shown
    assert "/api/v1/oauth/callback" in shown
    answer = olga.post(row(github, "connect"))
    assert "no OAuth client" in messages(answer)
    save_client(olga, SECRET)
    shown = text(olga.get(row(github)))
    assert "Connect</button>" in shown
    assert "to use the operator's client" in shown
    leads_to = olga.post(row(github, "connect")).headers["Refresh"]
    assert leads_to.startswith("0; url=https://github.com/login/oauth/authorize?")
    assert "client_id=our-id" in leads_to


def test_a_new_client_forgets_the_providers_tokens_and_keeps_those_entered(
    olga: Client, github: Connection
) -> None:
    entered = {"secret_clientId": "id", "secret_clientSecret": "old", "secret_refreshToken": "r-0"}
    olga.post(row(github), fields_of(olga, row(github)) | entered)
    given = {"accessToken": "a-1", "refreshToken": "r-1"}
    credential = Credential.objects.get(pk=github.pk)
    credential.seal_tokens(given, origin=github.origin)
    credential.save()
    olga.post(row(github), fields_of(olga, row(github)) | {"secret_clientId": "id"})
    credential.refresh_from_db()
    assert dict(credential.unseal_tokens(origin=github.origin)) == given, "nothing was changed"
    olga.post(row(github), fields_of(olga, row(github)) | {"secret_clientSecret": "new"})
    credential.refresh_from_db()
    assert dict(credential.unseal_tokens(origin=github.origin)) == {
        "clientId": "id",
        "clientSecret": "new",
        "refreshToken": "r-0",
    }
