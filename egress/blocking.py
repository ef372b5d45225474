"""urllib3 held to one deadline, one cap on bytes, and to addresses that were checked before."""

from __future__ import annotations

import io
import socket
import ssl
from functools import partial
from http.client import HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from egress.addresses import AddressPolicy, SplitUrl, is_address
from egress.failures import EgressError, TransportError
from egress.resolving import BlockingLookup, permitted

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_LIMIT = 64 * 1024
"""Bytes beside the body that are taken off the wire: status line, headers, framing."""


class BlockingCall:
    """One call of a thread: its checked target, the time and the bytes that it has left.

    EgressError passes through urllib3 and requests as it is, because it is no OSError.
    """

    def __init__(
        self,
        url: SplitUrl,
        *,
        policy: AddressPolicy,
        lookup: BlockingLookup,
        deadline: float,
        max_bytes: int,
    ) -> None:
        self.url = url
        self.late = TransportError.CONNECTION_FAILED
        self._policy = policy
        self._lookup = lookup
        self._ends = monotonic() + deadline
        self._bytes_left = HEAD_LIMIT + 2 * max_bytes

    def remaining(self) -> float:
        """Seconds left, above 0. Raises EgressError if there are none."""
        seconds = self._ends - monotonic()
        if seconds <= 0:
            raise EgressError(self.late)
        return seconds

    def count(self, received: int) -> None:
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise EgressError(TransportError.RESPONSE_TOO_LARGE)

    def connect(self) -> socket.socket:
        """A socket to the first checked address that accepts, each given its share of the time."""
        host, port = self.url.host, self.url.port
        found = [host] if is_address(host) else self._lookup(host, self.remaining())
        addresses = permitted(self._policy, found, port)
        failures: list[OSError] = []
        for tried, address in enumerate(addresses):
            share = self.remaining() / (len(addresses) - tried)
            try:
                connected = socket.create_connection((address, port), timeout=share)
            except OSError as error:
                failures.append(error)
            else:
                connected.settimeout(self.remaining())
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connected
        raise failures[0]


class PinnedAdapter(HTTPAdapter):
    """requests' adapter for one call: a pool of its own, so a connection is never used twice.

    ``send`` stays requests' own, so that tests can replace it.
    """

    def __init__(self, call: BlockingCall, tls: ssl.SSLContext) -> None:
        super().__init__()
        self._call = call
        self._tls = tls
        self._pool: HTTPConnectionPool | None = None

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        url = self._call.url
        if url.scheme == "https":
            self._pool = _HttpsPool(url.host, url.port, ssl_context=self._tls, call=self._call)
        else:
            self._pool = _HttpPool(url.host, url.port, call=self._call)
        return self._pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing to set: the context verifies, and no caller can turn that off."""

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
        super().close()


class _Bounded(HTTPConnection):
    """A connection that asks its call before each step that could block."""

    def __init__(self, *args: Any, call: BlockingCall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._call = call
        self.response_class = cast("type[HTTPResponse]", partial(_BoundedResponse, call=call))

    def _new_conn(self) -> socket.socket:
        return self._call.connect()

    def connect(self) -> None:
        super().connect()
        self._call.late = TransportError.TIMEOUT

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self._call.remaining())
        super().send(data)


class _BoundedTls(_Bounded, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Bounded


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTls


class _BoundedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, call: BlockingCall, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedWire(sock, self.fp.detach(), call))


class _BoundedWire(io.RawIOBase):
    """Gives each read of the socket the time that is left, and counts what comes."""

    def __init__(self, sock: socket.socket, wire: io.RawIOBase, call: BlockingCall) -> None:
        self._sock = sock
        self._wire = wire
        self._call = call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(self._call.remaining())
        received = self._wire.readinto(buffer)
        self._call.count(received or 0)
        return received

    def close(self) -> None:
        self._wire.close()
        super().close()
