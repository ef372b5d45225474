"""Who may see the admin, and what a person of the staff without rights may do there: nothing."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client

from connections.models import Connection
from tests.admin.pages import page, row, text
from tests.factories import make_check, make_delivery, make_key, make_notice
from tests.notifications.rounds import make_channel
from tests.web import AdminCaller

OURS = [
    model
    for model in admin.site._registry
    if model._meta.app_label
    in {"tenants", "integrations", "connections", "maintenance", "healthchecks", "notifications"}
]


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_strangers_are_sent_to_the_sign_in(model: type[Connection]) -> None:
    answer = Client().get(page(model, "changelist"))
    assert answer.status_code == 302
    assert "/admin/login/" in answer.headers["Location"]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_staff_without_rights_see_nothing(model: type[Connection], sam: Client) -> None:
    assert sam.get(page(model, "changelist")).status_code == 403


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_every_list_opens(model: type[Connection], olga: Client, production: Connection) -> None:
    assert "Vitals" in text(olga.get(page(model, "changelist")))
    assert text(olga.get(page(model, "changelist"), {"q": "acme"}))


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_who_may_only_look_can_open_every_page(
    model: type[Connection], sam: Client, production: Connection
) -> None:
    name = model._meta.model_name
    User.objects.get().user_permissions.add(Permission.objects.get(codename=f"view_{name}"))
    make_key(production.tenant)
    make_check(production)
    notice = make_notice(production.tenant, connection=production)
    make_delivery(make_channel(production.tenant), notice)
    for found in model._default_manager.all():
        assert "Save" not in text(sam.get(row(found)))


def test_who_may_look_may_not_change_or_check(sam: Client, production: Connection) -> None:
    User.objects.get().user_permissions.add(Permission.objects.get(codename="view_connection"))
    assert "secret_token" not in text(sam.get(row(production)))
    assert "Check now" not in text(sam.get(row(production)))
    assert sam.post(row(production), {"name": "Mine"}).status_code == 403
    assert sam.post(row(production, "check")).status_code == 403
    assert sam.get(page(Connection, "add")).status_code == 403


@pytest.fixture
def sam(db: None) -> Client:
    """Of the staff, without any right."""
    client = AdminCaller()
    client.force_login(User.objects.create_user("sam", is_staff=True))
    return client
