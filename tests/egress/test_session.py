"""The guarded requests session: the same policy, deadline and caps for what speaks requests."""

from __future__ import annotations

import gzip
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
import requests
import responses

from egress.addresses import AddressPolicy
from egress.bodies import BODY_LIMIT
from egress.session import EgressError, GuardedSession, TransportError
from tests.egress.servers import (
    LOOPBACK_OPEN,
    Names,
    Script,
    answer,
    dripping,
    flooding,
    in_pieces,
    reset,
    serving_in_thread,
    silence,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def session() -> Iterator[GuardedSession]:
    with GuardedSession(LOOPBACK_OPEN) as session:
        yield session


def code_of(session: GuardedSession, script: Script, *, deadline: float = 5.0) -> TransportError:
    with serving_in_thread(script) as server, pytest.raises(EgressError) as failed:
        session.fetch("GET", f"{server.url}?s3cret", deadline=deadline)
    error = failed.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert str(error) == error.code.sentence
    return error.code


# With the network replaced, as the tests of OAuth and webhooks have it


@responses.activate
def test_fetch_posts_json_and_returns_the_answer(session: GuardedSession) -> None:
    responses.post("https://api.test/hook", json={"ok": True}, status=201, headers={"X-Id": "7"})

    got = session.fetch("POST", "https://api.test/hook", json={"a": 1}, headers={"X-Sign": "s"})

    sent = responses.calls[0].request
    assert (got.status, got.body, got.truncated) == (201, b'{"ok": true}', False)
    assert got.headers["x-id"] == "7"
    assert (sent.body, sent.headers["X-Sign"]) == (b'{"a": 1}', "s")
    assert sent.headers["User-Agent"] == "Vitals/1.0"


@responses.activate
def test_fetch_sends_a_form_or_bytes(session: GuardedSession) -> None:
    responses.post("https://api.test/token", body=b"{}")

    session.fetch("POST", "https://api.test/token", data={"grant_type": "refresh_token"})
    session.fetch("POST", "https://api.test/token", body=b"<raw/>")

    assert [call.request.body for call in responses.calls] == [
        "grant_type=refresh_token",
        b"<raw/>",
    ]


@responses.activate
def test_libraries_use_it_as_any_session(session: GuardedSession) -> None:
    responses.post("https://api.test/token", json={"access_token": "t"})

    response = session.post("https://api.test/token", data={"a": "b"}, timeout=3)

    assert response.json() == {"access_token": "t"}


@responses.activate
def test_a_body_beyond_the_limit_fails_where_it_cannot_be_marked(session: GuardedSession) -> None:
    responses.get("https://api.test/", body=bytes(BODY_LIMIT + 1))

    assert session.fetch("GET", "https://api.test/").truncated
    assert not session.fetch("GET", "https://api.test/", max_bytes=BODY_LIMIT + 1).truncated
    with pytest.raises(EgressError) as failed:
        session.get("https://api.test/")
    assert failed.value.code is TransportError.RESPONSE_TOO_LARGE


@responses.activate
@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (requests.ConnectionError("https://api.test/?s3cret"), TransportError.CONNECTION_FAILED),
        (requests.ConnectTimeout(), TransportError.CONNECTION_FAILED),
        (requests.ReadTimeout(), TransportError.TIMEOUT),
        (requests.exceptions.SSLError(), TransportError.TLS_ERROR),
        (ConnectionResetError(), TransportError.CONNECTION_RESET),
        (ValueError("s3cret"), TransportError.INTERNAL),
        (UnicodeDecodeError("utf-8", b"s3cret", 0, 1, "s3cret"), TransportError.INTERNAL),
    ],
)
def test_every_exception_becomes_a_code(
    session: GuardedSession,
    raised: Exception,
    code: TransportError,
    caplog: pytest.LogCaptureFixture,
) -> None:
    responses.get("https://api.test/", body=raised)

    with pytest.raises(EgressError) as failed:
        session.fetch("GET", "https://api.test/")

    assert failed.value.code is code
    assert (failed.value.__cause__, failed.value.__context__) == (None, None)
    assert "s3cret" not in caplog.text


# Over real sockets


@pytest.mark.parametrize("call", ["fetch", "get", "request"])
def test_a_redirect_is_not_followed_and_its_body_not_read(
    session: GuardedSession, call: str
) -> None:
    redirect = flooding(b"HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n", bytes(65536))
    with serving_in_thread(redirect) as server:
        if call == "fetch":
            got = session.fetch("GET", server.url)
            assert (got.status, got.headers["location"], got.body) == (302, "/other", b"")
        else:
            response = session.request("GET", server.url, allow_redirects=True)
            assert (response.status_code, response.content) == (302, b"")

    assert server.connections == 1


def test_a_compressed_body_is_decoded(session: GuardedSession) -> None:
    body = gzip.compress(b"hello", mtime=0)
    with serving_in_thread(answer(body, "Content-Encoding: gzip")) as server:
        assert session.fetch("GET", server.url).body == b"hello"
        assert session.get(server.url).text == "hello"


@pytest.mark.parametrize(
    "script",
    [
        answer(gzip.compress(bytes(BODY_LIMIT + 1), mtime=0), "Content-Encoding: gzip"),
        flooding(b"HTTP/1.1 200 OK\r\n\r\n", bytes(65536)),
        flooding(CHUNKED, b"8000\r\n" + bytes(0x8000) + b"\r\n"),
    ],
    ids=["compressed", "endless", "endless chunks"],
)
def test_a_long_body_is_cut(session: GuardedSession, script: Script) -> None:
    with serving_in_thread(script) as server:
        got = session.fetch("GET", server.url)

    assert (len(got.body), got.truncated) == (BODY_LIMIT, True)


