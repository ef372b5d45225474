"""Messages to send."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from notifications.channels.base import Item, Message

HOSTILE = (
    "</b><script>alert(1)</script> *x* _y_ `z` [a](http://evil.example) <!channel> @everyone <@U1> "
    "\r\nBcc: eve@evil.example"
)
ID = UUID("01930000-0000-7000-8000-0000000000aa")
KEY = "connection:01930000-0000-7000-8000-0000000000cc"
AT = dt.datetime(2026, 11, 22, 8, 30, tzinfo=dt.UTC)


def item(**changes: Any) -> Item:
    usual: dict[str, Any] = {
        "id": UUID("01930000-0000-7000-8000-0000000000bb"),
        "kind": "downtime_opened",
        "event": "downtime",
        "severity": "critical",
        "title": "Production (Acme CRM) is down",
        "text": "The last 3 checks failed: the API answered 503.",
        "url": "https://vitals.example/connections/01930000-0000-7000-8000-0000000000cc",
        "at": AT,
        "facts": [("Integration", "Acme CRM"), ("Since", "08:26 UTC")],
        "data": {"connectionId": "01930000-0000-7000-8000-0000000000cc"},
        "key": KEY,
    }
    return Item(**usual | changes)


def message(*items: Item, **changes: Any) -> Message:
    usual: dict[str, Any] = {"id": ID, "items": items or [item()], "tenant": "Acme"}
    return Message(**usual | changes)
