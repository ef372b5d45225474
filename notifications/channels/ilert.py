"""ilert, by an alert source of the kind API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Field, Message
from notifications.channels.through_apprise import AppriseChannel


class Ilert(AppriseChannel):
    kind = "ilert"
    name = "ilert"
    help = "Opens an alert, and resolves it when the trouble is over."
    folds = False
    fields: ClassVar = [
        Field(
            name="integrationKey",
            label="Integration key",
            secret=True,
            pattern=r"[A-Za-z0-9_-]{10,100}",
            wrong="Paste the key as ilert shows it, without blanks.",
            help="From Alert sources: a source of the kind API.",
        )
    ]
    plugin = "ilert.NotifyILert"
    hosts = frozenset({"api.ilert.com"})
    most = 3000

    def options(self, message: Message) -> Mapping[str, Any]:
        [item] = message.items
        return {
            "key": self.secrets["integrationKey"],
            "action": "resolve" if item.ends and not message.is_test else "trigger",
            "dedup": item.key,
            "priority": "high" if item.severity == "critical" else "low",
            "click": item.url,
            "include_image": False,
        }

    def text(self, message: Message) -> tuple[str, str]:
        title, body = super().text(message)
        return title, lines.as_markdown(body)
