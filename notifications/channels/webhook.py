"""A signed HTTP request to an address of the tenant's own (docs/webhooks.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone

from api.answers import iso
from notifications.channels.base import Channel, Field, Item, Message
from notifications.channels.posting import as_json, post
from notifications.channels.signing import Keys

_KEYS = "signingKeys"  # among the secrets; no field of the form

# By the kind of the notice, grouped by what they are about, as the scheme recommends.
TYPES = {
    "state_changed": "connection.state_changed",
    "flapping": "connection.flapping",
    "settled": "connection.settled",
    "downtime_opened": "downtime.opened",
    "recovered": "downtime.ended",
    "credential_expiring": "credential.expiring",
    "needs_reauth": "credential.needs_reauth",
    "incident_opened": "incident.opened",
    "incident_resolved": "incident.resolved",
    "channel_disabled": "channel.disabled",
    "test": "channel.test",
}


class Webhook(Channel):
    kind = "webhook"
    name = "Webhook"
    help = "Sends each notice as signed JSON to a URL of yours, by the Standard Webhooks scheme."
    folds = False
    fields: ClassVar = [
        Field(
            name="url",
            label="URL",
            type="url",
            help="Where to send. Its answer must be 2xx, within 10 seconds; redirects are not "
            "followed.",
        )
    ]

    @classmethod
    def validate(
        cls, config: Mapping[str, Any], kept_secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        shown, kept = super().validate(config, kept_secrets)
        return shown, {_KEYS: Keys.fresh().dump()} | kept

    def send(self, message: Message) -> None:
        [item] = message.items
        body = as_json(_payload(message, item))
        keys = Keys.load(self.secrets[_KEYS])
        post(self.config["url"], body, keys.sign(str(message.id), body=body, now=timezone.now()))


def signing_secret(secrets: Mapping[str, str]) -> str:
    """Return what the receiver verifies with; to be shown once."""
    return Keys.load(secrets[_KEYS]).newest


def rotate(secrets: Mapping[str, str], *, overlap: dt.timedelta) -> dict[str, str]:
    """Return the secrets with a new one; the one so far, if there is one, signs as well while
    `overlap` lasts."""
    stored = secrets.get(_KEYS)
    now = timezone.now()
    keys = Keys.load(stored).rotate(now=now, overlap=overlap) if stored else Keys.fresh()
    return {**secrets, _KEYS: keys.dump()}


def _payload(message: Message, item: Item) -> dict[str, Any]:
    return {
        "type": TYPES[item.kind],
        "timestamp": iso(item.at),
        "data": {
            **item.data,
            "noticeId": str(item.id),
            "event": item.event,
            "severity": item.severity,
            "title": item.title,
            "text": item.text,
            "url": item.url,
            "key": item.key,
            "organisation": message.tenant,
            "reminder": message.reminder,
        },
    }
