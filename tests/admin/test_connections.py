"""Connections in the admin: secrets go in and never out, every change is scheduled."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections import edits
from connections.edits import NewCredential
from connections.encryption import unseal
from connections.models import Connection, ConnectionHealth, Credential
from connections.status import ConnectionStatus
from integrations.models import Integration
from tenants.models import Tenant
from tests.admin.conftest import SECRET
from tests.admin.pages import fields_of, log_entries, messages, page, row, text
from tests.factories import make_action, make_connection, make_integration, make_tenant, set_health

NEW_SECRET = "canary-3c4fcf098815f7ab"


def test_no_page_and_no_log_entry_holds_a_secret(olga: Client, production: Connection) -> None:
    sent = fields_of(olga, row(production)) | {"name": "Live", "secret_token": NEW_SECRET}
    assert olga.post(row(production), sent).status_code == 302
    seen = text(olga.get(row(production))) + text(olga.get(page(Connection, "changelist")))
    seen += text(olga.get(row(production, "history"))) + text(olga.get("/admin/"))
    seen += log_entries()
    assert "Live" in seen
    assert SECRET not in seen
    assert NEW_SECRET not in seen


def test_a_refused_form_does_not_repeat_the_secret(olga: Client, production: Connection) -> None:
    sent = fields_of(olga, row(production)) | {"name": "", "secret_token": NEW_SECRET}
    assert NEW_SECRET not in text(olga.post(row(production), sent))


def test_a_new_secret_replaces_the_old_one_and_forgets_failures(
    olga: Client, production: Connection
) -> None:
    set_health(production, circuit_state="open", recent_outcomes="FFFF", due_at=None)
    sent = fields_of(olga, row(production)) | {"secret_token": NEW_SECRET}
    olga.post(row(production), sent)
    assert _token(production, "https://acme.example.com") == NEW_SECRET
    health = ConnectionHealth.objects.get(pk=production.pk)
    assert (health.circuit_state, health.recent_outcomes) == ("closed", "")
    assert health.due_at is not None


def test_an_empty_secret_keeps_the_old_one(olga: Client, production: Connection) -> None:
    sent = fields_of(olga, row(production)) | {"name": "Live"}
    olga.post(row(production), sent)
    assert _token(production, "https://acme.example.com") == SECRET


def test_a_field_of_a_secret_that_is_left_empty_is_kept(olga: Client, acme: Tenant) -> None:
    basic = make_integration(acme, "Depot", auth={"type": "basic"})
    connection = make_connection(basic, token=None)
    entered = {"secret_username": "olga", "secret_password": SECRET}
    olga.post(row(connection), fields_of(olga, row(connection)) | entered)
    olga.post(row(connection), fields_of(olga, row(connection)) | {"secret_username": "rene"})
    assert _secret(connection) == {"username": "rene", "password": SECRET}
    sent = fields_of(olga, row(connection)) | {"secret_password": NEW_SECRET}
    olga.post(row(connection), sent)
    assert _secret(connection) == {"username": "rene", "password": NEW_SECRET}


def test_a_user_name_can_be_seen_while_it_is_entered_and_not_later(
    olga: Client, acme: Tenant
) -> None:
    basic = make_integration(acme, "Depot", auth={"type": "basic"})
    connection = make_connection(basic, token=None)
    form = olga.get(row(connection)).context["adminform"].form
    types = {name: form.fields[name].widget.input_type for name in form.fields if "secret" in name}
    assert types == {"secret_username": "text", "secret_password": "password"}
    entered = {"secret_username": NEW_SECRET, "secret_password": ""}
    assert olga.post(row(connection), fields_of(olga, row(connection)) | entered).status_code == 302
    assert NEW_SECRET not in text(olga.get(row(connection)))


def test_a_secret_for_another_host_is_entered_whole(olga: Client, acme: Tenant) -> None:
    auth, base_url = {"type": "basic"}, "https://{site}.example.com"
    basic = make_integration(acme, "Depot", auth=auth, base_url=base_url)
    connection = make_connection(basic, token=None, variables={"site": "acme"})
    entered = {"secret_username": "olga", "secret_password": SECRET}
    olga.post(row(connection), fields_of(olga, row(connection)) | entered)
    moved = fields_of(olga, row(connection)) | {"variable_site": "x", "secret_username": "rene"}
    assert "enter the credential again" in text(olga.post(row(connection), moved))
    assert _secret(connection) == {"username": "olga", "password": SECRET}


def test_of_a_secret_that_cannot_be_read_all_is_entered(
    olga: Client, production: Connection
) -> None:
    Credential.objects.update(encrypted_secret=b"garbage")
    assert "enter all of it" in text(olga.get(row(production)))
    olga.post(row(production), fields_of(olga, row(production)) | {"secret_token": NEW_SECRET})
    assert _token(production, "https://acme.example.com") == NEW_SECRET


def test_another_host_needs_the_secret_again(olga: Client, production: Connection) -> None:
    sent = fields_of(olga, row(production)) | {"variable_site": "other"}
    assert "enter the credential again" in text(olga.post(row(production), sent))
    assert _token(production, "https://acme.example.com") == SECRET
    olga.post(row(production), sent | {"secret_token": "another"})
    assert _token(production, "https://other.example.com") == "another"


def test_a_credential_can_be_removed(olga: Client, production: Connection) -> None:
    olga.post(row(production), fields_of(olga, row(production)) | {"remove_credential": "on"})
    assert not Credential.objects.filter(pk=production.pk).exists()


def test_a_new_connection_asks_first_for_its_integration(olga: Client, crm: Integration) -> None:
    assert "of which integration?" in text(olga.get(page(Connection, "add")))
    assert "of which integration?" in text(olga.get(page(Connection, "add") + "?integration=x"))
    asked = text(olga.get(f"{page(Connection, 'add')}?integration={crm.pk}"))
    assert "secret_token" in asked
    assert 'name="variable_site"' in asked


def test_a_new_connection_is_due_at_once(olga: Client, crm: Integration) -> None:
    address = f"{page(Connection, 'add')}?integration={crm.pk}"
    sent = fields_of(olga, address) | {
        "name": "Sandbox",
        "variable_site": "sandbox",
        "secret_token": SECRET,
    }
    assert olga.post(address, sent).status_code == 302
    made = Connection.objects.with_health().get(name="Sandbox")
    assert (made.tenant, made.integration) == (crm.tenant, crm)
    assert made.health.due_at is not None
    assert _token(made, "https://sandbox.example.com") == SECRET


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("variable_site", "", "This field is required"),
        ("variable_site", "a/b", "part of the host"),
        ("variables", '{"site": "a"}', "site has a field of its own"),
        ("variables", "[1]", "as an object"),
        ("variables", '{"team": "a\\u0000"}', "null character"),
        ("variables", "{", "Enter a valid JSON"),
        ("secret_token", "line\nbreak", "line breaks"),
        ("credential_expires_at_0", "2030-01-01", "Enter a valid time"),
        ("interval_minutes", "0", "greater than or equal to 1"),
    ],
)
def test_bad_input_is_explained(
    olga: Client, production: Connection, field: str, value: str, complaint: str
) -> None:
    sent = fields_of(olga, row(production)) | {field: value}
    assert complaint in text(olga.post(row(production), sent))


def test_the_form_asks_for_each_header_of_a_secret(olga: Client, acme: Tenant) -> None:
    auth = {"type": "headers", "names": ["DD-API-KEY", "X-Two"]}
    integration = make_integration(acme, "Watchdog", auth=auth)
    address = f"{page(Connection, 'add')}?integration={integration.pk}"
    sent = fields_of(olga, address) | {"name": "Eyes", "secret_DD-API-KEY": NEW_SECRET}
    complaint = text(olga.post(address, sent))
    assert "The secret&#x27;s X-Two must be text and not empty" in complaint
    assert NEW_SECRET not in complaint
    assert olga.post(address, sent | {"secret_X-Two": "two"}).status_code == 302
    made = Credential.objects.get(connection__name="Eyes")
    origin = "https://api.example.com"
    secret = unseal(bytes(made.encrypted_secret), connection_id=made.pk, origin=origin)
    assert dict(secret) == {"DD-API-KEY": NEW_SECRET, "X-Two": "two"}


def test_the_token_of_a_path_is_asked_for_as_a_secret(olga: Client, acme: Tenant) -> None:
    base_url = "https://{site}.example.com/bot{token}"
    integration = make_integration(acme, "Bot", base_url=base_url, auth={"type": "path_token"})
    address = f"{page(Connection, 'add')}?integration={integration.pk}"
    sent = fields_of(olga, address) | {"name": "Bot", "variable_site": "a", "secret_token": "a/b"}
    assert "variable_token" not in sent
    assert "would lead to another path" in text(olga.post(address, sent))
    as_variable = {"variables": '{"token": "x"}', "secret_token": "12:x"}
    assert "not as a variable" in text(olga.post(address, sent | as_variable))


def test_needed_variables_are_fields_with_the_catalogues_words_and_others_are_kept(
    olga: Client, acme: Tenant
) -> None:
    base_url = "https://{site}.atlassian.net"
    jira = make_integration(acme, "Jira", provider="jira", base_url=base_url)
    connection = make_connection(jira, variables={"site": "acme", "team": "blue"})
    connection.credential.delete()
    asked = fields_of(olga, row(connection))
    assert (asked["variable_site"], asked["variables"]) == ("acme", '{"team": "blue"}')
    assert "The part of your Jira address" in text(olga.get(row(connection)))
    assert olga.post(row(connection), asked | {"variable_site": "other"}).status_code == 302
    connection.refresh_from_db()
    assert connection.variables == {"site": "other", "team": "blue"}


def test_of_a_secret_it_is_shown_when_it_was_set(olga: Client, production: Connection) -> None:
    set_on = f"set on {production.credential.updated_at:%Y-%m-%d %H:%M}"
    assert set_on in text(olga.get(row(production)))
    Credential.objects.all().delete()
    assert "set on" not in text(olga.get(row(production)))


def test_when_a_secret_expires_can_be_entered_later(olga: Client, production: Connection) -> None:
    expiry = {"credential_expires_at_0": "2040-01-01", "credential_expires_at_1": "12:00"}
    olga.post(row(production), fields_of(olga, row(production)) | expiry)
    assert _token(production, "https://acme.example.com") == SECRET
    stored = Credential.objects.get(pk=production.pk)
    assert (f"{stored.expires_at:%Y-%m-%d %H:%M}", stored.expiry_source) == (
        "2040-01-01 12:00",
        "entered",
    )
    shown = fields_of(olga, row(production))["credential_expires_at_0"]
    assert f"{shown}" == "2040-01-01"
    cleared = dict.fromkeys(expiry, "")
    olga.post(row(production), fields_of(olga, row(production)) | cleared)
    stored.refresh_from_db()
    assert (stored.expires_at, stored.expiry_source) == (None, "")


def test_an_expiry_needs_a_secret(olga: Client, crm: Integration) -> None:
    bare = make_connection(crm, "Bare", token=None, variables={"site": "acme"})
    expiry = {"credential_expires_at_0": "2040-01-01", "credential_expires_at_1": "12:00"}
    sent = fields_of(olga, row(bare)) | expiry
    assert "enter the secret too" in text(olga.post(row(bare), sent))


def test_another_integrations_action_is_no_choice(
    olga: Client, production: Connection, acme: Tenant
) -> None:
    foreign = make_action(make_integration(acme, "Other"), "Foreign")
    assert "Foreign" not in text(olga.get(row(production)))
    sent = fields_of(olga, row(production)) | {"health_check_test_action": str(foreign.pk)}
    assert "Select a valid choice" in text(olga.post(row(production), sent))


def test_connections_are_paused_and_resumed(olga: Client, production: Connection) -> None:
    _act(olga, "pause", production)
    health = ConnectionHealth.objects.get(pk=production.pk)
    assert health.due_at is None
    _act(olga, "resume", production)
    health.refresh_from_db()
    assert health.due_at is not None


def test_a_disabled_connection_is_left_alone(olga: Client, production: Connection) -> None:
    Connection.objects.update(status=ConnectionStatus.DISABLED)
    assert "Disabled, so left alone" in messages(_act(olga, "resume", production))


def test_deleting_goes_without_listing_the_history(olga: Client, production: Connection) -> None:
    asked = text(olga.get(row(production, "delete")))
    assert "Connections, with their history: 1" in asked
    assert olga.post(row(production, "delete"), {"post": "yes"}).status_code == 302
    assert not Connection.objects.exists()


def test_an_unchecked_connection_is_not_shown_as_healthy(
    olga: Client, production: Connection
) -> None:
    assert "not checked yet" in text(olga.get(page(Connection, "changelist")))
    assert "not checked yet" in text(olga.get(row(production)))


def test_the_list_takes_the_same_queries_for_one_row_and_for_thirty(
    olga: Client, production: Connection
) -> None:
    with _counted() as one:
        olga.get(page(Connection, "changelist"))
    for name in ("Beta", "Gamma", "Delta"):
        integration = make_integration(make_tenant(name), name)
        for number in range(10):
            make_connection(integration, f"{name} {number}")
    with _counted() as thirty:
        assert "Delta 9" in text(olga.get(page(Connection, "changelist")))
    assert len(thirty) == len(one)
    assert not any("encrypted_secret" in query["sql"] for query in thirty)


@pytest.mark.parametrize("term", ["acme crm", "ACME", "produ"])
def test_a_connection_is_found_by_its_name_and_its_owners(
    olga: Client, production: Connection, term: str
) -> None:
    make_connection(make_integration(make_tenant("Zeta"), "Zeta API"), "Staging")
    found = text(olga.get(page(Connection, "changelist"), {"q": term}))
    assert "Production" in found
    assert "Staging" not in found


def test_the_list_can_be_narrowed_to_a_tenant_and_a_provider(
    olga: Client, production: Connection, acme: Tenant
) -> None:
    make_connection(make_integration(acme, provider="jira"), "Tickets")
    make_connection(make_integration(make_tenant("Zeta"), "Zeta API"), "Staging")
    assert _listed(olga, tenant=str(acme.pk)) == {"Production", "Tickets"}
    assert _listed(olga, tenant=str(acme.pk), provider="custom") == {"Production"}
    assert _listed(olga, provider="jira") == {"Tickets"}
    assert olga.get(page(Connection, "changelist"), {"tenant": "x"}).status_code == 302


def test_the_list_can_be_narrowed_to_a_state_of_the_credential(
    olga: Client, production: Connection, acme: Tenant
) -> None:
    open_api = make_integration(acme, "Open", auth={"type": "none"})
    make_connection(open_api, "Open", token=None)
    make_connection(production.integration, "Bare", token=None, variables={"site": "acme"})
    soon, past = timezone.now() + dt.timedelta(minutes=5), timezone.now() - dt.timedelta(minutes=5)
    dated: dict[str, dict[str, Any]] = {
        "Soon": {"expires_at": soon},
        "Past": {"expires_at": past},
        "Refreshed": {"expires_at": past, "refresh_due_at": soon},
        "Withdrawn": {"expires_at": past, "needs_reauth": True},
    }
    for name, changes in dated.items():
        made = make_connection(production.integration, name, variables={"site": "acme"})
        Credential.objects.filter(pk=made.pk).update(**changes)
    for state in ("expiring", "expired", "needs_reauth", "missing"):
        all_of_them = Connection.objects.with_health()
        expected = {one.name for one in all_of_them if one.credential_state() == state}
        assert _listed(olga, credential=state) == expected != set()


@pytest.mark.parametrize(
    "query", ["credential=active", "credential=zz", "provider=%00", "tenant=x"]
)
def test_what_is_no_choice_of_a_filter_leads_back_to_the_list(
    olga: Client, production: Connection, query: str
) -> None:
    answer = olga.get(f"{page(Connection, 'changelist')}?{query}")
    assert (answer.status_code, answer.headers["Location"].endswith("?e=1")) == (302, True)


def test_a_secret_with_an_empty_part_can_go_to_another_host_again(
    olga: Client, acme: Tenant
) -> None:
    crm = make_integration(acme, base_url="https://{site}.example.com", auth={"type": "basic"})
    connection = make_connection(crm, token=None, variables={"site": "acme"})
    first = NewCredential(secret={"username": "key", "password": ""}, expires_at=None)
    edits.store_credential(connection, first)
    moved = {"variable_site": "other", "secret_username": "another"}
    assert olga.post(row(connection), fields_of(olga, row(connection)) | moved).status_code == 302
    stored = Credential.objects.get(pk=connection.pk).unseal(origin="https://other.example.com")
    assert dict(stored) == {"username": "another", "password": ""}


def _listed(olga: Client, **narrowed: str) -> set[str]:
    answer: Any = olga.get(page(Connection, "changelist"), narrowed)
    return {connection.name for connection in answer.context["cl"].result_list}


def _secret(connection: Connection) -> dict[str, str]:
    fresh = Connection.objects.with_health().get(pk=connection.pk)
    return dict(fresh.credential.unseal(origin=fresh.origin))


def _token(connection: Connection, origin: str) -> str:
    blob = bytes(Credential.objects.get(pk=connection.pk).encrypted_secret)
    return unseal(blob, connection_id=connection.pk, origin=origin)["token"]


def _act(olga: Client, action: str, *chosen: Connection) -> Any:
    sent = {"action": action, "_selected_action": [connection.pk for connection in chosen]}
    return olga.post(page(Connection, "changelist"), sent)


@contextmanager
def _counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(database) as queries:
        yield queries
