"""Pushover: messages on phones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel

_KEY = r"[A-Za-z0-9]{30}"
_WRONG = "Paste the 30 letters and digits of the key."


class Pushover(AppriseChannel):
    kind = "pushover"
    name = "Pushover"
    help = "Shows a message on phones; what is critical, with high priority."
    fields: ClassVar = [
        Field(
            name="userKey",
            label="User or group key",
            secret=True,
            pattern=_KEY,
            wrong=_WRONG,
            help="From pushover.net, on your first page.",
        ),
        Field(
            name="token",
            label="API token",
            secret=True,
            pattern=_KEY,
            wrong=_WRONG,
            help="Of an application that you create at pushover.net.",
        ),
    ]
    plugin = "pushover.NotifyPushover"
    hosts = frozenset({"api.pushover.net"})
    most = 1000

    def options(self, message: Message) -> Mapping[str, Any]:
        gravest = lines.worst(message)
        urgent = gravest.severity == "critical" and not gravest.ends
        return {
            "user_key": self.secrets["userKey"],
            "token": self.secrets["token"],
            "priority": "high" if urgent else "normal",
        }
