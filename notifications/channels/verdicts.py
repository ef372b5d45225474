"""What an answer, or none, means for a message."""

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus

from egress.failures import TransportError
from egress.limits import read_retry_after
from notifications.channels.base import DeliveryError

_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_SENTENCES = {TransportError.TIMEOUT: "The receiver did not answer in time."}  # it is no API


def check_status(status: int, headers: Mapping[str, str]) -> None:
    """Return for a 2xx. Raises DeliveryError for all others."""
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise DeliveryError(
            "redirect", "The answer was a redirect, which is not followed.", permanent=True
        )
    if status == HTTPStatus.GONE:
        raise DeliveryError(
            "gone",
            "The receiver answered 410: it wants no more messages.",
            permanent=True,
            gone=True,
        )
    passing = status >= 500 or status in _MAY_PASS
    raise DeliveryError(
        f"http_{status}",
        f"The receiver answered {status}{_reason(status)}.",
        permanent=not passing,
        retry_after=_wait(headers) if passing else None,
    )


def no_answer(code: TransportError) -> DeliveryError:
    """Return what it means that no answer came: an address that may not be called stays so."""
    blocked = code is TransportError.BLOCKED_ADDRESS
    return DeliveryError(code.value, _SENTENCES.get(code, code.sentence), permanent=blocked)


def _reason(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _wait(headers: Mapping[str, str]) -> dt.timedelta | None:
    seconds = read_retry_after(headers)
    return None if seconds is None else dt.timedelta(seconds=seconds)
