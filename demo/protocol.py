"""One client's connection to the simulated provider."""

import asyncio
import json
import socket
import struct
from collections.abc import Iterator
from typing import cast

from demo import control
from demo.answers import answer_bytes, pieces, render
from demo.behaviour import Behaviour
from demo.request import MAX_BODY, MAX_HEAD, Malformed, Request, parse
from demo.simulation import Simulation

_WRITTEN_AHEAD = 64 * 1024  # bytes an endless answer may wait for its reader
_SHORTEST_PAUSE = 0.001  # seconds between the pieces of an endless answer without a drip
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 s: closing sends RST


class ProviderProtocol(asyncio.Protocol):
    """Answers the requests of one connection in turn; pipelined ones wait for theirs."""

    def __init__(
        self,
        simulation: Simulation,
        loop: asyncio.AbstractEventLoop,
        connections: "set[ProviderProtocol]",
    ) -> None:
        self._simulation = simulation
        self._loop = loop
        self._connections = connections
        self._buffer = b""
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to count and to track the connection."""
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)
        self._simulation.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop the answer under way, if any."""
        self._connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer what has arrived whole; keep the rest, within limits."""
        self._buffer = self._buffer + data if self._buffer else data
        self._answer_waiting()
        if len(self._buffer) > MAX_HEAD + MAX_BODY:
            self.abort()

    def abort(self) -> None:
        """End the connection without another byte."""
        self._transport.abort()

    def _answer_waiting(self) -> None:
        while self._buffer and not self._busy:
            try:
                parsed = parse(self._buffer)
            except Malformed as error:
                self._refuse(str(error))
                return
            if parsed is None:
                return
            request, self._buffer = parsed
            self._answer(request)

    def _refuse(self, why: str) -> None:
        self._busy = True
        self._buffer = b""
        self._transport.write(render(400, json.dumps({"message": why}).encode()))
        self._transport.close()

    def _answer(self, request: Request) -> None:
        if request.account == control.ACCOUNT:
            self._transport.write(control.control(self._simulation, request))
            return
        self._simulation.record(request)
        behaviour = self._simulation.behaviour_for(request)
        self._busy = True
        if behaviour.delay:
            self._timer = self._loop.call_later(
                behaviour.delay, self._send_late, behaviour, request
            )
        else:
            self._send(behaviour, request)

    def _send_late(self, behaviour: Behaviour, request: Request) -> None:
        self._send(behaviour, request)
        self._answer_waiting()

    def _send(self, behaviour: Behaviour, request: Request) -> None:
        answer = answer_bytes(behaviour, request.tail, request.method)
        if behaviour.drip or behaviour.endless:
            self._stream(pieces(behaviour, answer), behaviour, request)
            return
        self._transport.write(answer)
        self._end(behaviour, request)

    def _stream(self, rest: Iterator[bytes], behaviour: Behaviour, request: Request) -> None:
        if self._transport.get_write_buffer_size() < _WRITTEN_AHEAD:
            piece = next(rest, None)
            if piece is None:
                self._end(behaviour, request)
                self._answer_waiting()
                return
            self._transport.write(piece)
        pause = max(behaviour.drip, _SHORTEST_PAUSE)
        self._timer = self._loop.call_later(pause, self._stream, rest, behaviour, request)

    def _end(self, behaviour: Behaviour, request: Request) -> None:
        if behaviour.hang:
            return
        if behaviour.reset:
            self._reset()
        elif behaviour.close or behaviour.raw is not None or not request.keep_alive:
            self._transport.close()
        else:
            self._busy = False

    def _reset(self) -> None:
        client = self._transport.get_extra_info("socket")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()
