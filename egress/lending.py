"""The guarded session for a library that calls `requests` by itself.

The library's module gets LENT in the place of `requests`. What it calls while a Loan is open goes
to the loan's hosts only, once, within its deadline; outside a loan nothing is called at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from egress.addresses import AddressPolicy
from egress.answers import Answer
from egress.failures import EgressError, TransportError
from egress.session import DEADLINE, GuardedSession


@dataclass
class Loan:
    """What a library may call, and what came of it: an answer without its body, or a failure.

    Neither: it called nothing.
    """

    policy: AddressPolicy
    hosts: Collection[str]
    deadline: float
    answer: Answer | None = field(default=None, init=False)
    failure: TransportError | None = field(default=None, init=False)

    def call(self, method: str, url: str, **options: Any) -> requests.Response:
        if self.answer is not None or self.failure is not None:
            raise requests.RequestException("One call is all.")
        try:
            if urlsplit(url).hostname not in self.hosts:
                raise EgressError(TransportError.BLOCKED_ADDRESS)
            with GuardedSession(self.policy) as session:
                response = session.request(method, url, timeout=self.deadline, **options)
        except EgressError as error:
            self.failure = error.code
            raise requests.RequestException(error.code.sentence) from None
        self.answer = Answer(
            status=response.status_code,
            headers=response.headers,
            body=b"",
            truncated=False,
            latency_ms=0,
        )
        return response


_open: ContextVar[Loan | None] = ContextVar("loan", default=None)


@contextmanager
def lend(
    policy: AddressPolicy, *, hosts: Collection[str], deadline: float = DEADLINE
) -> Iterator[Loan]:
    """Let what a library calls meanwhile, in this thread, go out: one call."""
    loan = Loan(policy=policy, hosts=hosts, deadline=deadline)
    token = _open.set(loan)
    try:
        yield loan
    finally:
        _open.reset(token)


class LentRequests:
    """As much of the module `requests` as libraries use."""

    RequestException = requests.RequestException
    codes = requests.codes

    # What a library says of time-outs, certificates and redirects is not asked for.
    _IGNORED = frozenset({"timeout", "verify", "allow_redirects"})

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        loan = _open.get()
        if loan is None:
            raise requests.RequestException("Nothing is called outside a loan.")
        heeded = {name: value for name, value in options.items() if name not in self._IGNORED}
        return loan.call(method, url, **heeded)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self.request("POST", url, **options)


LENT = LentRequests()
