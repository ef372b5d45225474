"""Telling people, driven step by step in one process."""

import datetime as dt
from typing import Any

from django.db.models import F
from django.utils import timezone

from healthchecks.models import DispatchState, HealthStateChange
from notifications import delivering, forecasts, incident_notices, looking, outbox, queueing
from notifications.models import (
    ConnectionWatch,
    Notice,
    NotificationChannel,
    NotificationDelivery,
)
from tenants.models import Tenant


def make_channel(tenant: Tenant, kind: str = "webhook", **fields: Any) -> NotificationChannel:
    """A channel that wants everything; `config` and `secrets` as its form gives them."""
    secrets = fields.pop("secrets", {})
    usual = {"name": "Ops", "config": {}, "events": ["state_change", "downtime", "recovery"]}
    usual["events"] = [*usual["events"], "expiry", "incident", "needs_reauth"]
    channel = NotificationChannel(tenant=tenant, kind=kind, **(usual | fields))
    channel.enter_secrets(secrets)
    channel.save()
    return channel


def tell() -> None:
    """What a sweep does before it hands channels to the workers, without looking for incidents."""
    now = timezone.now()
    incident_notices.tell(now)
    outbox.take()
    looking.look()
    forecasts.ask_for_persons(now)


def deliver() -> int:
    """Do what a worker does with all channels that have something to send; return how many."""
    leased = queueing.lease_due()
    for channel, lease in leased:
        delivering.deliver(channel, lease)
    return len(leased)


def kinds() -> list[str]:
    """What was told, in that order."""
    return list(Notice.objects.order_by("pk").values_list("kind", flat=True))


def delivered(channel: NotificationChannel) -> list[str]:
    """What the channel is to get, or got, in that order."""
    rows = NotificationDelivery.objects.filter(channel=channel).order_by("pk")
    return list(rows.values_list("notice__kind", flat=True))


def let_pass(**length: float) -> None:
    """Move what telling goes by into the past, as if so much time had gone by."""
    by = dt.timedelta(**length)
    ConnectionWatch.objects.update(
        look_at=F("look_at") - by, flapping_since=F("flapping_since") - by
    )
    NotificationDelivery.objects.update(due_at=F("due_at") - by)
    NotificationChannel.objects.update(
        next_try_at=F("next_try_at") - by,
        failing_since=F("failing_since") - by,
        lease_until=F("lease_until") - by,
    )
    HealthStateChange.objects.update(at=F("at") - by)


def checking_since(**ago: float) -> None:
    """Vitals has been checking for so long."""
    since = timezone.now() - dt.timedelta(**ago)
    DispatchState.objects.update_or_create(pk=1, defaults={"checking_since": since})
