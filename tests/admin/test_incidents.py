"""Incidents and outages of our own in the admin: complete and read-only."""

import datetime as dt

from django.test import Client
from django.utils import timezone

from connections.models import Connection
from incidents.models import Incident, OwnOutage
from tests.admin.pages import page, row, text
from tests.factories import make_incident


def test_incidents_are_shown(olga: Client, production: Connection) -> None:
    incident = make_incident(production, ago=dt.timedelta(hours=2), wider=True, organisations=7)
    listed = text(olga.get(page(Incident, "changelist")))
    assert "Goes on" in listed
    assert "2:01:0" in listed
    assert production.integration.name in listed
    assert "2:01:0" not in text(olga.get(page(Incident, "changelist"), {"resolved_at__isempty": 0}))
    assert "7" in text(olga.get(row(incident)))
    assert olga.post(row(incident), {"wider": ""}).status_code == 403


def test_outages_of_our_own_are_shown(olga: Client) -> None:
    start = timezone.now() - dt.timedelta(hours=3)
    outage = OwnOutage.objects.create(
        started_at=start,
        noticed_at=start,
        ended_at=start + dt.timedelta(minutes=7),
        connections=1234,
        hosts=56,
    )
    listed = text(olga.get(page(OwnOutage, "changelist")))
    assert "0:07:00" in listed
    assert "Over" in listed
    assert "56" in text(olga.get(row(outage)))
