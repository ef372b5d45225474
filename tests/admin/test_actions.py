"""Actions on pages of their own, for integrations that have too many for theirs."""

import pytest
from django.test import Client

from integrations.models import Action, Integration
from tests.admin.pages import fields_of, page, row, text
from tests.factories import make_action, make_connection, make_integration


@pytest.fixture
def ping(crm: Integration) -> Action:
    return make_action(crm, name="Ping", path="/ping")


def test_the_actions_of_one_integration_are_listed(
    olga: Client, crm: Integration, ping: Action
) -> None:
    make_action(make_integration(crm.tenant, "Other"), name="Elsewhere")
    listed = text(olga.get(page(Action, "changelist"), {"integration__id__exact": str(crm.pk)}))
    assert "Ping" in listed
    assert "Elsewhere" not in listed
    assert "Elsewhere" in text(olga.get(page(Action, "changelist"), {"q": "elsew"}))


def test_an_action_is_changed_and_made_the_test_action(
    olga: Client, crm: Integration, ping: Action
) -> None:
    sent = fields_of(olga, row(ping)) | {"path": "/status", "use_as_test": "on"}
    assert olga.post(row(ping), sent).status_code == 302
    ping.refresh_from_db()
    crm.refresh_from_db()
    assert (ping.path, crm.test_action) == ("/status", ping)
    assert crm.config_version > 1

    shown = fields_of(olga, row(ping))
    assert shown.pop("use_as_test") is True
    olga.post(row(ping), shown)
    crm.refresh_from_db()
    assert crm.test_action is None


def test_what_changes_something_is_not_marked_read_only(olga: Client, ping: Action) -> None:
    sent = fields_of(olga, row(ping)) | {"method": "PUT", "read_only": "on"}
    assert "A PUT changes something" in text(olga.post(row(ping), sent))


def test_what_a_connection_chose_stays_harmless(
    olga: Client, crm: Integration, ping: Action
) -> None:
    make_connection(crm, health_check_test_action=ping)
    sent = fields_of(olga, row(ping)) | {"method": "POST"}
    assert "Connections have it as test action" in text(olga.post(row(ping), sent))
    ping.refresh_from_db()
    assert ping.method == "GET"


def test_what_is_not_harmless_is_no_test_action(
    olga: Client, crm: Integration, ping: Action
) -> None:
    sent = fields_of(olga, row(ping)) | {"method": "DELETE", "use_as_test": "on"}
    assert "It must be harmless" in text(olga.post(row(ping), sent))
    ping.refresh_from_db()
    assert ping.method == "GET"


def test_what_does_not_go_with_its_integration_is_refused(olga: Client, ping: Action) -> None:
    sent = fields_of(olga, row(ping)) | {"headers": '{"Authorization": "x"}'}
    assert "belongs into a connection" in text(olga.post(row(ping), sent))


def test_a_deleted_action_leaves_a_newer_configuration(
    olga: Client, crm: Integration, ping: Action
) -> None:
    before = Integration.objects.get(pk=crm.pk).config_version
    olga.post(page(Action, "delete", ping.pk), {"post": "yes"})
    assert not Action.objects.filter(pk=ping.pk).exists()
    assert Integration.objects.get(pk=crm.pk).config_version > before
