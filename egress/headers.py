"""Which request headers may be sent: the same rule when they are saved and when they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

USER_AGENT = "Vitals/1.0"

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")

# They say where a message goes and where it ends; a second opinion on that is request smuggling.
SET_BY_CLIENT = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)


class HeaderRefused(ValueError):
    """A header that is never sent. ``reason`` is a fixed sentence without name or value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise HeaderRefused unless every name and value can be sent as it stands."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise HeaderRefused("A header's name may hold letters, digits and hyphens only.")
        if name.lower() in SET_BY_CLIENT:
            raise HeaderRefused("This header is set by the client itself; leave it out.")
        if not _VALUE.fullmatch(value):
            raise HeaderRefused("A header's value may hold printable ASCII characters only.")
