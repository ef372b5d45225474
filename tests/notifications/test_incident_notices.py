"""Thousands of connections and one message; one connection and its own."""

import datetime as dt
import json
import logging
from collections import Counter

import pytest
from django.db.models import F
from django.utils import timezone

from connections.models import ConnectionHealth
from healthchecks import downtime
from healthchecks.models import Alert
from healthchecks.statements import execute
from incidents import detection
from incidents.models import Incident
from integrations.models import Integration
from integrations.muting import mute
from notifications.models import Notice, NotificationChannel
from tests.incidents.crowds import accounts, check, fail
from tests.notifications.rounds import (
    checking_since,
    delivered,
    kinds,
    let_pass,
    make_channel,
    tell,
)
from tests.population import tenant_named

pytestmark = pytest.mark.django_db

# What recording leaves beside the crowd's checks.
_CHANGE = """
WITH changed AS (
    UPDATE connection_health h
    SET health_status = CASE WHEN downtime_started_at IS NULL THEN 'healthy' ELSE 'unhealthy' END,
        reasons = CASE WHEN downtime_started_at IS NULL THEN '{}'::text[]
                       ELSE '{test_action_failed}' END
    WHERE health_status = CASE WHEN downtime_started_at IS NULL THEN 'unhealthy' ELSE 'healthy' END
    RETURNING tenant_id, connection_id, health_status
)
INSERT INTO health_state_changes (id, tenant_id, connection_id, from_status, to_status, reasons,
                                  health_check_id, at)
SELECT uuid_v7(), tenant_id, connection_id,
       CASE health_status WHEN 'healthy' THEN 'unhealthy' ELSE 'healthy' END, health_status, '{}',
       uuid_v7(), now()
FROM changed
"""


@pytest.fixture(autouse=True)
def _checking_for_an_hour() -> None:
    checking_since(hours=1)


def sweep() -> None:
    execute(_CHANGE)
    detection.watch()
    tell()


def minutes_pass(minutes: int) -> None:
    """Long enough for alerts of all that is down."""
    by = dt.timedelta(minutes=minutes)
    ConnectionHealth.objects.update(downtime_started_at=F("downtime_started_at") - by)
    Incident.objects.update(started_at=F("started_at") - by)
    downtime.sweep()


def recover(integration: Integration) -> None:
    check(integration, worked=True)
    now = timezone.now()
    ids = Alert.objects.filter(resolved_at=None).values_list("connection", flat=True)
    downtime.close(dict.fromkeys(ids, now))


def everything_wanted(integration: Integration) -> NotificationChannel:
    return make_channel(integration.tenant)


def test_3000_connections_that_fail_at_once_are_two_messages() -> None:
    crm = accounts(3_000)
    execute("ANALYZE")
    channel = everything_wanted(crm)
    fail(crm)
    sweep()
    sweep()
    assert delivered(channel) == ["incident_opened"]
    minutes_pass(3)
    sweep()
    assert Alert.objects.filter(incident_id=Incident.objects.get().pk).count() == 3_000
    assert delivered(channel) == ["incident_opened"]
    opened = Notice.objects.get()
    assert "3,000 connections fail at the same time" in opened.title
    recover(crm)
    sweep()
    sweep()
    assert delivered(channel) == ["incident_opened", "incident_resolved"]
    over = Notice.objects.get(kind="incident_resolved")
    assert (over.about, over.ends) == (opened.about, True)
    assert json.dumps(over.data)


def test_one_of_3000_that_fails_for_its_credential_is_its_own_notice_alone() -> None:
    crm = accounts(3_000)
    channel = everything_wanted(crm)
    channel.events = ["downtime", "recovery", "expiry", "incident", "needs_reauth"]
    channel.save()
    fail(crm, 1, cause="credential")
    sweep()
    minutes_pass(3)
    sweep()
    [notice] = Notice.objects.filter(kind="downtime_opened")
    [pk] = ConnectionHealth.objects.exclude(downtime_started_at=None).values_list("pk", flat=True)
    assert notice.connection_id == pk
    assert delivered(channel) == ["downtime_opened"]


def test_when_everything_fails_no_tenant_hears_of_providers_and_the_operators_do_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hosts = [accounts(50, host=f"api{n}.example.com") for n in range(6)]
    channels = [everything_wanted(each) for each in hosts]
    for each in hosts:
        fail(each)
    with caplog.at_level(logging.ERROR):
        sweep()
        minutes_pass(3)
        sweep()
    assert kinds() == []
    assert not Incident.objects.exists()
    assert not Alert.objects.exists()
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1
    for each in hosts:
        recover(each)
    for _ in range(3):
        sweep()
    assert [delivered(channel) for channel in channels] == [[]] * 6


def test_an_alert_that_was_told_before_its_incident_has_an_end_of_its_own() -> None:
    crm = accounts(10)
    channel = everything_wanted(crm)
    fail(crm, 1)
    sweep()
    minutes_pass(3)
    sweep()
    assert delivered(channel) == ["state_changed", "downtime_opened"]
    fail(crm)
    sweep()
    recover(crm)
    for _ in range(2):
        sweep()
    assert Counter(delivered(channel)[2:]) == Counter(
        ["incident_opened", "incident_resolved", "recovered", "state_changed"]
    )


def test_what_still_fails_after_its_incident_is_told_alone_with_its_end() -> None:
    crm = accounts(10)
    channel = make_channel(crm.tenant, events=["downtime", "recovery", "incident"])
    fail(crm)
    sweep()
    minutes_pass(3)
    sweep()
    check(crm, count=9, worked=True)
    recovered = ConnectionHealth.objects.filter(downtime_started_at=None)
    downtime.close(dict.fromkeys(recovered.values_list("pk", flat=True), timezone.now()))
    sweep()
    sweep()
    assert delivered(channel) == ["incident_opened", "incident_resolved"]  # it may be the next
    let_pass(minutes=2)
    sweep()
    told = ["incident_opened", "incident_resolved", "downtime_opened"]
    assert delivered(channel) == told
    recover(crm)
    sweep()
    assert delivered(channel) == [*told, "recovered"]


def test_of_a_muted_integration_no_incident_is_told() -> None:
    crm = accounts(10)
    channel = everything_wanted(crm)
    mute(crm, None)
    fail(crm)
    sweep()
    recover(crm)
    sweep()
    assert Incident.objects.exists()
    assert delivered(channel) == []


def test_several_tenants_with_one_connection_each_hear_of_their_own_alone() -> None:
    tenants = [tenant_named(f"Tenant {n}") for n in range(6)]
    each_one = [
        accounts(1, tenant=tenant, host="acme.atlassian.net", provider="jira") for tenant in tenants
    ]
    channels = [everything_wanted(integration) for integration in each_one]
    for integration in each_one:
        fail(integration)
    sweep()
    assert [delivered(channel) for channel in channels] == [["incident_opened"]] * 6
    told = " ".join(
        f"{notice.title} {notice.text} {notice.data}" for notice in Notice.objects.all()
    )
    assert "Tenant" not in told
    assert "Other organisations have the same trouble." in told
