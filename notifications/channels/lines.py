"""A message as plain lines, for whatever shows text. Nothing a person typed breaks a line."""

from __future__ import annotations

import datetime as dt
import re

from notifications.channels.base import Item, Message

MOST_ITEMS = 20  # that a digest tells in full
_SEVERITIES = ("critical", "warning", "info")  # the worst first
# Blanks, control characters, and those that turn the direction of what follows.
_BREAKING = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")

_MARKUP = re.compile(r"([\\*_~`|\[\]<>#])")


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
    """Return what to say before the notices: "" where one speaks for itself."""
    if message.reminder:
        return "Not over yet, and not acknowledged by anybody. What was told at first:"
    several = len(message.items) > 1
    return f"{len(message.items)} notices, the oldest first:" if several else ""


def facts(item: Item) -> list[tuple[str, str]]:
    return [(one_line(label, 60), one_line(value, 300)) for label, value in item.facts]


def body(message: Message, most: int = 50_000) -> str:
    """Return all below the headline as plain text, as far as it fits into so many characters."""
    if len(message.items) > 1:
        return _digest(message, most)
    [item] = message.items
    room = most - len(item.url) - 1
    text = one_line(item.text, min(1000, room // 2))
    kept = []
    told_of = [f"{label}: {value}" for label, value in facts(item)]
    for line in filter(None, [introduction(message), text, *told_of]):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, item.url])


def _digest(message: Message, most: int) -> str:
    parts = [introduction(message)]
    room = most - len(parts[0]) - 50  # for how many more there are
    for item in message.items[:MOST_ITEMS]:
        texts = [one_line(item.title, 200), one_line(item.text, 300), item.url]
        part = "\n".join(text for text in texts if text)
        room -= len(part) + 2
        if room < 0:
            break
        parts.append(part)
    if more := len(message.items) - len(parts) + 1:
        parts.append(f"And {more} more, on the dashboard.")
    return "\n\n".join(parts)


def as_markdown(text: str) -> str:
    """Return what Markdown shows as this text."""
    return "\n".join(
        line if line.startswith(("https://", "http://")) else _MARKUP.sub(r"\\\1", line)
        for line in text.split("\n")
    )


def moment(at: dt.datetime) -> str:
    """Return `2026-11-22 08:30 UTC`."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
