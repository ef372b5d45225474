"""Integrations in the admin: made from the catalogue or by hand, edited with their actions."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connections.models import Connection, ConnectionHealth
from integrations import admin
from integrations.catalogue import providers
from integrations.models import Action, Integration
from tenants.models import Tenant
from tests.admin.pages import fields_of, page, row, text
from tests.factories import make_action, make_connection, make_integration, set_health

PICK = page(Integration, "add")
ADD = f"{PICK}?provider="
NEW_ACTION = {
    "actions-TOTAL_FORMS": "1",
    "actions-0-name": "Ping",
    "actions-0-method": "GET",
    "actions-0-path": "/ping",
}


def test_a_provider_is_picked_by_its_category_or_by_a_search(olga: Client) -> None:
    picked = text(olga.get(PICK))
    assert "<h2>Issue tracking</h2>" in picked
    assert "?provider=jira" in picked
    found = text(olga.get(PICK, {"search": "JIRA"}))
    assert "?provider=jira" in found
    assert "?provider=postman" not in found
    assert "nothing of this name" in text(olga.get(PICK, {"search": "<script>"}))


def test_a_provider_fills_the_form_in(olga: Client, acme: Tenant) -> None:
    sent = fields_of(olga, f"{ADD}jira") | {"tenant": str(acme.pk)}
    assert olga.post(f"{ADD}jira", sent).status_code == 302
    made = Integration.objects.get(slug="jira")
    assert (made.provider, made.auth, made.interval_minutes) == ("jira", {"type": "basic"}, 1)
    assert made.status == "active"
    assert made.test_action is not None
    assert made.test_action.path == "/rest/api/3/myself"


def test_another_way_to_authenticate_fills_the_form_in_otherwise(
    olga: Client, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = {
        "type": "oauth2",
        "grantType": "authorization_code",
        "tokenUrl": "https://auth.example.com/token",
        "authorizeUrl": "https://auth.example.com/authorize",
        "scopes": ["read:me", "offline_access"],
    }
    jira = providers()["jira"]
    connect = replace(jira.default, title="Connect", auth=auth, base_url="https://api.example.com")
    monkeypatch.setattr(
        admin, "providers", lambda: {"jira": replace(jira, ways=(jira.default, connect))}
    )
    assert "way=1" in text(olga.get(f"{ADD}jira"))
    address = f"{ADD}jira&way=1"
    sent = fields_of(olga, address) | {"tenant": str(acme.pk)}
    assert (sent["auth_type"], sent["base_url"]) == ("oauth2", "https://api.example.com")
    assert olga.post(address, sent).status_code == 302
    assert Integration.objects.get(provider="jira").auth == auth


def test_a_custom_integration_comes_with_its_actions(olga: Client, acme: Tenant) -> None:
    sent = fields_of(olga, ADD) | NEW_ACTION
    sent |= {
        "tenant": str(acme.pk),
        "name": "Depot",
        "base_url": "https://depot.example.com",
        "auth_type": "api_key_header",
        "auth_header": "X-Key",
        "auth_grantType": "refresh_token",
    }
    assert olga.post(ADD, sent).status_code == 302
    made = Integration.objects.get(name="Depot")
    assert made.auth == {"type": "api_key_header", "header": "X-Key"}
    assert [action.path for action in made.actions.all()] == ["/ping"]


def test_a_providers_action_must_fit_another_authentication(olga: Client, acme: Tenant) -> None:
    sent = fields_of(olga, f"{ADD}jira") | {"tenant": str(acme.pk)}
    answer = olga.post(f"{ADD}jira", sent | {"auth_type": "path_token"})
    assert "Put {token} where the secret belongs" in text(answer)
    assert not Integration.objects.exists()


def test_base_url_and_actions_are_judged_as_they_shall_be(olga: Client, crm: Integration) -> None:
    changed = {"auth_type": "path_token", "actions-0-path": "/bot{token}/me"}
    assert olga.post(row(crm), fields_of(olga, row(crm)) | changed).status_code == 302
    crm.refresh_from_db()
    assert crm.auth == {"type": "path_token"}
    leaving = {"base_url": "https://{site}.example.com/{token}", "actions-0-path": "/me"}
    assert olga.post(row(crm), fields_of(olga, row(crm)) | leaving).status_code == 302


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"auth_type": "api_key_header"}, "This way to authenticate needs it"),
        ({"auth_type": "api_key_header", "auth_header": "X Key"}, "X Key"),
        ({"auth_type": "headers", "auth_names": "X-A X-B:"}, "X-B:"),
        ({"auth_type": "headers", "auth_names": "X-A,X-B"}, "X-A,X-B"),
        (
            {"auth_type": "headers", "auth_names": "X-B\nX-A", "headers": '{"x-a": "1"}'},
            "carries the secret",
        ),
        (
            {"auth_type": "oauth2", "auth_tokenUrl": "https://a.example/token"},
            "This way to authenticate needs it",
        ),
        (
            {
                "auth_type": "oauth2",
                "auth_tokenUrl": "https://a.example/token",
                "auth_grantType": "authorization_code",
            },
            "needs the field authorizeUrl",
        ),
        ({"auth_type": "path_token"}, "Put {token} where the secret belongs"),
        (
            {"auth_type": "path_token", "base_url": "https://{token}.example.com"},
            "cannot be in the host",
        ),
        (
            {
                "auth_type": "api_key_query",
                "auth_parameter": "key",
                "actions-0-path": "/me?key=1",
            },
            "carries the secret",
        ),
        ({"headers": '{"Host": "x"}'}, "set by Vitals itself"),
        ({"base_url": "ftp://example.com"}, "http"),
        ({"requests_per_second": "nan"}, "Enter a number"),
        ({"actions-0-path": "me"}, "Start the path with a slash"),
        ({"actions-0-body": '"\\u0000"'}, "null character"),
        ({"actions-0-response_rules": '{"success": 1}'}, "give an object"),
    ],
)
def test_bad_input_is_explained(
    olga: Client, crm: Integration, changes: dict[str, str], complaint: str
) -> None:
    sent = fields_of(olga, row(crm)) | changes
    assert complaint in text(olga.post(row(crm), sent))


def test_fields_left_empty_have_their_defaults(olga: Client, crm: Integration) -> None:
    emptied = {"headers": "", "auth_prefix": "", "actions-0-parameters": ""}
    olga.post(row(crm), fields_of(olga, row(crm)) | emptied)
    crm.refresh_from_db()
    assert (crm.headers, crm.auth, crm.actions.get().parameters) == ({}, {"type": "bearer"}, [])


def test_what_is_not_touched_stays_to_the_letter(olga: Client, crm: Integration) -> None:
    auth = {
        "type": "oauth2",
        "grantType": "client_credentials",
        "tokenUrl": "https://example.com/token",
        "scopes": ["read,write", "offline"],
    }
    Integration.objects.update(auth=auth)
    assert olga.post(row(crm), fields_of(olga, row(crm))).status_code == 302
    crm.refresh_from_db()
    assert crm.auth == auth


def test_what_bears_on_probes_outdates_those_under_way(olga: Client, crm: Integration) -> None:
    for changes in ({"timeout_ms": "5000"}, {"actions-0-path": "/you"}, _one_more(crm)):
        before = _version(crm)
        assert olga.post(row(crm), fields_of(olga, row(crm)) | changes).status_code == 302
        assert _version(crm) > before
    before = _version(crm)
    olga.post(row(crm), fields_of(olga, row(crm)) | {"actions-1-DELETE": "on"})
    assert _version(crm) > before
    assert [action.path for action in crm.actions.all()] == ["/you"]


def test_a_new_action_comes_behind_the_others(olga: Client, crm: Integration) -> None:
    olga.post(row(crm), fields_of(olga, row(crm)) | _one_more(crm))
    assert [action.name for action in crm.actions.all()] == ["Current user", "Ping"]


def test_a_change_of_schedule_reaches_the_connections(
    olga: Client, crm: Integration, production: Connection
) -> None:
    set_health(production, due_at=None)
    olga.post(row(crm), fields_of(olga, row(crm)) | {"interval_minutes": "3"})
    health = ConnectionHealth.objects.get(pk=production.pk)
    assert (health.interval_seconds, health.due_at is None) == (180, False)


def test_the_action_that_is_ticked_is_the_test_action(olga: Client, crm: Integration) -> None:
    first = crm.actions.get()
    _tick(olga, crm, 0)
    assert _test_action(crm) == first
    sent = fields_of(olga, row(crm)) | _one_more(crm)
    assert sent["actions-0-use_as_test"] is True
    olga.post(row(crm), sent | {"actions-1-use_as_test": "on"})
    second = crm.actions.get(name="Ping")
    assert _test_action(crm) == second, "who ticks another need not untick the first"
    olga.post(row(crm), fields_of(olga, row(crm)) | {"name": "Renamed"})
    assert _test_action(crm) == second
    sent = fields_of(olga, row(crm))
    olga.post(row(crm), {name: sent[name] for name in sent if "use_as_test" not in name})
    assert _test_action(crm) is None


def test_only_one_harmless_action_can_be_the_test_action(olga: Client, crm: Integration) -> None:
    make_action(crm, "Wipe", method="POST", position=5)
    make_action(crm, "Look", position=6)
    assert "must be harmless" in text(_tick(olga, crm, 1))
    assert "tick one" in text(_tick(olga, crm, 0, 2))
    assert _test_action(crm) is None


def test_the_list_counts_connections_in_as_many_queries_for_many_as_for_one(
    olga: Client, production: Connection, acme: Tenant
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as counted:
            listed = text(olga.get(page(Integration, "changelist")))
        assert f'integration__id__exact={production.integration_id}">1</a>' in listed
        return len(counted)

    few = queries()
    for number in range(5):
        make_connection(make_integration(acme, f"Other {number}"))
    assert queries() == few


def test_deleting_says_how_much_goes(
    olga: Client, crm: Integration, production: Connection
) -> None:
    asked = text(olga.get(row(crm, "delete")))
    assert "Connections, with their history: 1" in asked
    assert olga.post(row(crm, "delete"), {"post": "yes"}).status_code == 302
    assert not Integration.objects.exists()
    assert not Action.objects.exists()


def _version(integration: Integration) -> int:
    integration.refresh_from_db()
    return integration.config_version


def _one_more(integration: Integration) -> dict[str, Any]:
    count = integration.actions.count()
    new = {name.replace("-0-", f"-{count}-"): value for name, value in NEW_ACTION.items()}
    return new | {"actions-TOTAL_FORMS": str(count + 1)}


def _tick(olga: Client, integration: Integration, *positions: int) -> Any:
    ticked = {f"actions-{position}-use_as_test": "on" for position in positions}
    return olga.post(row(integration), fields_of(olga, row(integration)) | ticked)


def _test_action(integration: Integration) -> Action | None:
    integration.refresh_from_db()
    return integration.test_action
