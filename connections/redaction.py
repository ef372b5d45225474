"""A backstop: no line of a log shows a secret that this process has had in its hands.

What is logged is chosen so that none is in it; this catches what a library says by itself.
"""

import base64
import json
import logging
import re
from collections.abc import Iterable
from threading import Lock
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
_SHORTEST = 6  # characters; a shorter secret would tear holes into every line
_MOST_REMEMBERED = 10_000  # the latest; older ones are no longer under way

_LEFT_IN_URLS = ("", "/", ":", "!$&'()*+,/:;=?@")  # characters that one or another encoder keeps
_ESCAPE = re.compile(r"%[0-9A-F]{2}")

_remembered: dict[str, frozenset[str]] = {}  # with the forms in which each could show
_lock = Lock()


def remember(values: Iterable[str]) -> None:
    """Keep these values out of the log from now on."""
    with _lock:
        for value in values:
            if len(value) >= _SHORTEST:
                forms = _remembered.pop(value) if value in _remembered else _forms(value)
                _remembered[value] = forms  # the latest last
        while len(_remembered) > _MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]


class RedactingFilter(logging.Filter):
    """Replaces remembered secrets in whatever is logged: raw, in base64, percent-encoded, or
    escaped as in JSON."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, None
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def redact(text: str) -> str:
    """Return `text` without remembered secrets."""
    with _lock:
        known = list(_remembered.values())
    for forms in known:
        for form in forms:
            if form in text:
                text = text.replace(form, REDACTED)
    return text


def _forms(secret: str) -> frozenset[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    url_safe = base64.urlsafe_b64encode(secret.encode()).decode()
    in_url = {quote(secret, safe=safe) for safe in _LEFT_IN_URLS} | {quote_plus(secret)}
    # Without padding: it may be the start of something longer.
    forms = {
        secret,
        encoded.rstrip("="),
        url_safe.rstrip("="),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        *in_url,
        *(_ESCAPE.sub(lambda match: match[0].lower(), form) for form in in_url),
    }
    return frozenset(forms)
