"""A mail server on loopback, and what arrived there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

_TAKEN = "250 OK"


@dataclass
class Mailbox:
    """`on_recipient` and `on_data` are what the server says from now on at RCPT and after DATA."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    on_recipient: str = _TAKEN
    on_data: str = _TAKEN
    unknown: set[str] = field(default_factory=set)
    """Addresses that it refuses for good, whatever it says to others."""
    hangs: bool = False
    """It accepts connections and says nothing."""
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        mailbox = cls()
        thread = threading.Thread(target=mailbox._loop.run_forever, name="mailbox")
        thread.start()
        mailbox.comes_back()
        try:
            yield mailbox
        finally:
            mailbox.goes_away()
            mailbox._loop.call_soon_threadsafe(mailbox._loop.stop)
            thread.join()
            mailbox._loop.close()

    def comes_back(self) -> None:
        """Listen, on the same port as before."""

        async def listen() -> None:
            self._server = await asyncio.get_running_loop().create_server(
                self._connection, "127.0.0.1", self.port
            )
            self.port = self._server.sockets[0].getsockname()[1]

        self._do(listen())

    def goes_away(self) -> None:
        """Close the port, and what is open."""

        async def close() -> None:
            if self._server is not None:
                self._server.close()
                self._server = None
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self._do(close())

    def _connection(self) -> asyncio.Protocol:
        if self.hangs:
            return asyncio.Protocol()
        return SMTP(self, hostname="mail.example", loop=self._loop, enable_SMTPUTF8=True)

    def _do(self, doing: Any) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(timeout=10)

    # What aiosmtpd asks at each step.

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 No such user"
        if self.on_recipient == _TAKEN:
            envelope.rcpt_tos.append(address)
        return self.on_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.on_data == _TAKEN:
            content = envelope.original_content or b""
            self.mails.append(message_from_bytes(content, policy=policy.default))
            self.recipients.append(list(envelope.rcpt_tos))
        return self.on_data
