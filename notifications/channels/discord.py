"""Discord, by a channel's webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel

_URL = r"https://(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/([0-9]+)/([A-Za-z0-9_-]+)"


class Discord(AppriseChannel):
    kind = "discord"
    name = "Discord"
    help = "Posts to a Discord channel."
    fields: ClassVar = [
        Field(
            name="url",
            label="Webhook URL",
            secret=True,
            pattern=_URL,
            wrong="Paste the whole URL: https://discord.com/api/webhooks/…/…",
            help="From the channel's settings: Integrations, Webhooks, Copy Webhook URL.",
        )
    ]
    plugin = "discord.NotifyDiscord"
    hosts = frozenset({"discord.com"})
    most = 850  # of the 2,000 that it takes: escaping can double it and the headline

    def options(self, message: Message) -> Mapping[str, Any]:
        webhook, token = re.findall(_URL, self.secrets["url"])[0]
        return {"webhook_id": webhook, "webhook_token": token, "avatar": False}

    def text(self, message: Message) -> tuple[str, str]:
        return _literal(lines.headline(message)), _literal(lines.body(message, self.most))


def _literal(text: str) -> str:
    """Return what is shown as this text, and mentions nobody."""
    return lines.as_markdown(text).replace("@", "@\u200b")
