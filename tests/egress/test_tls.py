"""Certificates: who is believed, for which name, and what each failure is called."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from egress.failures import EgressError
from egress.probing import Answer, NoAnswer, Prober, ProbeRequest, TransportError
from egress.session import GuardedSession
from tests.egress.servers import (
    LOOPBACK_OPEN,
    Names,
    Writer,
    answer,
    serving,
    serving_in_thread,
    silence,
)

NOW = datetime.now(UTC)
AUTHORITY = trustme.CA()
STRANGER = trustme.CA()


def server_side(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


def client_side() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


BAD_CERTIFICATES = [
    pytest.param(
        AUTHORITY.issue_cert(
            "api.test", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1)
        ),
        TransportError.TLS_EXPIRED,
        id="expired",
    ),
    pytest.param(
        AUTHORITY.issue_cert("api.test", not_before=NOW + timedelta(days=1)),
        TransportError.TLS_EXPIRED,
        id="not yet valid",
    ),
    pytest.param(
        STRANGER.issue_cert("api.test"), TransportError.TLS_UNTRUSTED, id="unknown authority"
    ),
    pytest.param(
        AUTHORITY.issue_cert("other.test"), TransportError.TLS_HOSTNAME, id="another name"
    ),
    pytest.param(
        AUTHORITY.issue_cert("127.0.0.1"), TransportError.TLS_HOSTNAME, id="only the address"
    ),
]


async def probe(port: int, *, host: str = "api.test", deadline: float = 5.0) -> Answer | NoAnswer:
    names = Names(["127.0.0.1"])
    async with Prober(LOOPBACK_OPEN, resolver=names, tls=client_side()) as prober:
        return await prober.send(
            ProbeRequest(method="GET", url=f"https://{host}:{port}/", headers={}, deadline=deadline)
        )


@pytest.mark.parametrize("host", ["api.test", "api.test.", "API.test"])
async def test_a_good_certificate_is_checked_against_the_name(host: str) -> None:
    async with serving(answer(b"ok"), tls=server_side(AUTHORITY.issue_cert("api.test"))) as server:
        outcome = await probe(server.port, host=host)

    assert isinstance(outcome, Answer)
    assert server.server_names == ["api.test"]


@pytest.mark.parametrize(("certificate", "code"), BAD_CERTIFICATES)
async def test_a_bad_certificate_has_its_own_code_and_no_fallback(
    certificate: trustme.LeafCert, code: TransportError
) -> None:
    async with serving(answer(b"ok"), tls=server_side(certificate)) as server:
        outcome = await probe(server.port)

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is code
    assert server.requests == []


async def test_a_server_without_tls_is_a_tls_error() -> None:
    async def plain(reader: asyncio.StreamReader, writer: Writer) -> None:
        await reader.read(1)
        writer.write(answer())
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    outcome = await probe(server.sockets[0].getsockname()[1])
    server.close()

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.TLS_ERROR


async def test_a_handshake_that_hangs_is_no_connection_in_time() -> None:
    async def mute(reader: asyncio.StreamReader, writer: Writer) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    outcome = await probe(server.sockets[0].getsockname()[1], deadline=0.2)
    server.close()
    await asyncio.sleep(0.01)  # for the server to see the end of the connection

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.CONNECTION_FAILED


async def test_silence_after_the_handshake_is_a_time_out() -> None:
    async with serving(silence, tls=server_side(AUTHORITY.issue_cert("api.test"))) as server:
        outcome = await probe(server.port, deadline=0.3)

    assert isinstance(outcome, NoAnswer)
    assert outcome.code is TransportError.TIMEOUT


def fetch(port: int) -> int:
    with GuardedSession(LOOPBACK_OPEN, lookup=Names(["127.0.0.1"]), tls=client_side()) as session:
        return session.fetch("GET", f"https://api.test:{port}/").status


def test_the_session_checks_a_good_certificate_against_the_name() -> None:
    certificate = AUTHORITY.issue_cert("api.test")
    with serving_in_thread(answer(b"ok"), tls=server_side(certificate)) as server:
        assert fetch(server.port) == 200

    assert server.server_names == ["api.test"]


@pytest.mark.parametrize(("certificate", "code"), BAD_CERTIFICATES)
def test_the_session_refuses_a_bad_certificate(
    certificate: trustme.LeafCert, code: TransportError
) -> None:
    with (
        serving_in_thread(answer(b"ok"), tls=server_side(certificate)) as server,
        pytest.raises(EgressError) as failed,
    ):
        fetch(server.port)

    assert failed.value.code is code
    assert server.requests == []


def test_the_session_cannot_be_talked_out_of_checking() -> None:
    with (
        serving_in_thread(answer(), tls=server_side(STRANGER.issue_cert("api.test"))) as server,
        GuardedSession(LOOPBACK_OPEN, lookup=Names(["127.0.0.1"])) as session,
        pytest.raises(EgressError) as failed,
    ):
        session.get(f"https://api.test:{server.port}/", verify=False)

    assert failed.value.code is TransportError.TLS_UNTRUSTED
