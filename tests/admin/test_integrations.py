"""Integrations in the admin: made from the catalogue or by hand, edited with their actions."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection, ConnectionHealth
from integrations.models import Action, Integration
from tenants.models import Tenant
from tests.admin.pages import fields_of, page, row, text
from tests.factories import make_action, make_integration, set_health

ADD = page(Integration, "add")
NEW_ACTION = {
    "actions-TOTAL_FORMS": "1",
    "actions-0-name": "Ping",
    "actions-0-method": "GET",
    "actions-0-path": "/ping",
}


def test_a_provider_fills_the_form_in(olga: Client, acme: Tenant) -> None:
    assert "?provider=jira" in text(olga.get(ADD))
    sent = fields_of(olga, f"{ADD}?provider=jira") | {"tenant": str(acme.pk), "status": "active"}
    assert olga.post(f"{ADD}?provider=jira", sent).status_code == 302
    made = Integration.objects.get(slug="jira")
    assert (made.provider, made.auth, made.interval_minutes) == ("jira", {"type": "basic"}, 1)
    assert made.test_action is not None
    assert made.test_action.path == "/rest/api/3/myself"


def test_a_custom_integration_comes_with_its_actions(olga: Client, acme: Tenant) -> None:
    sent = fields_of(olga, ADD) | NEW_ACTION
    sent |= {
        "tenant": str(acme.pk),
        "name": "Depot",
        "base_url": "https://depot.example.com",
        "auth_type": "api_key_header",
        "auth_options": '{"header": "X-Key"}',
    }
    assert olga.post(ADD, sent).status_code == 302
    made = Integration.objects.get(name="Depot")
    assert made.auth == {"type": "api_key_header", "header": "X-Key"}
    assert [action.path for action in made.actions.all()] == ["/ping"]


def test_a_providers_action_must_fit_another_authentication(olga: Client, acme: Tenant) -> None:
    sent = fields_of(olga, f"{ADD}?provider=jira") | {"tenant": str(acme.pk)}
    answer = olga.post(f"{ADD}?provider=jira", sent | {"auth_type": "path_token"})
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
        ({"auth_type": "api_key_header"}, "needs the field header"),
        ({"auth_options": "[1]"}, "options as an object"),
        ({"auth_type": "headers", "auth_options": '{"names": "X"}'}, "as a list"),
        (
            {
                "auth_type": "headers",
                "auth_options": '{"names": ["X-A"]}',
                "headers": '{"x-a": "1"}',
            },
            "carries the secret",
        ),
        ({"auth_type": "path_token"}, "Put {token} where the secret belongs"),
        (
            {"auth_type": "path_token", "base_url": "https://{token}.example.com"},
            "cannot be in the host",
        ),
        (
            {
                "auth_type": "api_key_query",
                "auth_options": '{"parameter": "key"}',
                "actions-0-path": "/me?key=1",
            },
            "carries the secret",
        ),
        ({"auth_options": '{"password": "x"}'}, "Unknown field password"),
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
    emptied = {"headers": "", "auth_options": "", "actions-0-parameters": ""}
    olga.post(row(crm), fields_of(olga, row(crm)) | emptied)
    crm.refresh_from_db()
    assert (crm.headers, crm.actions.get().parameters) == ({}, [])


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


def test_only_own_harmless_actions_can_be_the_test_action(
    olga: Client, crm: Integration, acme: Tenant
) -> None:
    harmful = make_action(crm, "Wipe", method="POST", position=5)
    foreign = make_action(make_integration(acme, "Other"), "Foreign")
    for action in (harmful, foreign):
        sent = fields_of(olga, row(crm)) | {"test_action": str(action.pk)}
        assert "Select a valid choice" in text(olga.post(row(crm), sent))
    own = crm.actions.get(name="Current user")
    olga.post(row(crm), fields_of(olga, row(crm)) | {"test_action": str(own.pk)})
    crm.refresh_from_db()
    assert crm.test_action == own


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
