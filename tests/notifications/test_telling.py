"""What people are told of a connection, from recorded checks to notices and deliveries."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from django.utils import timezone

from connections.edits import pause
from connections.models import Connection, ConnectionHealth, Credential
from connections.status import CredentialState
from healthchecks import downtime
from healthchecks.models import Alert, HealthStateChange
from integrations.muting import mute, unmute
from notifications.models import (
    ConnectionWatch,
    Notice,
    NotificationChannel,
    NotificationDelivery,
)
from tests.factories import make_window
from tests.healthchecks.rounds import DOWN, OK, UNAUTHORIZED, check
from tests.notifications.rounds import (
    checking_since,
    delivered,
    kinds,
    let_pass,
    make_channel,
    tell,
)
from tests.population import connect, integration_at

pytestmark = pytest.mark.django_db(transaction=True)

URL = "http://127.0.0.1:9"


@pytest.fixture
def pk() -> UUID:
    [connection_id] = connect(integration_at(URL))
    return connection_id


@pytest.fixture
def connection(pk: UUID) -> Connection:
    return Connection.objects.select_related("tenant", "integration").get(pk=pk)


@pytest.fixture
def channel(connection: Connection) -> NotificationChannel:
    return make_channel(connection.tenant)


def go_down(pk: UUID) -> None:
    """Two failed checks, the first long enough ago for an alert."""
    check(pk, UNAUTHORIZED)
    check(pk, UNAUTHORIZED, after=180)
    checking_since(hours=1)
    downtime.sweep()


def test_a_change_is_told_once_to_each_channel_that_wants_it(
    pk: UUID, connection: Connection, channel: NotificationChannel
) -> None:
    deaf = make_channel(connection.tenant, events=["incident"])
    check(pk, UNAUTHORIZED)
    tell()
    tell()
    notice = Notice.objects.get()
    assert (notice.kind, notice.severity, notice.connection_id) == ("state_changed", "critical", pk)
    assert notice.data["from"] == "healthy"
    assert notice.data["to"] == "unhealthy"
    assert notice.data["cause"] == "credential"
    assert ["Who can act", "whoever holds the account"] in notice.facts
    assert delivered(channel) == ["state_changed"]
    assert delivered(deaf) == []


def test_a_change_without_an_error_says_why_too(pk: UUID) -> None:
    check(pk, replace(OK, latency_ms=9_000))
    tell()
    assert Notice.objects.get().text == "It was healthy before. The answer was slow."


def test_a_healthy_first_check_is_no_news(pk: UUID) -> None:
    check(pk, OK)
    tell()
    assert kinds() == []


def test_a_downtime_and_its_end_are_told_with_its_length(
    pk: UUID, channel: NotificationChannel
) -> None:
    channel.events = ["downtime", "recovery"]
    channel.save()
    go_down(pk)
    tell()
    assert delivered(channel) == ["downtime_opened"]
    opened = Notice.objects.get(kind="downtime_opened")
    assert "2 checks in a row" in opened.text
    assert opened.alert_id == Alert.objects.get().pk
    check(pk, OK, after=600)
    tell()
    tell()
    assert delivered(channel) == ["downtime_opened", "recovered"]
    recovered = Notice.objects.get(kind="recovered")
    assert recovered.about == opened.about
    assert recovered.ends
    assert "3 minutes" in recovered.text


def test_who_wants_critical_things_alone_hears_of_their_end_as_well(
    pk: UUID, channel: NotificationChannel
) -> None:
    channel.minimum_severity = "critical"
    channel.save()
    go_down(pk)
    tell()
    check(pk, OK, after=600)
    tell()
    assert delivered(channel) == ["state_changed", "downtime_opened", "recovered"]


def test_of_what_happens_while_it_is_muted_only_the_difference_is_told(
    pk: UUID, connection: Connection
) -> None:
    check(pk, OK)
    mute(connection, None)
    go_down(pk)
    tell()
    assert kinds() == []
    unmute(connection)
    let_pass(minutes=1)
    tell()
    assert sorted(kinds()) == ["downtime_opened", "state_changed"]


def test_what_came_and_went_while_it_was_muted_is_never_told(
    pk: UUID, connection: Connection
) -> None:
    check(pk, OK)
    mute(connection.integration, None)
    go_down(pk)
    tell()
    for _ in range(4):
        check(pk, OK, after=600)
    tell()
    unmute(connection.integration)
    let_pass(minutes=1)
    tell()
    assert kinds() == []


def test_the_end_of_a_downtime_is_not_told_once_another_was(
    pk: UUID, connection: Connection, channel: NotificationChannel
) -> None:
    go_down(pk)
    tell()
    mute(connection, None)
    check(pk, OK, after=200)
    tell()
    check(pk, UNAUTHORIZED, after=300)
    check(pk, UNAUTHORIZED, after=600)
    ConnectionHealth.objects.update(downtime_started_at=timezone.now() - dt.timedelta(minutes=4))
    downtime.sweep()
    unmute(connection)
    let_pass(minutes=2)
    tell()
    check(pk, OK, after=900)
    tell()
    check(pk, UNAUTHORIZED, after=1200)
    tell()
    downtimes = [kind for kind in delivered(channel) if kind != "state_changed"]
    assert downtimes == ["downtime_opened", "downtime_opened", "recovered"]


def test_what_a_check_in_maintenance_found_is_told_once_the_next_finds_it_too(
    pk: UUID, connection: Connection
) -> None:
    check(pk, OK)
    window = make_window(connection.tenant)
    go_down(pk)
    tell()
    window.delete()
    let_pass(minutes=1)
    tell()
    assert kinds() == []
    go_down(pk)
    let_pass(minutes=1)
    tell()
    assert sorted(kinds()) == ["downtime_opened", "state_changed"]


def test_a_connection_that_is_paused_while_down_is_told_to_be_no_longer_checked(
    pk: UUID, connection: Connection
) -> None:
    go_down(pk)
    tell()
    pause(connection)
    downtime.sweep()
    tell()
    last = Notice.objects.order_by("pk").last()
    assert last is not None
    assert last.kind == "recovered"
    assert "no longer checked" in last.title


def test_one_that_keeps_changing_is_told_once_and_then_when_it_has_settled(pk: UUID) -> None:
    for _ in range(4):
        check(pk, UNAUTHORIZED)
        check(pk, OK, after=600)
    HealthStateChange.objects.update(at=timezone.now())
    tell()
    assert kinds() == ["flapping"]
    check(pk, UNAUTHORIZED)
    tell()
    assert kinds() == ["flapping"]
    assert ConnectionWatch.objects.get().flapping_since is not None
    let_pass(minutes=31)
    tell()
    assert kinds() == ["flapping", "settled"]
    assert "unhealthy" in Notice.objects.get(kind="settled").title
    assert ConnectionWatch.objects.get().flapping_since is None


def test_an_authorisation_that_ended_is_told_by_one_notice_alone(
    pk: UUID, channel: NotificationChannel
) -> None:
    check(pk, OK)
    Credential.objects.filter(pk=pk).update(needs_reauth=True, reauth_untold_since=timezone.now())
    check(pk, None, credential=CredentialState.NEEDS_REAUTH)
    check(pk, None, credential=CredentialState.NEEDS_REAUTH, after=180)
    checking_since(hours=1)
    downtime.sweep()
    tell()
    tell()
    assert delivered(channel) == ["needs_reauth"]
    assert Alert.objects.get().told_at is not None
    Credential.objects.filter(pk=pk).update(needs_reauth=False)
    check(pk, OK, after=600)
    tell()
    assert [kind for kind in delivered(channel) if kind != "state_changed"] == [
        "needs_reauth",
        "recovered",
    ]


def test_a_failure_that_others_may_share_waits_a_minute(pk: UUID, connection: Connection) -> None:
    connect(connection.integration, 2)
    check(pk, DOWN)
    tell()
    assert kinds() == []
    a_minute_ago = timezone.now() - dt.timedelta(seconds=61)
    ConnectionHealth.objects.filter(pk=pk).update(downtime_started_at=a_minute_ago)
    let_pass(seconds=10)
    tell()
    assert kinds() == ["state_changed"]


def test_quiet_hours_hold_what_comes(pk: UUID, channel: NotificationChannel) -> None:
    now = timezone.now()
    channel.quiet_start = (now - dt.timedelta(hours=1)).time().replace(microsecond=0)
    channel.quiet_end = (now + dt.timedelta(hours=1)).time().replace(microsecond=0)
    channel.quiet_time_zone = "UTC"
    channel.save()
    check(pk, UNAUTHORIZED)
    tell()
    held = NotificationDelivery.objects.get()
    assert held.held
    assert held.due_at.time() == channel.quiet_end
