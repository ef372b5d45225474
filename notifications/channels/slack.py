"""Slack, by an incoming webhook."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel

_URL = r"https://hooks\.slack\.com/services/([A-Za-z0-9]+)/([A-Za-z0-9]+)/([A-Za-z0-9]+)"


class Slack(AppriseChannel):
    kind = "slack"
    name = "Slack"
    help = "Posts to a Slack channel."
    fields: ClassVar = [
        Field(
            name="url",
            label="Webhook URL",
            secret=True,
            pattern=_URL,
            wrong="Paste the whole URL: https://hooks.slack.com/services/…/…/…",
            help="From your Slack app: Incoming Webhooks, Add New Webhook.",
        )
    ]
    plugin = "slack.NotifySlack"
    hosts = frozenset({"hooks.slack.com"})
    most = 3000

    def options(self, message: Message) -> Mapping[str, Any]:
        tokens = re.findall(_URL, self.secrets["url"])[0]
        return dict(zip(("token_a", "token_b", "token_c"), tokens, strict=True))

    def text(self, message: Message) -> tuple[str, str]:
        # Links and mentions are in angle brackets; the plugin escapes those of the title itself.
        return lines.headline(message), html.escape(lines.body(message, self.most), quote=False)
