"""The guarded requests session, for what speaks requests: OAuth, webhooks, imports."""

from __future__ import annotations

import io
import logging
import ssl
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected
from time import monotonic
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import exceptions as urllib3_exceptions

from egress.addresses import AddressPolicy, UrlRefused, check_url
from egress.answers import Answer
from egress.blocking import BlockingCall, PinnedAdapter
from egress.bodies import ACCEPT_ENCODING, BODY_LIMIT, CappedBody
from egress.failures import EgressError, TransportError, failure_of
from egress.headers import USER_AGENT, HeaderRefused, check_headers
from egress.resolving import BlockingLookup, BlockingResolver
from egress.tls import trusted

__all__ = ["Answer", "EgressError", "GuardedSession", "TransportError"]

logger = logging.getLogger(__name__)

DEADLINE = 10.0
"""Seconds for a whole call whose caller says nothing."""

_CHUNK = 16 * 1024

_KNOWN = (
    (RemoteDisconnected, TransportError.CONNECTION_RESET),
    (LineTooLong, TransportError.RESPONSE_TOO_LARGE),
    (urllib3_exceptions.InvalidChunkLength, TransportError.INVALID_RESPONSE),
    (IncompleteRead, TransportError.CONNECTION_RESET),
    (HTTPException, TransportError.INVALID_RESPONSE),
    (UrlRefused, TransportError.BLOCKED_ADDRESS),
    (HeaderRefused, TransportError.INTERNAL),
    (requests.exceptions.InvalidURL, TransportError.BLOCKED_ADDRESS),
    (requests.exceptions.InvalidHeader, TransportError.INTERNAL),
    # Only tests that replace the network raise these bare.
    (requests.exceptions.SSLError, TransportError.TLS_ERROR),
    (requests.exceptions.ConnectTimeout, TransportError.CONNECTION_FAILED),
    (requests.exceptions.Timeout, TransportError.TIMEOUT),
    (requests.exceptions.ConnectionError, TransportError.CONNECTION_FAILED),
    (requests.exceptions.RequestException, TransportError.INTERNAL),
)

# urllib3 logs URLs with their query strings, which can hold secrets.
logging.getLogger("urllib3.connectionpool").addFilter(lambda record: False)
logging.getLogger("urllib3.connection").addFilter(lambda record: False)


class GuardedSession(requests.Session):
    """A requests session that reaches only what the policy permits, and never waits for long.

    ``fetch`` is for our own code. The methods of requests work as well, for libraries that want
    them: ``timeout`` is then the deadline of the whole call, the body is read at once and must
    fit BODY_LIMIT, no redirect is followed, no cookie kept, and neither ``verify`` nor ``proxies``
    is heeded. Everything that fails raises EgressError.
    ``lookup`` and ``tls`` are for tests.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        lookup: BlockingLookup | None = None,
        tls: ssl.SSLContext | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers = CaseInsensitiveDict(
            {
                "User-Agent": user_agent,
                "Accept": "*/*",
                "Accept-Encoding": ACCEPT_ENCODING,
                "Connection": "close",
            }
        )
        self._guard = _GuardedAdapter(policy, lookup=lookup, tls=tls or trusted())

    def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        data: Mapping[str, str] | None = None,
        json: object = None,
        deadline: float = DEADLINE,
        max_bytes: int = BODY_LIMIT,
    ) -> Answer:
        """One call, at most ``deadline`` seconds long; ``max_bytes`` of its decoded body are kept.

        ``body`` is sent as it is, ``data`` as a form, ``json`` as JSON: one of them at most.
        Raises EgressError.
        """
        started = monotonic()
        response, content, truncated = self._guard.exchange(
            self.prepare_request(
                requests.Request(method, url, headers=headers, data=body or data, json=json)
            ),
            deadline=deadline,
            max_bytes=max_bytes,
        )
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=content,
            truncated=truncated,
            latency_ms=round((monotonic() - started) * 1000),
        )

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As requests', but what it would refuse with a text of its own is an EgressError."""
        try:
            check_url(str(request.url))
            check_headers(dict(request.headers or {}))
            return super().prepare_request(request)
        except Exception as error:
            code = _failure(error, TransportError.CONNECTION_FAILED)
        raise EgressError(code)

    def get_adapter(self, url: str | bytes) -> BaseAdapter:
        """One adapter for every URL: it refuses what isn't http or https itself."""
        return self._guard

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer is a redirect, whatever ``allow_redirects`` says."""
        return

    def close(self) -> None:
        self._guard.close()
        super().close()


class _GuardedAdapter(BaseAdapter):
    def __init__(
        self, policy: AddressPolicy, *, lookup: BlockingLookup | None, tls: ssl.SSLContext
    ) -> None:
        super().__init__()
        self._policy = policy
        self._lookup = lookup or BlockingResolver()
        self._tls = tls

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        deadline = timeout if isinstance(timeout, (int, float)) else DEADLINE
        response, body, truncated = self.exchange(request, deadline=deadline, max_bytes=BODY_LIMIT)
        if truncated:
            raise EgressError(TransportError.RESPONSE_TOO_LARGE)
        response.raw = io.BytesIO(body)
        return response

    def exchange(
        self, request: requests.PreparedRequest, *, deadline: float, max_bytes: int
    ) -> tuple[requests.Response, bytes, bool]:
        """The answer, its body, and whether that was cut at ``max_bytes``. Raises EgressError."""
        try:
            url = check_url(request.url or "")
        except UrlRefused:
            code = TransportError.BLOCKED_ADDRESS
        else:
            call = BlockingCall(
                url,
                policy=self._policy,
                lookup=self._lookup,
                deadline=deadline,
                max_bytes=max_bytes,
            )
            try:
                return self._answer(request, call, max_bytes)
            except Exception as error:
                code = _failure(error, call.late)
        # Outside the handlers, so that no other exception hangs on this one.
        raise EgressError(code)

    def _answer(
        self, request: requests.PreparedRequest, call: BlockingCall, max_bytes: int
    ) -> tuple[requests.Response, bytes, bool]:
        with closing(PinnedAdapter(call, self._tls)) as adapter:
            response = adapter.send(request, stream=True, timeout=call.remaining())
            with closing(response):
                body, truncated = _read_body(response, max_bytes)
        call.remaining()  # an answer completed after the deadline is none
        return response, body, truncated

    def close(self) -> None:
        if isinstance(self._lookup, BlockingResolver):
            self._lookup.close()


def _read_body(response: requests.Response, max_bytes: int) -> tuple[bytes, bool]:
    if 300 <= response.status_code < 400:
        return b"", False
    body = CappedBody(encoding=response.headers.get("Content-Encoding", ""), limit=max_bytes)
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        if body.feed(chunk):
            break
    return body.finish()


def _failure(error: Exception, late: TransportError) -> TransportError:
    code = failure_of(error, late=late, known=_KNOWN)
    if code is not None:
        return code
    if late is TransportError.TIMEOUT:
        return TransportError.INVALID_RESPONSE  # a library stumbled over the answer
    logger.error("A call failed inside the client: %s", type(error).__name__)
    return TransportError.INTERNAL
