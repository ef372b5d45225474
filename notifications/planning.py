"""From drafts to rows: each notice once, and a delivery to each channel that wants it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from notifications.channels.forms import MOST_RECIPIENTS
from notifications.drafts import Draft
from notifications.models import ADMINS, Notice, NotificationChannel, NotificationDelivery
from notifications.rules import Wishes
from notifications.status import Severity
from tenants.models import Membership, Role


def publish(drafts: Sequence[Draft], now: dt.datetime) -> None:
    """Store these notices, those that are new, and their deliveries.

    Within the caller's transaction, so that what led to a notice is marked as told together with
    it, or not at all. Three statements where there is one to store, else none.
    """
    if not drafts:
        return
    new = _store(drafts)
    channels = _channels_of({draft.notice.tenant_id for draft in new})
    deliveries = [
        delivery_of(draft.notice, channel, now)
        for draft in new
        for channel in channels[draft.notice.tenant_id]
        if wishes_of(channel).include(draft.topic)
    ]
    NotificationDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)


def publish_to_admins(draft: Draft, now: dt.datetime) -> None:
    """Store this notice, and a mail to those who are the tenant's admins now, whatever channels
    there are."""
    tenant_id = draft.notice.tenant_id
    new = _store([draft])
    admins = Membership.objects.filter(tenant_id=tenant_id, role=Role.ADMIN, user__is_active=True)
    addresses = admins.exclude(user__email="").values_list("user__email", flat=True)
    recipients = sorted({address.lower() for address in addresses})[:MOST_RECIPIENTS]
    if not new or not recipients:
        return
    channel, _ = NotificationChannel.objects.update_or_create(
        tenant_id=tenant_id,
        kind=ADMINS,
        defaults={"name": "The admins", "events": [], "config": {"recipients": recipients}},
    )
    delivery_of(draft.notice, channel, now).save()


def delivery_of(
    notice: Notice, channel: NotificationChannel, now: dt.datetime, *, reminder: int = 0
) -> NotificationDelivery:
    """Return the delivery, not stored: due now, or at the end of the channel's quiet hours."""
    quiet = channel.quiet_hours
    over_at = quiet.over_at(now) if quiet else None
    return NotificationDelivery(
        tenant_id=notice.tenant_id,
        channel=channel,
        notice=notice,
        reminder=reminder,
        held=over_at is not None,
        due_at=over_at or now,
    )


def wishes_of(channel: NotificationChannel) -> Wishes:
    return Wishes(
        events=channel.events,
        integration_ids=channel.integration_ids,
        tags=channel.tags,
        minimum_severity=Severity(channel.minimum_severity),
    )


def _store(drafts: Sequence[Draft]) -> list[Draft]:
    """Store the notices; return those that were not there before."""
    by_key = {(draft.notice.tenant_id, draft.notice.key): draft for draft in drafts}
    notices = [draft.notice for draft in by_key.values()]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    stored = Notice.objects.filter(pk__in=[notice.pk for notice in notices])
    new = set(stored.values_list("pk", flat=True))
    return [draft for draft in by_key.values() if draft.notice.pk in new]


def _channels_of(tenant_ids: Iterable[UUID]) -> Mapping[UUID, list[NotificationChannel]]:
    by_tenant: dict[UUID, list[NotificationChannel]] = defaultdict(list)
    for channel in NotificationChannel.objects.told().filter(tenant_id__in=tenant_ids):
        by_tenant[channel.tenant_id].append(channel)
    return by_tenant
