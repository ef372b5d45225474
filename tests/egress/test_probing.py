"""One probe: one look-up, one connection, one request, one bounded answer, in time."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest

from egress.bodies import BODY_LIMIT
from egress.probing import Answer, NoAnswer, Prober, ProbeRequest, TransportError
from tests.egress.servers import (
    LOOPBACK_OPEN,
    Names,
    Script,
    Writer,
    answer,
    dripping,
    flooding,
    in_pieces,
    reset,
    serving,
    silence,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def request(url: str, *, method: str = "GET", deadline: float = 5.0) -> ProbeRequest:
    return ProbeRequest(method=method, url=url, headers={"X-Key": "k"}, deadline=deadline)


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    async with Prober(LOOPBACK_OPEN) as prober:
        yield prober


async def code_of(prober: Prober, script: Script, *, deadline: float = 5.0) -> TransportError:
    async with serving(script) as server:
        outcome = await prober.send(request(server.url, deadline=deadline))
    assert isinstance(outcome, NoAnswer), outcome
    return outcome.code


async def answer_of(prober: Prober, script: Script, *, deadline: float = 5.0) -> Answer:
    async with serving(script) as server:
        outcome = await prober.send(request(server.url, deadline=deadline))
    assert isinstance(outcome, Answer), outcome
    return outcome


# What is sent


async def test_exactly_the_given_request_is_sent(prober: Prober) -> None:
    async with serving(answer(b"{}")) as server:
        await prober.send(
            ProbeRequest(
                method="POST",
                url=f"{server.url}a%2Fb/../c?q=%41&x=é",
                headers={"Authorization": "Bearer t", "Content-Type": "application/json"},
                body=b'{"query": 1}',
                deadline=5,
            )
        )

    line, *headers = server.requests[0].decode().split("\r\n")[:-2]
    assert line == "POST /a%2Fb/../c?q=%41&x=%C3%A9 HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: gzip",
        "Authorization: Bearer t",
        "Connection: close",
        "Content-Length: 12",
        "Content-Type: application/json",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: Vitals/1.0",
    ]


async def test_an_ipv6_address_can_be_the_host(prober: Prober) -> None:
    async with serving(answer(b"ok"), host="::1") as server:
        outcome = await prober.send(request(server.url))
    assert isinstance(outcome, Answer), outcome
    assert f"Host: [::1]:{server.port}\r\n".encode() in server.requests[0]


async def test_proxies_and_passwords_of_the_environment_are_ignored(
    prober: Prober, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))

    async with serving(answer()) as server:
        assert isinstance(await prober.send(request(server.url)), Answer)

    assert b"Authorization" not in server.requests[0]


async def test_no_cookie_is_carried_to_the_next_probe(prober: Prober) -> None:
    async with serving(answer(b"", "Set-Cookie: a=b; Path=/", "Set-Cookie: \x01=;;")) as server:
        await prober.send(request(server.url))
        await prober.send(request(server.url))

    assert b"Cookie" not in server.requests[1]


async def test_each_probe_has_a_connection_of_its_own(prober: Prober) -> None:
    async def keep_open(writer: Writer) -> None:
        writer.write(answer(b"ok"))
        await asyncio.sleep(60)

    async with serving(keep_open) as server:
        await prober.send(request(server.url))
        await prober.send(request(server.url))

    assert server.connections == 2


@pytest.mark.parametrize("script", [b"", reset], ids=["closed", "reset"])
async def test_a_connection_lost_before_an_answer_is_not_tried_again(
    prober: Prober, script: Script
) -> None:
    async with serving(script) as server:
        outcome = await prober.send(request(server.url, method="GET"))

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.CONNECTION_RESET
    assert (server.connections, len(server.requests)) == (1, 1)


# What comes back


async def test_an_answer_is_returned_whole(prober: Prober) -> None:
    got = await answer_of(prober, answer(b'{"ok": false}', "X-Id: 7", status="503 Busy"))

    assert (got.status, got.body, got.truncated) == (503, b'{"ok": false}', False)
    assert got.headers["x-id"] == "7"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZip"])
async def test_a_compressed_body_is_decoded(prober: Prober, encoding: str) -> None:
    body = gzip.compress(b"first ", mtime=0) + gzip.compress(b"second", mtime=0)

    got = await answer_of(prober, answer(body, f"Content-Encoding: {encoding}"))

    assert got.body == b"first second"


async def test_a_chunked_body_is_put_together(prober: Prober) -> None:
    got = await answer_of(prober, CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")

    assert got.body == b"abcde"


async def test_a_body_of_exactly_the_limit_is_whole(prober: Prober) -> None:
    got = await answer_of(prober, answer(b"x" * BODY_LIMIT))

    assert (len(got.body), got.truncated) == (BODY_LIMIT, False)


@pytest.mark.parametrize(
    "script",
    [
        answer(b"x" * (BODY_LIMIT + 1)),
        answer(gzip.compress(bytes(BODY_LIMIT + 1), mtime=0), "Content-Encoding: gzip"),
        flooding(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
        flooding(CHUNKED, b"8000\r\n" + b"x" * 0x8000 + b"\r\n"),
    ],
    ids=["plain", "compressed", "endless", "endless chunks"],
)
async def test_a_longer_body_is_cut(prober: Prober, script: Script) -> None:
    got = await answer_of(prober, script)

    assert (len(got.body), got.truncated) == (BODY_LIMIT, True)


async def test_endless_nothing_is_cut_too(prober: Prober) -> None:
    empty = flooding(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"", mtime=0) * 999
    )

    got = await answer_of(prober, empty)

    assert (got.body, got.truncated) == (b"", True)


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "//[", "\x01 ://", "/" + "a" * 5000, ""]
)
async def test_a_redirect_is_an_answer_and_not_followed(prober: Prober, location: str) -> None:
    async with serving(
        flooding(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode(), b"x" * 65536)
    ) as server:
        outcome = await prober.send(request(server.url))

    assert isinstance(outcome, Answer)
    assert (outcome.status, outcome.body) == (302, b"")
    assert server.connections == 1


async def test_interim_answers_are_passed_over(prober: Prober) -> None:
    got = await answer_of(prober, b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(b"ok"))

    assert (got.status, got.body) == (200, b"ok")


# What cannot be an answer


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (b"\x00\xff garbage\r\n\r\n", TransportError.INVALID_RESPONSE),
        (b"SSH-2.0-OpenSSH_9.2\r\n", TransportError.INVALID_RESPONSE),
        (b"HTTP/1.1 abc\r\n\r\n", TransportError.INVALID_RESPONSE),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", TransportError.INVALID_RESPONSE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", TransportError.INVALID_RESPONSE),
        (b"HTTP/1.1 200 OK\r\nContent-Le", TransportError.CONNECTION_RESET),
        (CHUNKED + b"nonsense\r\n", TransportError.INVALID_RESPONSE),
        (CHUNKED + b"5\r\nab", TransportError.CONNECTION_RESET),
        (in_pieces(CHUNKED, b"nonsense\r\n"), TransportError.INVALID_RESPONSE),
        (in_pieces(CHUNKED, b"5\r\nabcde", b"zz\r\n"), TransportError.INVALID_RESPONSE),
        (in_pieces(CHUNKED, b"0\r\nX: " + b"a" * 9000), TransportError.RESPONSE_TOO_LARGE),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
            TransportError.CONNECTION_RESET,
        ),
        (answer(b"not gzip", "Content-Encoding: gzip"), TransportError.INVALID_RESPONSE),
        (
            answer(gzip.compress(b"cut off", mtime=0)[:-9], "Content-Encoding: gzip"),
            TransportError.INVALID_RESPONSE,
        ),
        (answer(b"x", "Content-Encoding: br"), TransportError.INVALID_RESPONSE),
        (answer(b"x", "Content-Encoding: gzip, gzip"), TransportError.INVALID_RESPONSE),
        (
            answer(b"", "X-Long: " + "a" * 2_000_000),
            TransportError.RESPONSE_TOO_LARGE,
        ),
        (
            answer(b"", *(f"X-{n}: {'a' * 1000}" for n in range(2000))),
            TransportError.INVALID_RESPONSE,
        ),
        (
            answer(b"", *(f"X-{n}: {'a' * 1000}" for n in range(80))),
            TransportError.RESPONSE_TOO_LARGE,
        ),
    ],
)
async def test_a_malformed_answer_has_one_typed_cause(
    prober: Prober, script: Script, code: TransportError
) -> None:
    assert await code_of(prober, script) is code


@pytest.mark.parametrize(
    "script",
    [
        silence,
        dripping(b"HTTP/1.1 200 ", b"O"),
        dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5000),
        dripping(CHUNKED, b"1\r\nx\r\n"),
    ],
    ids=["silent", "status line", "headers", "body", "100", "flood of 100", "chunks"],
)
async def test_no_complete_answer_by_the_deadline_is_a_time_out(
    prober: Prober, script: Script
) -> None:
    started = monotonic()

    assert await code_of(prober, script, deadline=0.3) is TransportError.TIMEOUT
    assert 0.29 < monotonic() - started < 0.8


async def test_a_deadline_above_five_seconds_is_not_rounded_up() -> None:
    """aiohttp's own time-out would be."""
    async with Prober(LOOPBACK_OPEN) as prober:
        assert prober._session.timeout.total is None


async def test_an_answer_completed_after_the_deadline_is_a_time_out(
    prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = iter([1000.0, 1005.5])
    monkeypatch.setattr("egress.probing.monotonic", lambda: next(readings))

    async with serving(answer(b"late")) as server:
        outcome = await prober.send(request(server.url, deadline=5.0))

    assert outcome == NoAnswer(code=TransportError.TIMEOUT, latency_ms=5500)


async def test_latency_runs_from_the_look_up_to_the_last_byte() -> None:
    class SlowNames(Names):
        async def lookup(self, host: str) -> list[str]:
            await asyncio.sleep(0.1)
            return ["127.0.0.1"]

    async def slow_body(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        await asyncio.sleep(0.1)
        writer.write(b"b")

    async with Prober(LOOPBACK_OPEN, resolver=SlowNames()) as prober, serving(slow_body) as server:
        outcome = await prober.send(request(f"http://api.test:{server.port}/"))

    assert isinstance(outcome, Answer)
    assert 200 <= outcome.latency_ms < 1000
