"""Every fault that a real provider has can be had from the simulated one."""

import time
from collections.abc import Iterator

import pytest

from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tests.demo.client import SOON, ask, connected, everything, hello, until


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


def test_a_behaviour_can_be_changed_while_running(provider: SimulatedProvider) -> None:
    provider.set("acme", Behaviour(status=503, headers=(("Retry-After", "abc"),), body=b"[1]"))
    status, headers, body = ask(provider.port, "/acme/me")
    assert (status, headers["Retry-After"], body) == (503, "abc", [1])
    provider.set("acme", Behaviour())
    assert ask(provider.port, "/acme/me")[0] == 200


def test_an_answer_is_delayed_without_holding_up_others(provider: SimulatedProvider) -> None:
    provider.set("late", Behaviour(delay=0.3))
    began = time.monotonic()
    with connected(provider.port) as late:
        late.sendall(hello("late"))
        assert ask(provider.port, "/fine/me")[0] == 200
        assert time.monotonic() - began < 0.3
        assert late.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        assert 0.29 < time.monotonic() - began < 0.3 + SOON


def test_a_hanging_account_never_answers(provider: SimulatedProvider) -> None:
    with connected(provider.port, timeout=SOON) as client:
        client.sendall(hello("hanging"))
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert provider.count("hanging") == 1


def test_raw_bytes_are_sent_as_they_are_and_end_the_connection(
    provider: SimulatedProvider,
) -> None:
    garbage = bytes(range(256))
    provider.set("acme", Behaviour(raw=garbage))
    with connected(provider.port) as client:
        client.sendall(hello("acme"))
        assert everything(client) == garbage


def test_an_answer_can_stop_in_the_middle_and_hang(provider: SimulatedProvider) -> None:
    provider.set("acme", Behaviour(raw=b"HTTP/1.1 200 OK\r\nConte", hang=True))
    with connected(provider.port, timeout=SOON) as client:
        client.sendall(hello("acme"))
        assert client.recv(65536) == b"HTTP/1.1 200 OK\r\nConte"
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_a_connection_can_be_closed_after_the_answer(provider: SimulatedProvider) -> None:
    provider.set("acme", Behaviour(close=True))
    with connected(provider.port) as client:
        client.sendall(hello("acme"))
        assert everything(client).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_connection_can_be_reset(provider: SimulatedProvider) -> None:
    provider.set("acme", Behaviour(raw=b"", reset=True))
    with connected(provider.port) as client:
        client.sendall(hello("acme"))
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_an_answer_can_drip_byte_by_byte_to_its_end(provider: SimulatedProvider) -> None:
    provider.set("acme", Behaviour(body=b"{}", drip=0.002, close=True))
    with connected(provider.port) as client:
        client.sendall(hello("acme"))
        assert len(client.recv(65536)) < 10
        assert everything(client).endswith(b"\r\n\r\n{}")


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Drip: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_head_body_and_interim_answers_can_go_on_for_ever(
    provider: SimulatedProvider, start: bytes, piece: bytes
) -> None:
    provider.set("acme", Behaviour(raw=start, endless=piece, drip=0.005))
    with connected(provider.port) as client:
        client.sendall(hello("acme"))
        received = b""
        while len(received) < len(start + 5 * piece):
            received += client.recv(65536)
        assert received.startswith(start + 5 * piece)


def test_an_endless_body_waits_for_its_reader(provider: SimulatedProvider) -> None:
    provider.set("flood", Behaviour(raw=b"HTTP/1.1 302 Found\r\n\r\n", endless=b"x" * 65536))
    with connected(provider.port) as client:
        client.sendall(hello("flood"))
        until(lambda: provider.count("flood") == 1)
        assert ask(provider.port, "/fine/me")[0] == 200
        assert sum(len(client.recv(65536)) for _ in range(200)) > 1_000_000
