"""Google Chat, by a space's webhook."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel

_URL = (
    r"https://chat\.googleapis\.com/v1/spaces/([A-Za-z0-9_-]+)/messages"
    r"\?key=([A-Za-z0-9_-]+)&token=([A-Za-z0-9_%=-]+)"
)


class GoogleChat(AppriseChannel):
    kind = "google_chat"
    name = "Google Chat"
    help = "Posts to a Google Chat space."
    fields: ClassVar = [
        Field(
            name="url",
            label="Webhook URL",
            secret=True,
            pattern=_URL,
            wrong="Paste the whole URL: https://chat.googleapis.com/v1/spaces/…/messages?key=…",
            help="From the space's menu: Apps & integrations, Webhooks.",
        )
    ]
    plugin = "google_chat.NotifyGoogleChat"
    hosts = frozenset({"chat.googleapis.com"})
    most = 3000

    def options(self, message: Message) -> Mapping[str, Any]:
        space, key, token = re.findall(_URL, self.secrets["url"])[0]
        return {"workspace": space, "webhook_key": key, "webhook_token": unquote(token)}

    def text(self, message: Message) -> tuple[str, str]:
        # Links and mentions are in angle brackets.
        text = lines.headline(message) + "\n" + lines.body(message, self.most)
        return "", html.escape(text, quote=False)
