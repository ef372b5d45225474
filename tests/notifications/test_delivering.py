"""From deliveries that are due to what a receiver got, whatever dies or fails in between."""

import datetime as dt
from collections import Counter

import pytest
from django.db import connection as database
from django.utils import timezone

from notifications.channels.base import Channel, Message
from notifications.channels.webhook import Webhook
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from tenants.models import Tenant
from tests.factories import (
    make_change,
    make_connection,
    make_integration,
    make_tenant,
    set_health,
)
from tests.notifications.receiver import Receiver
from tests.notifications.rounds import deliver, make_channel, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Tenant:
    return make_tenant()


@pytest.fixture
def hook(acme: Tenant, receiver: Receiver) -> NotificationChannel:
    return webhook_to(acme, receiver.url)


def webhook_to(tenant: Tenant, url: str, **fields: object) -> NotificationChannel:
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


class Killed(BaseException):
    """What a kill -9 does to a process, as far as its database can see."""


def test_killed_between_any_two_steps_every_notice_arrives(
    acme: Tenant, hook: NotificationChannel, receiver: Receiver
) -> None:
    """Each statement and each send is a step; the next process begins where nothing is known."""
    twice, point = 0, 0
    while True:
        happen(acme)
        before = receiver.count
        survived = _run_and_die_at(point)
        _lease_ends()
        for _ in range(3):
            tell()
            deliver()
        arrived = ids(receiver)[before:]
        assert len(set(arrived)) == 1, f"killed at step {point}"
        twice += len(arrived) - 1
        assert states(hook) == {"delivered": point + 1}
        assert Notice.objects.count() == point + 1
        point += 1
        if survived:
            break
    assert point > 20
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

    send = Webhook.send

    def sending(channel: Channel, message: Message) -> None:
        step()
        send(channel, message)  # type: ignore[arg-type]
        step()

    with pytest.MonkeyPatch.context() as patch, database.execute_wrapper(each_statement):
        patch.setattr(Webhook, "send", sending)
        try:
            tell()
            deliver()
        except Killed:
            return False
    return True


def _lease_ends() -> None:
    NotificationChannel.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
