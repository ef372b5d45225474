"""Channels, notices and deliveries in the admin."""

import json
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import Connection
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from tenants.models import Tenant
from tests.admin.conftest import SECRET
from tests.admin.pages import fields_of, page, row, text
from tests.factories import make_delivery, make_notice, make_tenant
from tests.notifications.rounds import make_channel


@pytest.fixture
def channel(acme: Tenant) -> NotificationChannel:
    """One that Vitals turned off."""
    now = timezone.now()
    return make_channel(
        acme,
        config={"url": "https://ops.example.com/hook"},
        secrets={"token": SECRET},
        error_text="The receiver answered 404 (Not Found).",
        failing_since=now,
        disabled_at=now,
    )


def test_a_channel_shows_all_but_its_secrets(olga: Client, channel: NotificationChannel) -> None:
    for shown in (
        text(olga.get(row(channel))),
        text(olga.get(page(NotificationChannel, "changelist"))),
    ):
        assert "Disabled after failures" in shown
        assert "404 (Not Found)" in shown
        assert SECRET not in shown
    assert "ops.example.com" in text(olga.get(row(channel)))


def test_a_channel_is_turned_on_again_and_off(olga: Client, channel: NotificationChannel) -> None:
    delivery = make_delivery(channel, make_notice(channel.tenant))
    form = fields_of(olga, row(channel))
    assert olga.post(row(channel), form | {"minimum_severity": "critical"}).status_code == 302
    channel.refresh_from_db()
    assert (channel.minimum_severity, channel.enabled) == ("critical", True)
    assert channel.secrets() == {"token": SECRET}
    form.pop("enabled")
    assert olga.post(row(channel), form).status_code == 302
    assert olga.post(row(channel), form | {"enabled": "on"}).status_code == 302
    channel.refresh_from_db()
    delivery.refresh_from_db()
    assert (channel.enabled, channel.disabled_at, channel.error_text) == (True, None, "")
    assert (delivery.state, delivery.error_code) == ("failed", "switched_off")


def test_a_change_that_makes_no_sense_is_said_at_its_field(
    olga: Client, channel: NotificationChannel
) -> None:
    sent = fields_of(olga, row(channel)) | {"reminder_minutes": "1"}
    assert "greater than or equal to 5" in text(olga.post(row(channel), sent))


def test_channels_are_made_by_their_tenants_and_vitals_own_is_let_be(
    olga: Client, acme: Tenant
) -> None:
    assert olga.get(page(NotificationChannel, "add")).status_code == 403
    own = make_channel(acme, kind="admins", config={"recipients": ["a@example.com"]})
    assert "a@example.com" in text(olga.get(row(own)))
    assert olga.post(row(own), {"name": "Mine"}).status_code == 403


def test_what_was_told_and_where_is_found_and_read(
    olga: Client, channel: NotificationChannel, production: Connection
) -> None:
    told = make_notice(channel.tenant, connection=production)
    elsewhere = make_tenant("Beta")
    make_notice(elsewhere, title="Nothing of Acme's")
    delivery = make_delivery(channel, told, state="failed")
    notices, deliveries = page(Notice, "changelist"), page(NotificationDelivery, "changelist")
    for query in (
        {"tenant": str(channel.tenant_id)},
        {"connection": str(production.pk)},
        {"q": str(told.pk)},
        {"kind__exact": "downtime_opened", "tenant": str(channel.tenant_id)},
    ):
        shown = text(olga.get(notices, query))
        assert told.title in shown
        assert "Nothing of Acme" not in shown
    for query in ({"channel": str(channel.pk)}, {"q": str(told.pk)}, {"state__exact": "failed"}):
        assert _found(olga, deliveries, **query) == [delivery.pk]
    assert _found(olga, deliveries, state__exact="pending") == []
    assert "503" in text(olga.get(row(told)))
    assert olga.post(row(told), {"title": "x"}).status_code == 403
    assert olga.get(row(delivery, "delete")).status_code == 403


def test_lists_take_the_same_queries_for_one_row_and_for_ten(
    olga: Client, channel: NotificationChannel
) -> None:
    for model in (Notice, NotificationDelivery, NotificationChannel):
        counted = []
        for times in (1, 9):
            for _ in range(times):
                make_delivery(make_channel(channel.tenant), make_notice(channel.tenant))
            with CaptureQueriesContext(database) as queries:
                olga.get(page(model, "changelist"))
            counted.append(len(queries))
        assert counted[0] == counted[1], json.dumps([query["sql"] for query in queries], indent=1)


def _found(olga: Client, address: str, **query: str) -> list[Any]:
    answer: Any = olga.get(address, query)
    return [found.pk for found in answer.context["cl"].result_list]
