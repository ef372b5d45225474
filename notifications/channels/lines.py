"""A message as plain lines, for whatever shows text. Nothing a person typed breaks a line."""

from __future__ import annotations

import datetime as dt
import re

from notifications.channels.base import Item, Message

MOST_ITEMS = 20  # that a digest tells in full
_SEVERITIES = ("critical", "warning", "info")  # the worst first
# Blanks, control characters, and those that turn the direction of what follows.
_BREAKING = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def one_line(text: str, most: int = 1000) -> str:
    """Return the text on one line, of at most so many characters."""
    line = _BREAKING.sub(" ", text).strip()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def headline(message: Message, most: int = 120) -> str:
    """Return what a message says in one line: its notice, or the worst of several."""
    first = worst(message)
    others = len(message.items) - 1
    more = f" (and {others} more)" if others else ""
    mark = "Reminder: " if message.reminder else ""
    return mark + one_line(first.title, most - len(more) - len(mark)) + more


def worst(message: Message) -> Item:
    """Return the gravest notice, of those the first."""
    return min(message.items, key=lambda item: _SEVERITIES.index(item.severity))


def told(message: Message) -> tuple[list[Item], int]:
    """Return the notices that there is room for, and how many more there are."""
    return list(message.items[:MOST_ITEMS]), max(0, len(message.items) - MOST_ITEMS)


def introduction(message: Message) -> str:
    """Return what to say before the notices: "" where they speak for themselves."""
    if len(message.items) > 1:
        return f"{len(message.items)} notices, the oldest first:"
    return ""


def details(item: Item) -> list[str]:
    """Return the lines below a notice's title."""
    facts = [f"{one_line(label, 60)}: {one_line(value, 300)}" for label, value in item.facts]
    return [*([text] if (text := one_line(item.text)) else []), *facts, item.url]


def body(message: Message) -> str:
    """Return all below the headline, as plain text."""
    shown, more = told(message)
    parts = [introduction(message)]
    if len(message.items) == 1:
        parts.append("\n".join(details(shown[0])))
    else:
        parts += ["\n".join([one_line(item.title, 200), *details(item)]) for item in shown]
    parts.append(f"And {more} more, on the dashboard." if more else "")
    return "\n\n".join(part for part in parts if part)


def moment(at: dt.datetime) -> str:
    """Return `22 Nov 2026, 08:30 UTC`."""
    return f"{at.astimezone(dt.UTC):%-d %b %Y, %H:%M} UTC"
