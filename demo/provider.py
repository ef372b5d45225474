"""A simulated third-party provider: real HTTP on loopback, cheap enough for benchmarks.

The account, the first path segment, decides how a request is treated: `/fine/me`, `/slow/me`,
`/hanging/me` … (demo.behaviour.PRESETS), or as a test has set it. In a test:

    with SimulatedProvider.in_thread() as provider:
        provider.set("acme", Behaviour(status=503))
        probe(provider.url("acme") + "/me")
        assert provider.count("acme") == 1
"""

import asyncio
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Self

from demo.protocol import ProviderProtocol
from demo.simulation import Simulation

BACKLOG = 4096  # connections that may wait while a benchmark opens thousands at once


class SimulatedProvider(Simulation):
    """A simulation that answers on a listening socket, over TLS if given a context."""

    def __init__(self, listener: socket.socket, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._listener = listener
        self._tls = tls
        self.port: int = listener.getsockname()[1]

    def url(self, account: str = "") -> str:
        """Return the base URL of an account, without a slash at the end."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/{account}".rstrip("/")

    async def run(self, stopped: asyncio.Event) -> None:
        """Answer until `stopped` is set, then drop all connections and close the listener."""
        loop = asyncio.get_running_loop()
        connections: set[ProviderProtocol] = set()
        server = await loop.create_server(
            lambda: ProviderProtocol(self, loop, connections),
            sock=self._listener,
            backlog=BACKLOG,
            ssl=self._tls,
        )
        await stopped.wait()
        server.close()
        for connection in tuple(connections):
            connection.abort()
        await server.wait_closed()

    @classmethod
    @contextmanager
    def in_thread(cls, *, tls: ssl.SSLContext | None = None) -> Iterator[Self]:
        """Run a provider on a free port in a thread with an event loop of its own."""
        provider = cls(listen(0), tls=tls)
        started: Future[Callable[[], object]] = Future()

        async def main() -> None:
            stopped = asyncio.Event()
            loop = asyncio.get_running_loop()
            started.set_result(lambda: loop.call_soon_threadsafe(stopped.set))
            await provider.run(stopped)

        thread = threading.Thread(target=_run_loop, args=(main,), name="simulated-provider")
        thread.start()
        stop = started.result()
        try:
            yield provider
        finally:
            stop()
            thread.join()


def listen(port: int) -> socket.socket:
    """Listen on a port of loopback, 0 for any free one; OSError if it is taken."""
    return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)


def adopt(descriptor: int) -> socket.socket:
    """Take over an inherited listening socket; OSError if the descriptor is not one."""
    listener = socket.socket(fileno=descriptor)
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.detach()
        raise OSError("the socket is not listening")
    return listener


def serve(listener: socket.socket, *, ready: Callable[[str], None]) -> None:
    """Answer on `listener` until SIGTERM or SIGINT; `ready` gets the URL once a signal is safe."""
    _allow_many_connections()
    provider = SimulatedProvider(listener)

    async def main() -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        ready(provider.url())
        await provider.run(stopped)

    _run_loop(main)


def _run_loop(main: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        runner.run(main())


def _new_event_loop() -> asyncio.AbstractEventLoop:
    """Prefer uvloop, which takes half the CPU; the standard loop answers the same."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _allow_many_connections() -> None:
    """Lift the soft limit of descriptors, 1,024 on many systems, to what we may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
