"""One HTTP call for a probe: one look-up, one connection, one request, one bounded answer."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from time import monotonic
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import http_exceptions
from yarl import URL

from egress.addresses import AddressPolicy, SplitUrl, UrlRefused, check_url, is_address
from egress.answers import Answer, NoAnswer, ProbeRequest
from egress.bodies import ACCEPT_ENCODING, BODY_LIMIT, CappedBody
from egress.failures import EgressError, TransportError, failure_of
from egress.headers import USER_AGENT, HeaderRefused, check_headers
from egress.pinning import Attempt, PinningConnector, current
from egress.resolving import AiodnsResolver, Resolver, SharedLookups, permitted
from egress.tls import trusted

__all__ = ["Answer", "NoAnswer", "ProbeRequest", "Prober", "TransportError"]

logger = logging.getLogger(__name__)

HEAD_LIMIT = 64 * 1024
"""Bytes of all of an answer's header names and values together."""

_KNOWN = (
    (http_exceptions.LineTooLong, TransportError.RESPONSE_TOO_LARGE),
    (aiohttp.ServerDisconnectedError, TransportError.CONNECTION_RESET),
    (http_exceptions.ContentLengthError, TransportError.CONNECTION_RESET),
    (http_exceptions.TransferEncodingError, TransportError.CONNECTION_RESET),
    (http_exceptions.HttpProcessingError, TransportError.INVALID_RESPONSE),
    (aiohttp.ClientPayloadError, TransportError.CONNECTION_RESET),
    (UrlRefused, TransportError.BLOCKED_ADDRESS),
    (HeaderRefused, TransportError.INTERNAL),  # headers are checked when they are saved
)


class Prober:
    """Makes calls under one address policy. One for each event loop, entered with ``async with``.

    ``resolver`` and ``tls`` are for tests; left out, they are the machine's name servers and
    authorities.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._tls = tls or trusted()
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": ACCEPT_ENCODING}

    async def __aenter__(self) -> Self:
        self._lookup = self._resolver or SharedLookups(AiodnsResolver())
        self._session = aiohttp.ClientSession(
            connector=PinningConnector(self._tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            skip_auto_headers=("Accept", "Content-Type"),
            auto_decompress=False,  # CappedBody does it
            # aiohttp rounds time-outs above five seconds up to whole ones; `send` has its own.
            timeout=aiohttp.ClientTimeout(),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()
        await self._lookup.close()

    async def send(self, request: ProbeRequest) -> Answer | NoAnswer:
        """Make the call. Raises nothing but CancelledError, whatever is asked or answered.

        A deadline that has passed beats everything: an answer completed after it is a time-out.
        """
        started = monotonic()
        attempt = Attempt()
        outcome: tuple[int, Mapping[str, str], bytes, bool] | TransportError
        try:
            async with asyncio.timeout(request.deadline):
                outcome = await self._exchange(request, attempt)
        except Exception as error:
            outcome = _failure(error, attempt)
        elapsed = monotonic() - started
        latency_ms = round(elapsed * 1000)
        if elapsed > request.deadline:
            outcome = attempt.late
        if isinstance(outcome, TransportError):
            return NoAnswer(code=outcome, latency_ms=latency_ms)
        status, headers, body, truncated = outcome
        return Answer(
            status=status, headers=headers, body=body, truncated=truncated, latency_ms=latency_ms
        )

    async def _exchange(
        self, request: ProbeRequest, attempt: Attempt
    ) -> tuple[int, Mapping[str, str], bytes, bool]:
        check_headers(request.headers)
        url = check_url(request.url)
        attempt.addresses = await self._addresses(url)
        attempt.late = TransportError.CONNECTION_FAILED
        current.set(attempt)
        response = await self._session.request(
            request.method,
            URL.build(
                scheme=url.scheme,
                host=f"[{url.host}]" if ":" in url.host else url.host,
                port=url.port,
                path=url.path,
                query_string=url.query,
                encoded=True,
            ),
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
        )
        try:
            if sum(len(name) + len(value) for name, value in response.raw_headers) > HEAD_LIMIT:
                raise EgressError(TransportError.RESPONSE_TOO_LARGE)
            return response.status, response.headers, *await _read_body(response)
        finally:
            response.close()

    async def _addresses(self, url: SplitUrl) -> list[str]:
        found = [url.host] if is_address(url.host) else await self._lookup.lookup(url.host)
        return permitted(self._policy, found, url.port)


async def _read_body(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    if 300 <= response.status < 400:
        return b"", False
    body = CappedBody(encoding=response.headers.get("Content-Encoding", ""), limit=BODY_LIMIT)
    while chunk := await response.content.readany():
        if body.feed(chunk):
            break
    return body.finish()


def _failure(error: Exception, attempt: Attempt) -> TransportError:
    code = failure_of(error, late=attempt.late, known=_KNOWN)
    if code is not None:
        return code
    if attempt.late is TransportError.TIMEOUT:
        return TransportError.INVALID_RESPONSE  # a library stumbled over the answer
    logger.error("A probe failed inside the client: %s", type(error).__name__)
    return TransportError.INTERNAL
