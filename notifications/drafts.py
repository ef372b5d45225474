"""What notices are before they are stored, and what all of them share.

Plain text: each channel lays it out.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from api.answers import iso
from integrations.models import Integration
from notifications.models import Notice, NotificationChannel
from notifications.rules import Topic
from notifications.status import NoticeKind, Severity

Facts = Sequence[tuple[str, str | dt.datetime]]


CHANNELS_PAGE = "/channels"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A notice that is not stored yet, and the tags that rules ask for."""

    notice: Notice
    tags: frozenset[str]

    @property
    def topic(self) -> Topic:
        notice = self.notice
        return Topic(
            kind=NoticeKind(notice.kind),
            severity=Severity(notice.ends_severity or notice.severity),
            integration_id=notice.integration_id,
            tags=self.tags,
        )


def channel_disabled(channel: NotificationChannel, now: dt.datetime) -> Draft:
    return Draft(
        notice=Notice(
            tenant_id=channel.tenant_id,
            key=f"channel:{channel.pk}:{iso(now)}",
            kind=NoticeKind.CHANNEL_DISABLED,
            severity=Severity.CRITICAL,
            about=f"channel:{channel.pk}",
            title=f"The channel {channel.name} was disabled",
            text=f"Nothing could be delivered to it for too long: {channel.error_text}",
            path=CHANNELS_PAGE,
            facts=[("Channel", channel.name), ("Next step", "Mend it, and turn it on again.")],
            data={"channel": {"id": str(channel.pk), "name": channel.name}},
            at=now,
        ),
        tags=frozenset(),
    )


def integration_data(integration: Integration) -> dict[str, str | None]:
    return {
        "id": str(integration.pk),
        "name": integration.name,
        "provider": integration.provider or None,
    }


def shown_facts(facts: Facts) -> list[tuple[str, str]]:
    """Times as people read them anywhere: who gets a notice may be in any zone."""
    return [
        (label, f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, dt.datetime) else value)
        for label, value in facts
    ]