@pytest.mark.parametrize(
    "script",
    [
        silence,
        dripping(b"HTTP/1.1 200 ", b"O"),
        dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(CHUNKED, b"1\r\nx\r\n"),
    ],
    ids=["silent", "status line", "headers", "body", "100", "chunks"],
)
def test_the_deadline_holds_for_the_whole_call(session: GuardedSession, script: Script) -> None:
    started = monotonic()

    assert code_of(session, script, deadline=0.3) is TransportError.TIMEOUT
    assert 0.29 < monotonic() - started < 0.8


def test_the_timeout_of_requests_is_the_deadline(session: GuardedSession) -> None:
    drip = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x")
    with serving_in_thread(drip) as server, pytest.raises(EgressError) as failed:
        session.get(server.url, timeout=0.3)

    assert failed.value.code is TransportError.TIMEOUT


def test_a_host_that_does_not_take_the_request_times_out(session: GuardedSession) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with pytest.raises(EgressError) as failed:
            session.fetch("POST", url, body=bytes(32_000_000), deadline=0.3)

    assert failed.value.code is TransportError.TIMEOUT


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (b"", TransportError.CONNECTION_RESET),
        (reset, TransportError.CONNECTION_RESET),
        (b"\x00\xff garbage\r\n\r\n", TransportError.INVALID_RESPONSE),
        (b"HTTP/1.1 abc\r\n\r\n", TransportError.INVALID_RESPONSE),
        (in_pieces(CHUNKED, b"nonsense\r\n"), TransportError.INVALID_RESPONSE),
        (CHUNKED + b"5\r\nab", TransportError.CONNECTION_RESET),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", TransportError.CONNECTION_RESET),
        (answer(b"not gzip", "Content-Encoding: gzip"), TransportError.INVALID_RESPONSE),
        (answer(b"x", "Content-Encoding: br"), TransportError.INVALID_RESPONSE),
        (answer(b"", "X-Long: " + "a" * 2_000_000), TransportError.RESPONSE_TOO_LARGE),
        (
            answer(b"", *(f"X-{n}: {'a' * 1000}" for n in range(2000))),
            TransportError.INVALID_RESPONSE,
        ),
        (
            flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
            TransportError.RESPONSE_TOO_LARGE,
        ),
    ],
)
def test_a_malformed_answer_has_one_typed_cause(
    session: GuardedSession, script: Script, code: TransportError
) -> None:
    assert code_of(session, script) is code


def test_a_port_where_nobody_listens_refuses(session: GuardedSession) -> None:
    with serving_in_thread(b"") as server:
        pass

    with pytest.raises(EgressError) as failed:
        session.fetch("GET", server.url)
    assert failed.value.code is TransportError.CONNECTION_REFUSED


def test_a_second_address_is_tried_when_the_first_refuses() -> None:
    names = Names(["::1", "127.0.0.1"])
    with (
        GuardedSession(LOOPBACK_OPEN, lookup=names) as session,
        serving_in_thread(answer(b"ok")) as server,
    ):
        assert session.fetch("GET", f"http://api.test:{server.port}/").body == b"ok"

    assert f"Host: api.test:{server.port}".encode() in server.requests[0]


def test_an_ipv6_address_can_be_the_host(session: GuardedSession) -> None:
    with serving_in_thread(answer(b"ok"), host="::1") as server:
        assert session.fetch("GET", server.url).body == b"ok"
    assert f"Host: [::1]:{server.port}\r\n".encode() in server.requests[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "①27.1"])
def test_a_forbidden_address_is_blocked_and_no_packet_sent(host: str) -> None:
    with (
        GuardedSession(AddressPolicy()) as session,
        serving_in_thread(answer()) as server,
    ):
        for call in (session.fetch, session.request):
            with pytest.raises(EgressError) as failed:
                call("GET", f"http://{host}:{server.port}/")
            assert failed.value.code is TransportError.BLOCKED_ADDRESS

    assert server.connections == 0


def test_a_name_that_rebinds_is_looked_up_once_and_refused_if_any_address_is() -> None:
    names = Names(["8.8.8.8", "10.0.0.1"], ["8.8.8.8"])
    with (
        GuardedSession(AddressPolicy(), lookup=names) as session,
        pytest.raises(EgressError) as failed,
    ):
        session.fetch("GET", "http://rebind.test/")

    assert failed.value.code is TransportError.BLOCKED_ADDRESS
    assert names.asked == ["rebind.test"]


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "http://user:pw@example.com/", "http://", "http://a b/"]
)
def test_a_url_that_is_none_is_blocked(session: GuardedSession, url: str) -> None:
    for call in (session.fetch, session.request):
        with pytest.raises(EgressError) as failed:
            call("GET", url)
        assert failed.value.code is TransportError.BLOCKED_ADDRESS


def test_a_header_that_cannot_be_sent_is_our_own_fault(session: GuardedSession) -> None:
    with pytest.raises(EgressError) as failed:
        session.fetch("GET", "http://127.0.0.1:9/", headers={"Authorization": "s3cret\n"})

    assert failed.value.code is TransportError.INTERNAL


def test_proxies_passwords_and_cookies_are_ignored(
    session: GuardedSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    session.proxies = {"http": "http://127.0.0.1:9"}

    with serving_in_thread(answer(b"", "Set-Cookie: a=b; Path=/")) as server:
        session.get(server.url)
        session.get(server.url)

    assert server.connections == 2
    assert not any(word in server.requests[1] for word in (b"Authorization", b"Cookie"))


def test_no_url_is_logged(session: GuardedSession, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving_in_thread(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n") as server:
        session.fetch("GET", f"{server.url}s3cret?key=s3cret")

    assert "s3cret" not in caplog.text
