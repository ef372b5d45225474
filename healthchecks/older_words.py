"""The state of integrations in the older document's words. Pure."""

from collections.abc import Sequence
from typing import Any

from connections.status import Word
from healthchecks.errors import http_status, sentence
from healthchecks.live import Entry
from integrations.catalogue import Provider


def describe(slug: str, provider: Provider | None, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the state of one integration: that of its checked connections taken together.

    There is at least one entry. `provider` is None for a custom integration.
    """
    word = _common_word(entries)
    successes = [entry for entry in entries if entry.last_success]
    latest = max(successes, key=_last_success, default=None)
    return {
        "integration": slug,
        "status": word,
        "last_successful_check": latest and latest.last_success,
        "last_check": max(entry.last_check for entry in entries),
        "response_time_ms": latest and latest.response_time_ms,
        "error_message": _message(provider, entries),
        "consecutive_failures": min(entry.consecutive_failures for entry in entries),
        "downtime_start": max(
            (entry.downtime_start for entry in entries if entry.downtime_start), default=None
        )
        if word is Word.OFFLINE
        else None,
    }


def message(provider: Provider | None, code: str) -> str:
    """Return an error in the provider's own words where the older document has them, else in
    ours."""
    if provider is None or not provider.messages:
        return sentence(code)
    if code in provider.messages:
        return provider.messages[code]
    return f"HTTP {http_status(code)}" if code.startswith("http_") else sentence(code)


def _common_word(entries: Sequence[Entry]) -> Word:
    words = {entry.word for entry in entries}
    return words.pop() if len(words) == 1 else Word.DEGRADED


def _message(provider: Provider | None, entries: Sequence[Entry]) -> str | None:
    """The latest failure's; where none failed, that of the latest check which was not all well."""
    failed = [entry for entry in entries if entry.word is Word.OFFLINE]
    limping = [entry for entry in entries if entry.word is Word.DEGRADED]
    latest = max(failed or limping, key=lambda entry: entry.last_check, default=None)
    return message(provider, latest.error_code) if latest and latest.error_code else None


def _last_success(entry: Entry) -> float:
    return entry.last_success.timestamp() if entry.last_success else 0.0
