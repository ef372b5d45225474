"""The simulated provider survives bad clients and ends cleanly."""

import asyncio
import http.client
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import trustme

from demo.behaviour import Behaviour
from demo.protocol import ProviderProtocol
from demo.provider import SimulatedProvider
from demo.simulation import Simulation
from tests.demo.client import ENOUGH, ask, connected, everything, hello, until


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


def test_a_connection_serves_many_requests(provider: SimulatedProvider) -> None:
    client = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=ENOUGH)
    for _ in range(3):
        client.request("GET", "/fine/me")
        assert client.getresponse().read()
    client.close()
    assert (provider.connections, provider.count("fine")) == (1, 3)


def test_pipelined_requests_are_answered_in_their_order(provider: SimulatedProvider) -> None:
    provider.set("late", Behaviour(status=201, delay=0.05))
    last = b"GET /broken/me HTTP/1.1\r\nConnection: close\r\n\r\n"
    with connected(provider.port) as client:
        client.sendall(hello("late") + hello("unauthorized") + last)
        answers = everything(client)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"201", b"401", b"500"]


def test_a_request_may_arrive_in_pieces(provider: SimulatedProvider) -> None:
    whole = b"POST /fine/me HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody"
    with connected(provider.port) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for position in range(len(whole)):
            client.sendall(whole[position : position + 1])
        assert everything(client).startswith(b"HTTP/1.1 200 OK\r\n")
    assert provider.requests[0].body == b"body"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET /fine/me\r\n",
        b"get /fine/me HTTP/1.1\r\n",
        b"GET fine HTTP/1.1\r\n",
        b"GET /fine/me HTTP/2.0\r\n",
        b"GET /fine/me HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /fine/me HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /fine/me HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"G" * 70_000,
    ],
)
def test_a_malformed_request_is_answered_400_and_closed(
    provider: SimulatedProvider, request_bytes: bytes
) -> None:
    with connected(provider.port) as client:
        client.sendall(request_bytes)
        assert everything(client).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert provider.count() == 0
    assert ask(provider.port, "/fine/me")[0] == 200


def test_a_client_that_pipelines_without_end_is_dropped(provider: SimulatedProvider) -> None:
    with (
        connected(provider.port) as client,
        pytest.raises((ConnectionResetError, BrokenPipeError)),
    ):
        client.sendall(hello("hanging") + b"x" * 100_000_000)


def test_a_client_that_leaves_early_harms_nobody(provider: SimulatedProvider) -> None:
    provider.set("late", Behaviour(delay=0.05))
    with connected(provider.port) as client:
        client.sendall(hello("late"))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    until(lambda: provider.count("late") == 1)
    assert ask(provider.port, "/late/me")[0] == 200


def test_stopping_drops_open_connections() -> None:
    with ExitStack() as until_the_end:
        with SimulatedProvider.in_thread() as provider:
            client = until_the_end.enter_context(connected(provider.port))
            client.sendall(hello("hanging"))
            until(lambda: provider.count() == 1)
        assert client.recv(1) == b""
    with pytest.raises(ConnectionRefusedError), connected(provider.port):
        pass


class Client(asyncio.Transport):
    """A client's end that reads nothing while `full`, and counts what was written to it."""

    def __init__(self, *, full: bool) -> None:
        super().__init__()
        self.full = full
        self.writes = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes += 1

    def get_write_buffer_size(self) -> int:
        return 64 * 1024 if self.full else 0


def endless_answer_to(client: Client) -> ProviderProtocol:
    simulation = Simulation()
    simulation.set("flood", Behaviour(endless=b"x", drip=0.001))
    protocol = ProviderProtocol(simulation, asyncio.get_running_loop(), set())
    protocol.connection_made(client)
    protocol.data_received(hello("flood"))
    return protocol


async def test_an_endless_answer_goes_on_only_while_the_client_reads() -> None:
    client = Client(full=True)
    protocol = endless_answer_to(client)
    await asyncio.sleep(0.02)
    assert client.writes == 0
    client.full = False
    await asyncio.sleep(0.02)
    assert client.writes > 1
    protocol.connection_lost(None)


async def test_an_endless_answer_ends_with_its_connection() -> None:
    client = Client(full=False)
    protocol = endless_answer_to(client)
    protocol.connection_lost(None)
    written = client.writes
    await asyncio.sleep(0.02)
    assert client.writes == written


def test_it_answers_over_tls_with_the_given_certificate() -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with SimulatedProvider.in_thread(tls=tls) as provider:
        assert provider.url("fine") == f"https://127.0.0.1:{provider.port}/fine"
        client = http.client.HTTPSConnection("127.0.0.1", provider.port, context=trusting)
        client.request("GET", "/fine/me")
        assert client.getresponse().status == 200
        client.close()
