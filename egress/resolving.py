"""Names to addresses: asked once for a call, every address judged before any is used."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Protocol

import aiodns
import pycares

from egress.addresses import AddressPolicy
from egress.failures import EgressError, TransportError

REMEMBERED_SECONDS = 10.0
"""How long an answer serves further calls: short beside the time in which names move."""

REMEMBERED_HOSTS = 10_000


class Resolver(Protocol):
    """Looks a name up."""

    async def lookup(self, host: str) -> Sequence[str]:
        """All addresses of a name. Raises EgressError(DNS_FAILURE) if there are none."""

    async def close(self) -> None:
        """Give up what is under way and release everything."""


class AiodnsResolver:
    """Asks the machine's name servers (and its hosts file) without blocking the event loop."""

    def __init__(self) -> None:
        self._dns = aiodns.DNSResolver(loop=asyncio.get_running_loop())

    async def lookup(self, host: str) -> Sequence[str]:
        try:
            found = await self._dns.getaddrinfo(host, type=socket.SOCK_STREAM)
        except aiodns.error.DNSError:
            raise EgressError(TransportError.DNS_FAILURE) from None
        return _texts(found)

    async def close(self) -> None:
        await self._dns.close()


class SharedLookups:
    """Asks ``resolver`` once for all calls to a host that come together or soon after.

    A look-up costs as much as the rest of a probe, and many connections share few hosts. A caller
    that gives up leaves the look-up to the others; failures are not remembered.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._asked: dict[str, tuple[float, asyncio.Task[Sequence[str]]]] = {}

    async def lookup(self, host: str) -> Sequence[str]:
        fresh_until, task = self._asked.get(host, (0.0, None))
        if task is None or (task.done() and (fresh_until <= monotonic() or not task.result())):
            if len(self._asked) >= REMEMBERED_HOSTS:
                self._asked.clear()
            task = asyncio.create_task(self._ask(host))
            self._asked[host] = monotonic() + REMEMBERED_SECONDS, task
        addresses = task.result() if task.done() else await asyncio.shield(task)
        if not addresses:
            raise EgressError(TransportError.DNS_FAILURE)
        return addresses

    async def _ask(self, host: str) -> Sequence[str]:
        """No address stands for a failure: an exception nobody waits for would be logged."""
        try:
            return await self._resolver.lookup(host)
        except EgressError:
            return ()

    async def close(self) -> None:
        for _, task in self._asked.values():
            task.cancel()
        await self._resolver.close()


BlockingLookup = Callable[[str, float], Sequence[str]]
"""Looks a name up within so many seconds. Raises EgressError(DNS_FAILURE)."""


class BlockingResolver:
    """The same for threads, where ``socket.getaddrinfo`` could not be bounded."""

    def __init__(self) -> None:
        self._channel = pycares.Channel()

    def __call__(self, host: str, seconds: float) -> Sequence[str]:
        answer: Future[pycares.AddrInfoResult | None] = Future()

        def settle(found: pycares.AddrInfoResult, error: int | None) -> None:
            answer.set_result(None if error else found)

        try:
            self._channel.getaddrinfo(host, None, type=socket.SOCK_STREAM, callback=settle)
            found = answer.result(seconds)
        except (pycares.AresError, TimeoutError):
            found = None
        if found is None:
            raise EgressError(TransportError.DNS_FAILURE)
        return _texts(found)

    def close(self) -> None:
        self._channel.close()


def _texts(found: pycares.AddrInfoResult) -> list[str]:
    addresses = [node.addr[0].decode() for node in found.nodes]
    if not addresses:
        raise EgressError(TransportError.DNS_FAILURE)
    return addresses


def permitted(policy: AddressPolicy, addresses: Sequence[str], port: int) -> list[str]:
    """The addresses, if all of them may be called. Raises EgressError(BLOCKED_ADDRESS) if not.

    A name that has both kinds is refused: whoever controls it would choose which one is used.
    """
    if not all(policy.permits(address, port) for address in addresses):
        raise EgressError(TransportError.BLOCKED_ADDRESS)
    return list(addresses)
