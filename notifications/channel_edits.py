"""Channels: made, changed, and tried."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from api.errors import Conflict
from api.ids import new_id
from connections.encryption import DecryptionError
from notifications.channels import kind_of, webhook
from notifications.channels.base import DeliveryError, Item, Message
from notifications.delivering import attempt
from notifications.drafts import CHANNELS_PAGE
from notifications.models import NotificationChannel, NotificationDelivery
from notifications.status import DeliveryState, Event, Severity
from tenants.models import Tenant
from tenants.row_security import for_tenant

MOST_CHANNELS = 100  # of a tenant
SWITCHED_OFF = ("switched_off", "The channel was turned off before this went out.")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What became of a message that was sent to try a channel."""

    error: DeliveryError | None
    latency_ms: int

    @property
    def delivered(self) -> bool:
        return self.error is None


def create(tenant: Tenant, fields: Mapping[str, Any]) -> NotificationChannel:
    """Make a channel. Raises ValidationError for its form, Conflict where there are too many."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # one after the other
    if NotificationChannel.objects.of_people().filter(tenant=tenant).count() >= MOST_CHANNELS:
        raise Conflict(f"There are {MOST_CHANNELS} channels. Delete one that nobody needs.")
    channel = NotificationChannel(tenant=tenant, **fields)
    _fill(channel, fields["config"], {})
    channel.save()
    return channel


@transaction.atomic
def update(channel: NotificationChannel, changes: Mapping[str, Any]) -> NotificationChannel:
    """Change a channel; what waited for it goes by its new rules of time.

    To turn it on again, or to correct its form, lets it begin anew; what is turned off sends
    nothing that waits.
    """
    current = _locked(channel)
    before = form = (current.config, _secrets(current))
    for name, value in changes.items():
        setattr(current, name, value)
    if "config" in changes:
        _fill(current, changes["config"], before[1])
        form = (current.config, _secrets(current))
    if changes.get("enabled"):
        current.disabled_at = None
    if changes.get("enabled") or (form != before and not current.disabled_at):
        current.start_anew()
    current.save()
    waiting = NotificationDelivery.objects.filter(channel=current, state=DeliveryState.PENDING)
    if not current.enabled:
        code, text = SWITCHED_OFF
        waiting.update(state=DeliveryState.FAILED, error_code=code, error_text=text)
    elif "quiet_hours" in changes:
        now = timezone.now()
        quiet = current.quiet_hours
        waiting.filter(held=True).update(due_at=(quiet and quiet.over_at(now)) or now)
    return current


@transaction.atomic
def delete(channel: NotificationChannel) -> None:
    """Delete a channel with the log of its deliveries: nobody adds one to it meanwhile."""
    NotificationChannel.objects.select_for_update().filter(pk=channel.pk).first()
    channel.delete()


@transaction.atomic
def rotate(
    channel: NotificationChannel, *, overlap: dt.timedelta
) -> tuple[NotificationChannel, str]:
    """Give a channel another secret to sign with; return both. Raises Conflict: it has none."""
    current = _locked(channel)
    if current.kind != webhook.Webhook.kind:
        raise Conflict("Only a webhook signs its messages.")
    current.enter_secrets(webhook.rotate(_secrets(current), overlap=overlap))
    current.save()
    return current, signing_secret(current) or ""


def signing_secret(channel: NotificationChannel) -> str | None:
    """Return what a receiver verifies messages with; None: they are not signed."""
    if channel.kind != webhook.Webhook.kind:
        return None
    return webhook.signing_secret(channel.secrets())


def retry(delivery: NotificationDelivery) -> None:
    """Send a delivery that has failed once more, at the next sweep. Raises Conflict."""
    now = timezone.now()
    failed = NotificationDelivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.FAILED, channel__enabled=True, channel__disabled_at=None
    )
    if not failed.update(state=DeliveryState.PENDING, due_at=now):
        raise Conflict("Only what has failed is sent again, to a channel that is on.")
    NotificationChannel.objects.filter(pk=delivery.channel_id).update(next_try_at=None)


def unsaved(tenant: Tenant, kind: str, config: Mapping[str, Any]) -> NotificationChannel:
    """Return a channel to try, not stored. Raises ValidationError for its form."""
    channel = NotificationChannel(tenant=tenant, kind=kind)
    _fill(channel, config, {})
    return channel


def try_out(channel: NotificationChannel) -> Trial:
    """Send a message that says it is a test. Takes up to 15 seconds: hold no transaction.

    Where it arrives, what waited for a stored channel to work again goes at the next sweep.
    """
    item = Item(
        id=new_id(),
        kind="test",
        event=Event.STATE_CHANGE.value,
        severity=Severity.INFO.value,
        title="This is a test",
        text="Nothing is wrong. Vitals can deliver to this channel.",
        url=settings.PUBLIC_URL + CHANNELS_PAGE,
        at=timezone.now(),
        key=f"test:{new_id()}",
        ends=True,
    )
    message = Message(id=new_id(), items=[item], tenant=channel.tenant.name, is_test=True)
    started = monotonic()
    error = attempt(channel, message)
    latency_ms = round((monotonic() - started) * 1000)
    if error is None:
        with for_tenant(channel.tenant_id):
            NotificationChannel.objects.filter(pk=channel.pk).update(next_try_at=None)
    return Trial(error=error, latency_ms=latency_ms)


def _fill(channel: NotificationChannel, config: Mapping[str, Any], kept: Mapping[str, str]) -> None:
    try:
        channel.config, secrets = kind_of(channel.kind).validate(config, kept)
    except ValidationError as error:
        raise ValidationError({"config": error.detail}) from None
    channel.enter_secrets(secrets)


def _secrets(channel: NotificationChannel) -> Mapping[str, str]:
    """Return the secrets; none where they cannot be read: then the form asks for them again."""
    try:
        return channel.secrets()
    except DecryptionError:
        return {}


def _locked(channel: NotificationChannel) -> NotificationChannel:
    rows = NotificationChannel.objects.of_people().select_related("tenant")
    return get_object_or_404(rows.select_for_update(no_key=True, of=("self",)), pk=channel.pk)
