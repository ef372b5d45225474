"""Microsoft Teams, by a workflow that takes webhook requests.

Each customer's URL has a host of its own, so no plugin of Apprise's has a fixed one: it is one
below Microsoft's domains, and called as guarded as any webhook.
"""

from __future__ import annotations

from typing import Any, ClassVar

from notifications.channels import lines
from notifications.channels.base import Channel, Field, Message
from notifications.channels.posting import as_json, post

_URL = (
    r"https://[A-Za-z0-9.-]+\.(?:logic\.azure\.com|environment\.api\.powerplatform\.com)(?::443)?"
    r"/[A-Za-z0-9/_.~%?=&:+-]+"
)
_MOST = 5000  # characters; a message may have 28 kB, and a character 4 bytes


class Teams(Channel):
    kind = "teams"
    name = "Microsoft Teams"
    help = "Posts to a Teams channel or chat."
    fields: ClassVar = [
        Field(
            name="url",
            label="Workflow URL",
            secret=True,
            pattern=_URL,
            wrong="Paste the whole URL that the workflow shows: https://….logic.azure.com/… or "
            "https://….environment.api.powerplatform.com/…",
            help="From Workflows in Teams: “Post to a channel when a webhook request is received”.",
        )
    ]

    def send(self, message: Message) -> None:
        card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": _card(message)}
        post(self.secrets["url"], as_json({"type": "message", "attachments": [card]}), {})


def _card(message: Message) -> dict[str, Any]:
    paragraphs = lines.body(message, _MOST).split("\n")
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            _plain(lines.headline(message), weight="Bolder", size="Medium"),
            *(_plain(paragraph) for paragraph in paragraphs if paragraph),
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": "Open in Vitals", "url": message.items[0].url}
        ],
    }


def _plain(text: str, **style: str) -> dict[str, Any]:
    """Return a line whose text is no Markdown, as a TextBlock's would be."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
