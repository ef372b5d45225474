"""Where a probe may go, and what becomes of one that goes nowhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from egress.addresses import AddressPolicy
from egress.probing import Answer, NoAnswer, Prober, ProbeRequest, TransportError
from tests.egress.servers import (
    LOOPBACK_OPEN,
    Names,
    answer,
    serving,
    silence,
)


def request(url: str, *, method: str = "GET", deadline: float = 5.0) -> ProbeRequest:
    return ProbeRequest(method=method, url=url, headers={"X-Key": "k"}, deadline=deadline)


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    async with Prober(LOOPBACK_OPEN) as prober:
        yield prober


async def test_a_port_where_nobody_listens_refuses(prober: Prober) -> None:
    async with serving(b"") as server:
        pass

    outcome = await prober.send(request(server.url))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.CONNECTION_REFUSED


async def test_a_second_address_is_tried_when_the_first_refuses() -> None:
    names = Names(["::1", "127.0.0.1"])
    async with Prober(LOOPBACK_OPEN, resolver=names) as prober, serving(answer(b"ok")) as server:
        assert isinstance(await prober.send(request(f"http://api.test:{server.port}/")), Answer)


async def test_a_name_whose_addresses_all_refuse_is_refused() -> None:
    names = Names(["::1", "127.0.0.1"])
    async with Prober(LOOPBACK_OPEN, resolver=names) as prober:
        async with serving(b"") as server:
            pass
        outcome = await prober.send(request(f"http://api.test:{server.port}/"))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.CONNECTION_REFUSED


async def test_a_connection_not_made_in_time_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_args: object, **_kwargs: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("aiohappyeyeballs.start_connection", hang)
    async with Prober(LOOPBACK_OPEN) as prober:
        outcome = await prober.send(request("http://127.0.0.1:9/", deadline=0.1))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.CONNECTION_FAILED


async def test_a_look_up_that_hangs_is_a_dns_failure_in_time() -> None:
    class Hanging(Names):
        async def lookup(self, host: str) -> list[str]:
            await asyncio.sleep(60)
            return []

    async with Prober(AddressPolicy(), resolver=Hanging()) as prober:
        outcome = await prober.send(request("http://api.test/", deadline=0.1))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.DNS_FAILURE
    assert outcome.latency_ms < 600


async def test_an_unknown_name_is_a_dns_failure() -> None:
    async with Prober(AddressPolicy(), resolver=Names([])) as prober:
        outcome = await prober.send(request("http://nobody.test/"))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.DNS_FAILURE


async def test_the_machines_own_resolver_knows_localhost() -> None:
    async with Prober(LOOPBACK_OPEN) as prober, serving(answer(b"hi")) as server:
        outcome = await prober.send(request(f"http://localhost:{server.port}/"))

    assert isinstance(outcome, Answer)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "①27.0.0.1"],
)
async def test_a_forbidden_address_is_blocked_and_no_packet_sent(host: str) -> None:
    async with Prober(AddressPolicy()) as prober, serving(answer()) as server:
        outcome = await prober.send(request(f"http://{host}:{server.port}/"))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.BLOCKED_ADDRESS
    assert server.connections == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"]])
async def test_a_name_with_any_forbidden_address_is_blocked(addresses: list[str]) -> None:
    async with (
        Prober(AddressPolicy(), resolver=Names(addresses)) as prober,
        serving(answer()) as server,
    ):
        outcome = await prober.send(request(f"http://api.test:{server.port}/"))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.BLOCKED_ADDRESS
    assert server.connections == 0


async def test_a_name_that_rebinds_is_looked_up_once_and_pinned() -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with Prober(LOOPBACK_OPEN, resolver=names) as prober, serving(b"") as server:
        outcome = await prober.send(request(f"http://rebind.test:{server.port}/"))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.CONNECTION_RESET
    assert names.asked == ["rebind.test"]
    assert b"Host: rebind.test" in server.requests[0]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (request("ftp://example.com/"), TransportError.BLOCKED_ADDRESS),
        (request("http://user:pw@127.0.0.1/"), TransportError.BLOCKED_ADDRESS),
        (request("http://127.0.0.1/\r\nX: y"), TransportError.BLOCKED_ADDRESS),
        (request("http://127.0.0.1:9/", method="GET\r\nX: y"), TransportError.INTERNAL),
        (
            ProbeRequest(
                method="GET", url="http://127.0.0.1:9/", headers={"A": "b\nc"}, deadline=1
            ),
            TransportError.INTERNAL,
        ),
        (
            ProbeRequest(
                method="GET", url="http://127.0.0.1:9/", headers={"Host": "x"}, deadline=1
            ),
            TransportError.INTERNAL,
        ),
    ],
)
async def test_a_request_that_cannot_be_sent_raises_nothing(
    prober: Prober, bad: ProbeRequest, code: TransportError
) -> None:
    outcome = await prober.send(bad)

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is code


async def test_running_out_of_sockets_is_our_own_fault(
    prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def exhausted(*_args: object, **_kwargs: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("aiohappyeyeballs.start_connection", exhausted)
    outcome = await prober.send(request("http://127.0.0.1:9/"))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.INTERNAL


async def test_a_cancelled_probe_is_cancelled(prober: Prober) -> None:
    async with serving(silence) as server:
        probe = asyncio.create_task(prober.send(request(server.url)))
        while not server.requests:
            await asyncio.sleep(0.005)
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe


async def test_no_secret_is_shown_or_logged(
    prober: Prober, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(b"HTTP/1.1 200 OK\r\nbroken s3cret\r\n\r\n") as server:
        secret = ProbeRequest(
            method="GET\x00",
            url=f"{server.url}s3cret?key=s3cret",
            headers={"Authorization": "s3cret"},
            body=b"s3cret",
            deadline=5,
        )
        outcomes = [await prober.send(secret), await prober.send(request(f"{server.url}?s3cret"))]

    assert "s3cret" not in f"{secret!r} {outcomes!r} {caplog.text}"
    assert all(code.sentence for code in TransportError)
