"""Whose certificates are believed."""

from __future__ import annotations

import ssl
from functools import cache

import certifi


@cache
def trusted() -> ssl.SSLContext:
    """The machine's authorities and Mozilla's (a bare machine has none of its own).

    Made once for the process, since loading them takes tens of milliseconds.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context
