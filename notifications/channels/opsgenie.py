"""Opsgenie, by its Alert API. Not through Apprise, which closes only what the same process
opened."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

from notifications.channels import lines
from notifications.channels.base import Channel, Field, Item, Message
from notifications.channels.posting import as_json, post

_URLS = {
    "us": "https://api.opsgenie.com/v2/alerts",
    "eu": "https://api.eu.opsgenie.com/v2/alerts",
}
_PRIORITIES = {"critical": "P1", "warning": "P3", "info": "P5"}


class Opsgenie(Channel):
    kind = "opsgenie"
    name = "Opsgenie"
    help = "Opens an alert, and closes it when the trouble is over."
    folds = False
    fields: ClassVar = [
        Field(
            name="apiKey",
            label="API key",
            secret=True,
            pattern=r"[A-Za-z0-9-]{20,100}",
            wrong="Paste the key as Opsgenie shows it, without blanks.",
            help="From the team's Integrations: an integration of the kind API.",
        ),
        Field(
            name="region",
            label="Region",
            type="choice",
            choices=[("us", "US"), ("eu", "EU")],
            help="Where your account is.",
        ),
    ]

    def send(self, message: Message) -> None:
        [item] = message.items
        url, body = _URLS[self.config["region"]], _alert(message, item)
        if item.ends and not message.is_test:
            url += f"/{quote(item.key, safe='')}/close?identifierType=alias"
            body = {"source": "Vitals", "note": lines.headline(message)}
        post(url, as_json(body), {"Authorization": f"GenieKey {self.secrets['apiKey']}"})


def _alert(message: Message, item: Item) -> dict[str, Any]:
    return {
        "message": lines.headline(message, 130),
        "alias": item.key,
        "description": lines.body(message, 10_000),
        "details": dict(lines.facts(item)),
        "source": "Vitals",
        "priority": _PRIORITIES[item.severity],
    }
