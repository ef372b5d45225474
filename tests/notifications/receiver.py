"""A web server on loopback that takes webhooks, or does what it is told to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.egress.servers import Script, Server, Writer, answer, serving_in_thread, silence

TAKES_IT = answer(b"ok")
HANGS = silence


@dataclass
class Receiver:
    server: Server = field(default_factory=Server)
    script: Script = TAKES_IT
    """What to answer with from now on: bytes, or a coroutine such as HANGS."""

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Receiver]:
        receiver = cls()

        async def play(writer: Writer) -> None:
            script = receiver.script
            if isinstance(script, bytes):
                writer.write(script)
                await writer.drain()
            else:
                await script(writer)

        with serving_in_thread(play) as receiver.server:
            yield receiver

    def answers(self, status: str, *headers: str, body: bytes = b"") -> None:
        self.script = answer(body, *headers, status=status)

    @property
    def url(self) -> str:
        return f"{self.server.url}hook"

    @property
    def count(self) -> int:
        return len(self.server.requests)

    @property
    def bodies(self) -> list[bytes]:
        return [request.partition(b"\r\n\r\n")[2] for request in self.server.requests]

    @property
    def heads(self) -> list[Mapping[str, str]]:
        """The headers of each request, by names in lower case."""
        return [_headers(request) for request in self.server.requests]


def _headers(request: bytes) -> dict[str, str]:
    _, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
