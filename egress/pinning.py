"""aiohttp held to one connection for each probe, to addresses that were checked before."""

from __future__ import annotations

import ssl
from contextvars import ContextVar
from functools import partial
from socket import AF_INET, AF_INET6, AF_UNSPEC, AddressFamily
from typing import cast

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.tracing import Trace

from egress.failures import EgressError, TransportError

WIRE_LIMIT = 192 * 1024
"""Bytes that are taken off the wire for one probe: the head, the body's limit, and framing."""


class Attempt:
    """How far one probe has come: its checked addresses, and what a time-out would mean now."""

    __slots__ = ("addresses", "late")

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.late = TransportError.DNS_FAILURE


current: ContextVar[Attempt] = ContextVar("current_attempt")
"""The attempt of the running task, set before aiohttp is called."""


class PinningConnector(TCPConnector):
    """A fresh connection for each attempt, and no second one for the same attempt."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(
            ssl=tls, resolver=_Pinned(), use_dns_cache=False, force_close=True, limit=0
        )
        self._factory = cast("partial[ResponseHandler]", partial(_CappedHandler, loop=self._loop))

    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout
    ) -> Connection:
        """As aiohttp's. Refuses to serve its silent second try of an idempotent request."""
        attempt = current.get()
        if attempt.late is not TransportError.CONNECTION_FAILED:
            raise EgressError(TransportError.CONNECTION_RESET)
        connection = await super().connect(req, traces, timeout)
        attempt.late = TransportError.TIMEOUT
        return connection


class _Pinned(AbstractResolver):
    """Answers with the attempt's checked addresses; aiohttp can't look anything up itself."""

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=AF_INET6 if ":" in address else AF_INET,
                proto=0,
                flags=0,
            )
            for address in current.get().addresses
        ]

    async def close(self) -> None:
        pass


class _CappedHandler(ResponseHandler):
    """Stops listening to a host that sends without end (interim answers, chunk extensions).

    What it sends then piles up at its own side until the deadline.
    """

    _received = 0

    def data_received(self, data: bytes) -> None:
        room = WIRE_LIMIT - self._received
        self._received += len(data)
        super().data_received(data if len(data) <= room else data[: max(room, 0)])
        if self._received > WIRE_LIMIT and self.transport is not None:
            self.transport.pause_reading()

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Tell who reads the body as well: aiohttp tells only who waits for a head."""
        super().set_exception(exc, *cause)
        if isinstance(exc, HttpProcessingError) and self._payload is not None:
            self._payload.set_exception(exc, *cause)

    def close(self) -> None:
        """Drop the connection at once: a TLS farewell may go unanswered for half a minute."""
        self.abort()
