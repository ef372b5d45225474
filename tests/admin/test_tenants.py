"""Tenants, members and keys in the admin."""

from django.contrib.auth.models import User
from django.test import Client

from connections.models import Connection, ConnectionHealth
from tenants.models import ApiKey, Tenant
from tests.admin.pages import fields_of, log_entries, messages, page, row, text
from tests.factories import make_key

ADD_KEY = page(ApiKey, "add")


def test_a_key_is_shown_once(olga: Client, acme: Tenant) -> None:
    sent = fields_of(olga, ADD_KEY) | {"tenant": str(acme.pk), "name": "Deploy", "role": "viewer"}
    told = messages(olga.post(ADD_KEY, sent))
    secret = next(word for word in told.split() if word.startswith("vitals_"))
    made = ApiKey.objects.presented(secret)
    assert made is not None
    assert (made.name, made.role, made.tenant) == ("Deploy", "viewer", acme)
    assert secret in text(olga.get(page(ApiKey, "changelist")))  # the message, which is gone then
    seen = text(olga.get(page(ApiKey, "changelist"))) + text(olga.get(row(made)))
    seen += log_entries()
    assert secret not in seen
    assert made.key_hash not in seen


def test_editing_a_key_leaves_its_secret_as_it_is(olga: Client, acme: Tenant) -> None:
    secret = make_key(acme)
    key = ApiKey.objects.get()
    olga.post(row(key), fields_of(olga, row(key)) | {"name": "Renamed"})
    found = ApiKey.objects.presented(secret)
    assert found is not None
    assert found.name == "Renamed"


def test_a_revoked_key_opens_nothing(olga: Client, acme: Tenant) -> None:
    secret = make_key(acme)
    sent = {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk]}
    olga.post(page(ApiKey, "changelist"), sent)
    assert ApiKey.objects.presented(secret) is None
    assert "revoked" in text(olga.get(page(ApiKey, "changelist")))


def test_suspending_a_tenant_stops_its_checks(
    olga: Client, acme: Tenant, production: Connection
) -> None:
    olga.post(row(acme), fields_of(olga, row(acme)) | {"status": "suspended"})
    assert ConnectionHealth.objects.get(pk=production.pk).due_at is None
    olga.post(row(acme), fields_of(olga, row(acme)) | {"status": "active"})
    assert ConnectionHealth.objects.get(pk=production.pk).due_at is not None


def test_another_default_interval_reaches_the_connections(
    olga: Client, acme: Tenant, production: Connection
) -> None:
    olga.post(row(acme), fields_of(olga, row(acme)) | {"default_interval_minutes": "30"})
    assert ConnectionHealth.objects.get(pk=production.pk).interval_seconds == 1800


def test_a_new_tenant_with_a_member(olga: Client) -> None:
    sent = fields_of(olga, page(Tenant, "add")) | {
        "name": "Beta",
        "slug": "beta",
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-user": str(User.objects.get().pk),
        "memberships-0-role": "operator",
    }
    assert olga.post(page(Tenant, "add"), sent).status_code == 302
    assert Tenant.objects.get(slug="beta").memberships.get().role == "operator"


def test_a_tenant_is_not_deleted_here(olga: Client, acme: Tenant) -> None:
    assert olga.get(row(acme, "delete")).status_code == 403
