"""What goes out and what comes back. Whatever may hold a secret is kept out of every repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from egress.failures import TransportError


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeRequest:
    """One call to make.

    ``deadline``: seconds for all of it, from the name look-up to the last byte of the answer.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    deadline: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An HTTP answer, whatever its status.

    ``headers`` ignores case. ``body`` is decoded and cut at the caller's limit (``truncated``);
    a redirect's body is not read, so it is empty. ``latency_ms`` runs from before the name
    look-up to the last byte read.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    truncated: bool
    latency_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NoAnswer:
    """Why there is no answer, and after how many milliseconds that was known."""

    code: TransportError
    latency_ms: int
