"""A worker's part: what is due for one channel is sent, and what became of it is stored.

At least once: the attempt is stored before it is made, its outcome after it. Whoever is killed in
between leaves a message that goes out again, under the same id; a webhook's receiver and a mail
program know it by that. No transaction is open while a channel sends.
"""

import datetime as dt
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, QuerySet, Window
from django.db.models.functions import Now
from django.utils import timezone

from api.ids import new_id
from connections.encryption import DecryptionError
from notifications import drafts
from notifications.backoff import GIVE_UP_AFTER, wait
from notifications.channels import kind_of
from notifications.channels.base import DeliveryError, Message
from notifications.items import item_of
from notifications.models import ADMINS, NotificationChannel, NotificationDelivery
from notifications.planning import publish_to_admins
from notifications.queueing import LEASE_SECONDS
from notifications.status import DeliveryState

log = logging.getLogger(__name__)

_FAULT = DeliveryError("internal", "Vitals itself failed.", permanent=False)
_UNREADABLE = DeliveryError(
    "secret_unreadable", "The channel's secrets cannot be read: enter them again.", permanent=True
)
MOST_ALONE = 3  # due at once; more go out as one message, where the channel folds
MOST_TOGETHER = 50
_ENOUGH = 45.0  # seconds: then another channel has its turn
_LEASE = dt.timedelta(seconds=LEASE_SECONDS)


def deliver(channel_id: UUID, lease_id: UUID) -> None:
    """Send what is due for a channel while this worker holds its lease, one message at a time.

    Up to the first that fails: then the whole channel waits.
    """
    until = monotonic() + _ENOUGH
    while monotonic() < until:
        parcel = _pack(channel_id, lease_id)
        if parcel is None:
            break
        error = _send(parcel)
        _note(parcel, error)
        if error is not None:
            break
    held = NotificationChannel.objects.filter(pk=channel_id, lease_id=lease_id)
    held.update(lease_id=None, lease_until=None)


@dataclass(frozen=True, kw_only=True)
class _Parcel:
    """One message: to a channel, with the deliveries that it brings."""

    channel: NotificationChannel
    deliveries: Sequence[NotificationDelivery]
    message_id: UUID


@transaction.atomic
def _pack(channel_id: UUID, lease_id: UUID) -> _Parcel | None:
    """Choose the next message and note the attempt; None: there is none, or the lease is gone.

    What failed goes behind what was not tried yet: one message that always fails holds up nobody.
    But what is about the same thing stays in order: an end that overtook its beginning would leave
    it open for good. The lease begins anew, however long it lay in the queue.
    """
    rows = NotificationChannel.objects.select_related("tenant").filter(
        pk=channel_id, lease_id=lease_id, enabled=True, disabled_at=None
    )
    channel = rows.select_for_update(no_key=True, of=("self",)).first()
    if channel is None:
        return None
    now = timezone.now()
    pending = channel.deliveries.filter(state=DeliveryState.PENDING, due_at__lte=now)
    tried = Window(Max("attempts"), partition_by=F("notice__about"))
    in_turn = pending.select_related("notice").annotate(tried=tried).order_by("tried", "pk")
    chosen = _fold(in_turn) if kind_of(channel.kind).folds else list(in_turn[:1])
    if not chosen:
        return None
    NotificationChannel.objects.filter(pk=channel_id).update(lease_until=Now() + _LEASE)
    message_id = chosen[0].message_id or new_id()
    NotificationDelivery.objects.filter(pk__in=[row.pk for row in chosen]).update(
        message_id=message_id, attempts=F("attempts") + 1, last_attempt_at=now
    )
    in_time = sorted(chosen, key=lambda row: row.notice_id)
    return _Parcel(channel=channel, deliveries=in_time, message_id=message_id)


def _fold(in_turn: QuerySet[NotificationDelivery]) -> list[NotificationDelivery]:
    """Return those that go out together: all that did before, or where there are many.

    What waited for the end of quiet hours is one message, however little it is.
    """
    due = list(in_turn[:MOST_TOGETHER])
    if due and due[0].message_id is not None:
        return list(in_turn.filter(message_id=due[0].message_id))
    fresh = [row for row in due if row.tried == 0]  # type: ignore[attr-defined]
    alone = 1 if any(row.held for row in fresh) else MOST_ALONE
    return fresh if len(fresh) > alone else due[:1]


def attempt(channel: NotificationChannel, message: Message) -> DeliveryError | None:
    """Send a message; return what went wrong. Whatever a channel does, it is nobody else's harm."""
    try:
        kind_of(channel.kind)(channel.config, channel.secrets()).send(message)
    except DeliveryError as error:
        return error
    except DecryptionError:
        return _UNREADABLE
    except Exception as fault:
        log.error("A channel of kind %s failed: %s", channel.kind, type(fault).__name__)
        return _FAULT
    return None


def _send(parcel: _Parcel) -> DeliveryError | None:
    channel = parcel.channel
    message = Message(
        id=parcel.message_id,
        items=[item_of(row.notice) for row in parcel.deliveries],
        tenant=channel.tenant.name,
        reminder=min(row.reminder for row in parcel.deliveries),
    )
    return attempt(channel, message)


@transaction.atomic
def _note(parcel: _Parcel, error: DeliveryError | None) -> None:
    """Store what became of a message: also where the lease is gone, for it was sent."""
    now = timezone.now()
    rows = NotificationChannel.objects.select_for_update(no_key=True)
    channel = rows.filter(pk=parcel.channel.pk).first()
    if channel is None:
        return  # deleted meanwhile
    pending = NotificationDelivery.objects.filter(
        pk__in=[row.pk for row in parcel.deliveries], state=DeliveryState.PENDING
    )
    if error is None:
        pending.update(
            state=DeliveryState.DELIVERED, delivered_at=now, error_code="", error_text=""
        )
        channel.note_success(now)
    else:
        pending.update(error_code=error.code, error_text=error.message)
        channel.note_failure(error.code, error.message, now)
        _expire(channel, pending, now)
        channel.next_try_at = now + wait(channel.failures, random.random(), error.retry_after)  # noqa: S311 - only spreads
        if error.gone or (error.permanent and channel.is_hopeless(now)):
            _give_up(channel, now)
    channel.save(update_fields=NotificationChannel.CONDITION)
    if error is not None:
        log.warning(
            "Channel %s: %s", channel.pk, error.message, extra={"channel_id": str(channel.pk)}
        )


def _expire(
    channel: NotificationChannel, tried: QuerySet[NotificationDelivery], now: dt.datetime
) -> None:
    """End what could not be sent for a day: where nothing gets through, also what had no turn."""
    ago = now - GIVE_UP_AFTER
    if channel.failing_since is not None and channel.failing_since < ago:
        tried = channel.deliveries.filter(state=DeliveryState.PENDING)
    _fail(channel, tried.filter(due_at__lt=ago))


def _fail(channel: NotificationChannel, rows: QuerySet[NotificationDelivery]) -> None:
    """End these for the reason that the channel failed for last."""
    rows.update(
        state=DeliveryState.FAILED, error_code=channel.error_code, error_text=channel.error_text
    )


def _give_up(channel: NotificationChannel, now: dt.datetime) -> None:
    """Disable a channel, and tell the tenant's admins: another way than this one."""
    if channel.kind == ADMINS:
        return
    channel.disabled_at = now
    _fail(channel, channel.deliveries.filter(state=DeliveryState.PENDING))
    publish_to_admins(drafts.channel_disabled(channel, now), now)
