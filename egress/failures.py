"""Why a call to the outside brought no answer: codes with fixed sentences of our own."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator, Sequence
from enum import StrEnum


class TransportError(StrEnum):
    """What kept an answer away. The value is the code that is stored and shown."""

    TIMEOUT = "timeout"
    DNS_FAILURE = "dns_failure"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_FAILED = "connection_failed"
    CONNECTION_RESET = "connection_reset"
    TLS_EXPIRED = "tls_expired"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_HOSTNAME = "tls_hostname"
    TLS_ERROR = "tls_error"
    BLOCKED_ADDRESS = "blocked_address"
    INVALID_RESPONSE = "invalid_response"
    RESPONSE_TOO_LARGE = "response_too_large"
    INTERNAL = "internal"
    """Ours, not theirs: no file descriptor left, a request that HTTP can't carry, a defect."""

    @property
    def sentence(self) -> str:
        """The fixed sentence that people read; it holds nothing of the call itself."""
        return _SENTENCES[self]


_SENTENCES = {
    TransportError.TIMEOUT: "The API accepted the connection but did not answer in time.",
    TransportError.DNS_FAILURE: "The host name could not be resolved to an address.",
    TransportError.CONNECTION_REFUSED: "The host refused the connection.",
    TransportError.CONNECTION_FAILED: "No connection to the host could be made in time.",
    TransportError.CONNECTION_RESET: "The connection was closed before the answer was complete.",
    TransportError.TLS_EXPIRED: "The host's TLS certificate is not valid today.",
    TransportError.TLS_UNTRUSTED: "The host's TLS certificate comes from no trusted authority.",
    TransportError.TLS_HOSTNAME: "The host's TLS certificate was issued for another name.",
    TransportError.TLS_ERROR: "No secure (TLS) connection to the host could be agreed on.",
    TransportError.BLOCKED_ADDRESS: (
        "Nothing was sent: the URL, or an address behind it, is not one that may be called."
    ),
    TransportError.INVALID_RESPONSE: "The answer is not valid HTTP, or its body cannot be decoded.",
    TransportError.RESPONSE_TOO_LARGE: "The answer is larger than the limit.",
    TransportError.INTERNAL: "The call could not be made because of a fault on our side.",
}


class EgressError(Exception):
    """A call that brought no answer. Its text is the code's sentence and nothing else."""

    def __init__(self, code: TransportError) -> None:
        super().__init__(code.sentence)
        self.code = code


CauseTable = Sequence[tuple[type[BaseException] | tuple[type[BaseException], ...], TransportError]]

# OpenSSL's X509_V_ERR_* numbers, as SSLCertVerificationError.verify_code carries them.
_VERIFY_CODES = {
    9: TransportError.TLS_EXPIRED,  # not yet valid
    10: TransportError.TLS_EXPIRED,
    62: TransportError.TLS_HOSTNAME,
    64: TransportError.TLS_HOSTNAME,  # an IP address
}

# A machine that runs out of these can't blame the host that it meant to call.
_OUR_ERRNOS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}

_ERRNOS = {
    errno.ECONNREFUSED: TransportError.CONNECTION_REFUSED,
    errno.ECONNRESET: TransportError.CONNECTION_RESET,
    errno.ECONNABORTED: TransportError.CONNECTION_RESET,
    errno.EPIPE: TransportError.CONNECTION_RESET,
    errno.ESHUTDOWN: TransportError.CONNECTION_RESET,
    **dict.fromkeys(_OUR_ERRNOS, TransportError.INTERNAL),
}

_EVERYWHERE: CauseTable = (
    (ssl.SSLError, TransportError.TLS_ERROR),
    (ConnectionResetError, TransportError.CONNECTION_RESET),  # asyncio's has no number
)


def failure_of(
    error: BaseException, *, late: TransportError, known: CauseTable
) -> TransportError | None:
    """The code of an exception, judged by types and numbers from its root outwards.

    ``late`` is what running out of time means at this stage of the call, ``known`` the client
    library's own exceptions. None: nothing in the chain is a failure of the network.
    """
    for link in reversed(list(_chain(error))):
        code = _code(link, late=late, known=known)
        if code is not None:
            return code
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _code(
    error: BaseException, *, late: TransportError, known: CauseTable
) -> TransportError | None:
    if isinstance(error, EgressError):
        return error.code
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_CODES.get(error.verify_code, TransportError.TLS_UNTRUSTED)
    if isinstance(error, TimeoutError):
        return late
    for types, code in (*known, *_EVERYWHERE):
        if isinstance(error, types):
            return code
    if isinstance(error, OSError):  # without a number: several addresses, each with its own
        return _ERRNOS.get(error.errno or 0, TransportError.CONNECTION_FAILED)
    return None
