"""PagerDuty, by its Events API v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel


class PagerDuty(AppriseChannel):
    kind = "pagerduty"
    name = "PagerDuty"
    help = "Opens an incident, and resolves it when the trouble is over."
    folds = False
    fields: ClassVar = [
        Field(
            name="integrationKey",
            label="Integration key",
            secret=True,
            pattern=r"[A-Za-z0-9]{32}",
            wrong="Paste the 32 letters and digits of the key.",
            help="From the service's Integrations: Events API v2.",
        ),
        Field(
            name="region",
            label="Region",
            type="choice",
            choices=[("us", "US"), ("eu", "EU")],
            help="Where your account is: eu, if its address has .eu. in it.",
        ),
    ]
    plugin = "pagerduty.NotifyPagerDuty"
    hosts = frozenset({"events.pagerduty.com", "events.eu.pagerduty.com"})
    most = 1000

    def options(self, message: Message) -> Mapping[str, Any]:
        [item] = message.items
        over = item.ends and not message.is_test
        return {
            "integrationkey": self.secrets["integrationKey"],
            "apikey": self.secrets["integrationKey"],  # events need no other, the plugin wants one
            "region_name": self.config["region"],
            "action": "resolve" if over else "trigger",
            "dedup": item.key,
            "severity": item.severity,
            "source": lines.one_line(message.tenant, 100),
            "click": item.url,
            "details": dict(lines.facts(item)),
            "include_image": False,
        }

    def text(self, message: Message) -> tuple[str, str]:
        [item] = message.items
        return "", lines.one_line(f"{lines.headline(message)}. {item.text}", self.most)
