"""From deliveries that are due to what a receiver got, whatever dies or fails in between."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from healthchecks.events import acknowledge
from healthchecks.models import Alert
from notifications import channel_edits, delivering, queueing, reminders
from notifications.channels.base import Message
from notifications.channels.email import Email
from notifications.channels.webhook import Webhook
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from tenants.models import Role, Tenant
from tests.factories import (
    make_alert,
    make_change,
    make_connection,
    make_delivery,
    make_integration,
    make_member,
    make_notice,
    make_tenant,
    set_health,
)
from tests.notifications.mailbox import Mailbox
from tests.notifications.receiver import HANGS, Receiver
from tests.notifications.rounds import deliver, let_pass, make_channel, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Tenant:
    return make_tenant()


@pytest.fixture
def hook(acme: Tenant, receiver: Receiver) -> NotificationChannel:
    return webhook_to(acme, receiver.url)


def webhook_to(tenant: Tenant, url: str, **fields: Any) -> NotificationChannel:
    config, secrets = Webhook.validate({"url": url}, {})
    return make_channel(tenant, config=config, secrets=secrets, **fields)


def happen(tenant: Tenant, times: int = 1) -> None:
    """So many connections of a tenant become unhealthy."""
    integration = make_integration(tenant)
    for number in range(times):
        connection = make_connection(integration, f"Account {number}")
        now = timezone.now()
        set_health(connection, health_status="unhealthy", last_health_check_at=now)
        make_change(connection)


def states(channel: NotificationChannel) -> Counter[str]:
    rows = NotificationDelivery.objects.filter(channel=channel)
    return Counter(rows.values_list("state", flat=True))


def ids(receiver: Receiver) -> list[str]:
    return [head["webhook-id"] for head in receiver.heads]


def fresh(channel: NotificationChannel) -> NotificationChannel:
    return NotificationChannel.objects.get(pk=channel.pk)


def close_alert(alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(resolved_at=timezone.now(), processed_at=None)


class Killed(BaseException):
    """What a kill -9 does to a process, as far as its database can see."""


def test_killed_between_any_two_steps_every_notice_arrives(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver, mailbox: Mailbox
) -> None:
    """Each statement and each send is a step; the next process begins where nothing is known."""
    mail = make_channel(acme, "email", config={"recipients": ["ops@example.com"]})
    twice, point, survived = 0, 0, False
    while not survived:
        happen(acme)
        before = (receiver.count, len(mailbox.mails))
        survived = _run_and_die_at(point)
        _lease_ends()
        for _ in range(3):
            tell()
            deliver()
        point += 1
        mails = [str(mail["Message-ID"]) for mail in mailbox.mails]
        for arrived in (ids(receiver)[before[0] :], mails[before[1] :]):
            assert len(set(arrived)) == 1, f"killed at step {point}"
            twice += len(arrived) - 1
        assert states(hook) == states(mail) == {"delivered": point}
        assert Notice.objects.count() == point
    assert point > 30
    # At least once: after it was sent, and before that was stored.
    assert 0 < twice < point / 2


def _run_and_die_at(point: int) -> bool:
    """Tell and deliver, up to that step; return whether there were not so many."""
    steps = 0

    def step() -> None:
        nonlocal steps
        if steps == point:
            raise Killed
        steps += 1

    def each_statement(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        step()
        return execute(sql, params, many, context)

    def stepping(send: Callable[[Any, Message], None]) -> Callable[[Any, Message], None]:
        def sending(channel: Any, message: Message) -> None:
            step()
            send(channel, message)
            step()

        return sending

    with pytest.MonkeyPatch.context() as patch, database.execute_wrapper(each_statement):
        for kind in (Webhook, Email):
            patch.setattr(kind, "send", stepping(kind.send))
        try:
            tell()
            deliver()
        except Killed:
            return False
    return True


def _lease_ends() -> None:
    NotificationChannel.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def test_a_receiver_that_fails_is_left_alone_for_longer_and_longer_and_nothing_is_lost(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver
) -> None:
    receiver.answers("500 Internal Server Error")
    happen(acme, 2)
    tell()
    deliver()
    deliver()
    assert receiver.count == 1
    channel = fresh(hook)
    assert (channel.failures, channel.error_code) == (1, "http_500")
    assert channel.next_try_at is not None
    let_pass(seconds=38)
    deliver()
    assert receiver.count == 2
    assert len(set(ids(receiver))) == 2  # what was not tried yet comes first
    receiver.answers("200 OK")
    let_pass(minutes=2)
    deliver()
    assert states(hook) == {"delivered": 2}
    assert fresh(hook).failing_since is None


def test_after_a_day_a_delivery_has_failed_and_can_be_sent_again(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver
) -> None:
    receiver.answers("503 Service Unavailable")
    happen(acme)
    tell()
    for _ in range(3):
        deliver()
        let_pass(hours=12, minutes=1)
    assert states(hook) == {"failed": 1}
    assert fresh(hook).disabled_at is None
    receiver.answers("200 OK")
    channel_edits.retry(NotificationDelivery.objects.get())
    deliver()
    assert states(hook) == {"delivered": 1}


def test_after_a_day_of_failures_what_never_had_a_turn_has_failed_too(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver
) -> None:
    receiver.answers("503 Service Unavailable")
    happen(acme, 5)
    tell()
    for _ in range(3):
        deliver()
        let_pass(hours=12, minutes=1)
    assert receiver.count == 3
    assert states(hook) == {"failed": 5}
    assert set(NotificationDelivery.objects.values_list("error_code", flat=True)) == {"http_503"}


def test_a_downtimes_end_never_overtakes_its_beginning(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver
) -> None:
    """A paging service would open it after it was closed."""
    receiver.answers("503 Service Unavailable")
    alert = make_alert(make_connection(make_integration(acme)))
    tell()
    deliver()
    close_alert(alert)
    tell()
    happen(acme)
    tell()
    receiver.answers("200 OK")
    let_pass(minutes=1)
    deliver()
    types = [json.loads(body)["type"] for body in receiver.bodies]
    assert types[0] == "downtime.opened"
    assert types[1:] == ["connection.state_changed", "downtime.opened", "downtime.ended"]


def test_a_channel_that_is_refused_for_a_day_is_disabled_and_the_admins_get_a_mail(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver, mailbox: Mailbox
) -> None:
    make_member(acme, email="dora@example.com")
    make_member(acme, role=Role.VIEWER, email="victor@example.com")
    receiver.answers("404 Not Found")
    happen(acme)
    tell()
    for _ in range(4):
        deliver()
        let_pass(hours=9)
    assert fresh(hook).disabled_at is not None
    deliver()
    [mail] = mailbox.mails
    assert mail["To"] == "dora@example.com"
    assert "The channel Ops was disabled" in mail["Subject"]
    assert receiver.count == 4
    happen(acme)
    tell()
    assert deliver() == 0
    channel_edits.update(hook, {"enabled": True})
    receiver.answers("200 OK")
    happen(acme)
    tell()
    deliver()
    assert receiver.count == 5


def test_who_is_gone_is_disabled_at_once(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver
) -> None:
    receiver.answers("410 Gone")
    happen(acme)
    tell()
    deliver()
    assert fresh(hook).disabled_at is not None
    assert states(hook) == {"failed": 1}


def test_a_receiver_that_hangs_or_is_refused_holds_up_no_other(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver, mailbox: Mailbox
) -> None:
    mail = make_channel(acme, "email", config={"recipients": ["ops@example.com"]})
    inside = webhook_to(acme, receiver.url)
    inside.config = {"url": "http://10.0.0.1/hook"}  # as a name could turn out to be
    inside.save()
    broken = make_channel(acme, "email", config={})  # as no form would leave it
    receiver.script = HANGS
    happen(acme)
    tell()
    began = monotonic()
    leases = dict(queueing.lease_due())
    assert len(leases) == 4
    for channel in (inside, broken, mail):
        delivering.deliver(channel.pk, leases[channel.pk])
    assert monotonic() - began < 5
    assert fresh(inside).error_code == "blocked_address"
    assert fresh(broken).error_code == "internal"
    assert len(mailbox.mails) == 1
    assert states(hook) == {"pending": 1}


def test_many_at_once_are_one_message_to_people_and_each_its_own_to_machines(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver, mailbox: Mailbox
) -> None:
    make_channel(acme, "email", config={"recipients": ["ops@example.com"]})
    happen(acme, 12)
    tell()
    deliver()
    assert len(mailbox.mails) == 1
    assert receiver.count == 12
    assert len(set(ids(receiver))) == 12


def test_many_reminders_in_one_message_are_still_reminders(acme: Tenant, mailbox: Mailbox) -> None:
    channel = make_channel(acme, "email", config={"recipients": ["ops@example.com"]})
    for _ in range(5):
        make_delivery(channel, make_notice(acme), reminder=2)
    deliver()
    [mail] = mailbox.mails
    assert mail["Subject"] == "Reminder: Production is down (and 4 more)"


def test_a_digest_that_failed_goes_out_again_as_it_was(acme: Tenant, mailbox: Mailbox) -> None:
    channel = make_channel(acme, "email", config={"recipients": ["ops@example.com"]})
    mailbox.on_data = "451 Try again later"
    happen(acme, 5)
    tell()
    deliver()
    [first] = set(NotificationDelivery.objects.values_list("message_id", flat=True))
    mailbox.on_data = "250 OK"
    happen(acme)
    tell()
    let_pass(minutes=1)
    deliver()
    assert states(channel) == {"delivered": 6}
    assert f"<{first}@" in mailbox.mails[-1]["Message-ID"]
    assert len(mailbox.mails) == 2


def test_what_waited_for_the_end_of_quiet_hours_is_one_digest(
    acme: Tenant, mailbox: Mailbox
) -> None:
    now = timezone.now()
    channel = make_channel(
        acme,
        "email",
        config={"recipients": ["ops@example.com"]},
        quiet_start=(now - dt.timedelta(hours=1)).time(),
        quiet_end=(now + dt.timedelta(hours=1)).time(),
        quiet_time_zone="UTC",
    )
    happen(acme, 2)
    tell()
    assert deliver() == 0
    let_pass(hours=1, minutes=1)
    deliver()
    assert states(channel) == {"delivered": 2}
    assert len(mailbox.mails) == 1


def test_one_tenants_hanging_channels_leave_workers_to_others(receiver: Receiver) -> None:
    many, few = make_tenant("Many"), make_tenant("Few")
    for number in range(queueing.AT_ONCE * 2):
        webhook_to(many, receiver.url, name=f"Hook {number}")
    happen(many)
    own = webhook_to(few, receiver.url)
    happen(few)
    tell()
    leased = {channel for channel, _ in queueing.lease_due()}
    assert own.pk in leased
    assert len(leased) == queueing.AT_ONCE_OF_TENANT + 1
    assert queueing.lease_due() == []


def test_a_reminder_comes_at_its_interval_until_somebody_has_seen_it(
    acme: Tenant, receiver: Receiver
) -> None:
    channel = webhook_to(acme, receiver.url, reminder_minutes=30, events=["downtime"])
    connection = make_connection(make_integration(acme))
    alert = make_alert(connection)
    set_health(connection, health_status="unhealthy")
    tell()
    deliver()

    def remind() -> int:
        before = receiver.count
        reminders.remind(timezone.now())
        reminders.remind(timezone.now())
        deliver()
        return receiver.count - before

    assert remind() == 0
    let_pass(minutes=30)
    assert remind() == 1
    assert remind() == 0
    let_pass(minutes=95)
    assert remind() == 1
    rows = NotificationDelivery.objects.filter(channel=channel).order_by("pk")
    assert list(rows.values_list("reminder", flat=True)) == [0, 1, 4]
    assert json.loads(receiver.bodies[-1])["data"]["reminder"] == 4
    acknowledge(alert, "Dora")
    let_pass(minutes=60)
    assert remind() == 0


def test_a_reminder_that_waits_is_dropped_once_somebody_has_seen_it(acme: Tenant) -> None:
    now = timezone.now()
    channel = make_channel(
        acme, "email", config={"recipients": ["ops@example.com"]}, reminder_minutes=30
    )
    alert = make_alert(make_connection(make_integration(acme)))
    tell()
    NotificationDelivery.objects.update(state="delivered", due_at=now - dt.timedelta(hours=1))
    channel.quiet_start, channel.quiet_end = now.time(), (now - dt.timedelta(hours=1)).time()
    channel.quiet_time_zone = "UTC"
    channel.save()
    reminders.remind(now)
    reminders.remind(now)
    assert states(channel) == {"delivered": 1, "pending": 1}
    acknowledge(alert, "Dora")
    reminders.remind(now)
    assert states(channel) == {"delivered": 1}


def test_a_channel_that_is_deleted_while_it_sends_is_no_fault(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(acme)
    tell()
    send = Webhook.send

    def too_late(channel: Webhook, message: Message) -> None:
        channel_edits.delete(hook)
        send(channel, message)

    monkeypatch.setattr(Webhook, "send", too_late)
    assert deliver() == 1
    assert not NotificationDelivery.objects.exists()


def test_nobody_else_sends_while_a_worker_that_was_late_does(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(acme)
    tell()
    [(channel, lease)] = queueing.lease_due()
    let_pass(seconds=queueing.LEASE_SECONDS - 1)
    send = Webhook.send

    def slowly(channel: Webhook, message: Message) -> None:
        let_pass(seconds=15)
        deliver()
        send(channel, message)

    monkeypatch.setattr(Webhook, "send", slowly)
    delivering.deliver(channel, lease)
    assert receiver.count == 1


def test_a_lease_that_is_gone_sends_nothing(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver
) -> None:
    happen(acme)
    tell()
    [(channel, old)] = queueing.lease_due()
    let_pass(seconds=queueing.LEASE_SECONDS + 1)
    [(channel, new)] = queueing.lease_due()
    delivering.deliver(channel, old)
    assert receiver.count == 0
    delivering.deliver(channel, new)
    assert receiver.count == 1
