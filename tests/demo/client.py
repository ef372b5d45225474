"""A small client for the simulated provider's own tests, with no HTTP library's manners between."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ENOUGH = 5.0  # seconds that no answer on loopback takes, unless it never comes
SOON = 0.2  # seconds in which an answer that comes at all has come


def hello(account: str) -> bytes:
    """Return the shortest request to an account."""
    return f"GET /{account}/me HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def ask(
    port: int,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: str | None = None,
) -> tuple[int, http.client.HTTPMessage, Any]:
    """Make one request and return status, headers and the JSON body."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=ENOUGH)
    try:
        client.request(method, path, body=body, headers=headers or {})
        answer = client.getresponse()
        content = answer.read()
        return answer.status, answer.headers, json.loads(content) if content else None
    finally:
        client.close()


@contextmanager
def connected(port: int, timeout: float = ENOUGH) -> Iterator[socket.socket]:
    """Yield a raw connection to the provider."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as client:
        yield client


def everything(client: socket.socket) -> bytes:
    """Read until the provider closes the connection."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to bring about."""
    deadline = time.monotonic() + ENOUGH
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
