"""Webex, by a bot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel


class Webex(AppriseChannel):
    kind = "webex"
    name = "Webex"
    help = "Posts to a Webex space."
    fields: ClassVar = [
        Field(
            name="token",
            label="Bot access token",
            secret=True,
            pattern=r"[A-Za-z0-9_.-]{20,300}",
            wrong="Paste the token as developer.webex.com shows it, without blanks.",
            help="From developer.webex.com: My Webex Apps, your bot.",
        ),
        Field(
            name="room",
            label="Room id",
            pattern=r"[A-Za-z0-9_=-]{20,200}",
            wrong="Enter the room's id, such as Y2lzY29zcGFyazovL3VzL1JPT00v…",
            help="The bot must be a member of the space.",
        ),
    ]
    plugin = "webexteams.NotifyWebexTeams"
    hosts = frozenset({"webexapis.com"})
    most = 3000

    def options(self, message: Message) -> Mapping[str, Any]:
        return {
            "access_token": self.secrets["token"],
            "targets": [self.config["room"]],
            "mode": "bot",
        }

    def text(self, message: Message) -> tuple[str, str]:
        return "", lines.headline(message) + "\n" + lines.body(message, self.most)
