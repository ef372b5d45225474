"""A library that brings calls of its own calls what it is lent, and nothing else."""

from __future__ import annotations

import pytest
import requests

from egress.failures import TransportError
from egress.lending import LENT, Loan, lend
from tests.egress.servers import LOOPBACK_OPEN, Script, Server, answer, serving_in_thread, silence

HERE = {"127.0.0.1"}


def refused(server: Server) -> None:
    with pytest.raises(requests.RequestException):
        LENT.post(server.url, data="secret", timeout=None, verify=False, allow_redirects=True)


def test_one_call_goes_out_and_is_told_of() -> None:
    with serving_in_thread(answer(b"taken", status="202 Accepted")) as server:
        with lend(LOOPBACK_OPEN, hosts=HERE) as loan:
            assert LENT.post(server.url, data="x").content == b"taken"
            refused(server)
        assert loan.answer is not None
        assert loan.answer.status == 202
        assert server.connections == 1


def test_nothing_goes_out_without_a_loan_or_to_another_host() -> None:
    with serving_in_thread(answer()) as server:
        refused(server)
        with lend(LOOPBACK_OPEN, hosts={"service.example"}) as loan:
            refused(server)
        assert loan.failure is TransportError.BLOCKED_ADDRESS
        refused(server)
        assert server.connections == 0


def test_what_the_library_says_of_redirects_and_time_is_not_heeded() -> None:
    def call(script: Script, deadline: float) -> Loan:
        with (
            serving_in_thread(script) as server,
            lend(LOOPBACK_OPEN, hosts=HERE, deadline=deadline) as loan,
        ):
            try:
                LENT.post(server.url, timeout=60, allow_redirects=True)
            except requests.RequestException:
                assert loan.failure is not None
            assert server.connections == 1
        return loan

    moved = call(answer(b"", "Location: /elsewhere", status="302 Found"), 5)
    assert moved.answer is not None
    assert moved.answer.status == 302
    assert call(silence, 0.1).failure is TransportError.TIMEOUT
