"""Telegram, by a bot."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel


class Telegram(AppriseChannel):
    kind = "telegram"
    name = "Telegram"
    help = "Writes to a Telegram chat, group or channel."
    fields: ClassVar = [
        Field(
            name="token",
            label="Bot token",
            secret=True,
            pattern=r"[0-9]+:[A-Za-z0-9_-]{30,60}",
            wrong="Paste the token as @BotFather shows it: 123456789:ABC…",
            help="From @BotFather, after /newbot.",
        ),
        Field(
            name="chat",
            label="Chat",
            pattern=r"-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31}",
            wrong="Enter a chat's number, such as -1001234567890, or a public channel's @name.",
            help="The bot must be a member; in a channel, an administrator.",
        ),
    ]
    plugin = "telegram.NotifyTelegram"
    hosts = frozenset({"api.telegram.org"})
    most = 3000

    def options(self, message: Message) -> Mapping[str, Any]:
        return {
            "bot_token": self.secrets["token"],
            "targets": [self.config["chat"]],
            "detect_owner": False,
        }

    def text(self, message: Message) -> tuple[str, str]:
        title, body = lines.headline(message), lines.body(message, self.most)
        escaped = [html.escape(text, quote=False) for text in (title, body)]
        return "", "<b>{}</b>\n{}".format(*escaped)
