"""Loopback servers that say exactly the bytes they are told to, and the names that lead to them."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network

from egress.addresses import AddressPolicy
from egress.failures import EgressError, TransportError

LOOPBACK_OPEN = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")))

Writer = asyncio.StreamWriter
Script = bytes | Callable[[Writer], Awaitable[None]]


@dataclass
class Server:
    """A running server and what it has seen."""

    host: str = "127.0.0.1"
    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}/"


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """A sound HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *([0-9]+)", head, re.IGNORECASE)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


@asynccontextmanager
async def serving(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    """Serve ``script`` to each request: bytes and then a close, or whatever a coroutine does."""
    seen = Server(host=host)
    conversations: set[asyncio.Task[None] | None] = set()

    async def converse(reader: asyncio.StreamReader, writer: Writer) -> None:
        seen.connections += 1
        conversations.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            seen.requests.append(await read_request(reader))
            if isinstance(script, bytes):
                writer.write(script)
                await writer.drain()
            else:
                await script(writer)
            writer.close()
            await writer.wait_closed()
        writer.transport.abort()

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: seen.server_names.append(name)
    server = await asyncio.start_server(converse, host, 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for conversation in conversations:
            if conversation is not None:
                conversation.cancel()
                await asyncio.wait([conversation])
        await asyncio.sleep(0)  # for the transports to close


@contextmanager
def serving_in_thread(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[Server]:
    """The same for clients that block."""
    ready: list[Server] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with serving(script, tls=tls, host=host) as seen:
            ready.append(seen)
            up.set()
            await stop.wait()
        await asyncio.sleep(0)

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    up.wait()
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


class Names:
    """A resolver that gives each look-up the next answer of its list; the last one repeats."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def lookup(self, host: str) -> Sequence[str]:
        return self.__call__(host)

    def __call__(self, host: str, seconds: float = 0) -> Sequence[str]:
        self.asked.append(host)
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if not addresses:
            raise EgressError(TransportError.DNS_FAILURE)
        return addresses

    async def close(self) -> None:
        pass


async def silence(writer: Writer) -> None:
    """Never answers."""
    await asyncio.sleep(60)


def in_pieces(*pieces: bytes) -> Script:
    """Sends the pieces one by one, so that they arrive apart, and keeps the connection."""

    async def script(writer: Writer) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        await asyncio.sleep(60)

    return script


def dripping(start: bytes, drop: bytes) -> Script:
    """Sends ``start``, then ``drop`` every 20 ms for ever."""

    async def script(writer: Writer) -> None:
        writer.write(start)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return script


def flooding(start: bytes, flood: bytes) -> Script:
    """Sends ``start``, then ``flood`` for ever, as fast as it is taken."""

    async def script(writer: Writer) -> None:
        writer.write(start)
        while True:
            writer.write(flood)
            await writer.drain()

    return script


async def reset(writer: Writer) -> None:
    """Cuts the connection with a TCP reset."""
    writer.transport.abort()
