"""Maintenance windows in the admin."""

import datetime as dt

from django.test import Client

from connections.models import Connection
from maintenance.models import MaintenanceWindow
from tenants.models import Tenant
from tests.admin.pages import fields_of, page, row, text
from tests.factories import make_connection, make_integration, make_tenant, make_window

ADD = page(MaintenanceWindow, "add")


def test_a_window_is_planned_and_shown(olga: Client, acme: Tenant, production: Connection) -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    sent = fields_of(olga, ADD) | {
        "tenant": str(acme.pk),
        "name": "Release",
        "starts_at_0": f"{tomorrow:%Y-%m-%d}",
        "starts_at_1": "02:00:00",
        "duration_minutes": "60",
        "time_zone": "Europe/Berlin",
        "rrule": "FREQ=WEEKLY",
        "connection_ids": str(production.pk),
        "tags": "staging",
    }
    assert olga.post(ADD, sent).status_code == 302
    window = MaintenanceWindow.objects.get()
    assert window.connection_ids == [production.pk]
    assert "Production, the tag staging" in text(olga.get(row(window)))
    assert "Upcoming" in text(olga.get(page(MaintenanceWindow, "changelist")))
    assert olga.post(row(window, "delete"), {"post": "yes"}).status_code == 302
    assert not MaintenanceWindow.objects.exists()


def test_what_makes_no_window_is_said_at_its_field(olga: Client, acme: Tenant) -> None:
    window = make_window(acme)
    sent = fields_of(olga, row(window))
    theirs = make_connection(make_integration(make_tenant("Stranger")))
    for wrong, told in (
        ({"rrule": "FREQ=MINUTELY"}, "FREQ cannot have this value"),
        ({"connection_ids": str(theirs.pk)}, "This tenant has none with the id"),
        ({"connection_ids": "x"}, "valid UUID"),
    ):
        assert told in text(olga.post(row(window), sent | wrong))
    assert "This field is required" in text(olga.post(ADD, {"name": "x"}))
    window.refresh_from_db()
    assert (window.rrule, window.connection_ids) == ("", [])
