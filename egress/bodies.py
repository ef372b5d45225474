"""A body read within bounds: whatever arrives, at most ``limit`` decoded bytes are kept."""

from __future__ import annotations

import zlib

from egress.failures import EgressError, TransportError

BODY_LIMIT = 64 * 1024
"""Decoded bytes of an answer that a probe looks at."""

ACCEPT_ENCODING = "gzip"
_GZIP = ("gzip", "x-gzip")
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class CappedBody:
    """Collects a body chunk by chunk, decoding gzip (the only coding that is asked for)."""

    def __init__(self, *, encoding: str, limit: int) -> None:
        self._encoding = encoding.strip().lower()
        self._limit = limit
        self._wire_left = 2 * limit  # an honest coding never makes a body longer
        self._kept = bytearray()
        self._gzip = zlib.decompressobj(_GZIP_WINDOW) if self._encoding in _GZIP else None
        self._truncated = False

    def feed(self, chunk: bytes) -> bool:
        """Add what was received. True once nothing more needs to be read.

        Raises EgressError(INVALID_RESPONSE) for a coding that can't be undone.
        """
        self._kept += self._decoded(chunk)
        self._wire_left -= len(chunk)
        self._truncated = len(self._kept) > self._limit or self._wire_left < 0
        return self._truncated

    def finish(self) -> tuple[bytes, bool]:
        """The body, and whether it was cut. Raises EgressError(INVALID_RESPONSE) as ``feed``."""
        started = self._wire_left < 2 * self._limit
        if self._gzip and started and not (self._truncated or self._gzip.eof):
            raise EgressError(TransportError.INVALID_RESPONSE)
        return bytes(self._kept[: self._limit]), self._truncated

    def _decoded(self, chunk: bytes) -> bytes:
        if self._gzip is not None:
            try:
                return self._gunzipped(chunk)
            except zlib.error:
                raise EgressError(TransportError.INVALID_RESPONSE) from None
        if chunk and self._encoding not in ("", "identity"):
            raise EgressError(TransportError.INVALID_RESPONSE)
        return chunk

    def _gunzipped(self, data: bytes) -> bytes:
        out = bytearray()
        room = self._limit + 1 - len(self._kept)  # one beyond the limit shows that there is more
        while data and len(out) < room:
            if self._gzip is None or self._gzip.eof:  # a body may be several streams in a row
                self._gzip = zlib.decompressobj(_GZIP_WINDOW)
            out += self._gzip.decompress(data, room - len(out))
            data = self._gzip.unused_data
        return bytes(out)
