"""Reading an HTTP/1.1 request, as much of it as a simulated provider needs."""

import time
from base64 import b64decode
from typing import NamedTuple

MAX_HEAD = 64 * 1024  # bytes
MAX_BODY = 1024 * 1024  # bytes

# Where the APIs that we imitate expect an API key, besides `Authorization`.
_KEY_HEADERS = (b"x-api-key", b"private-token")
_SCHEMES = ("bearer", "token", "basic")


class Malformed(ValueError):
    """What arrived is not a request, or beyond our limits; the text says why."""


class Request(NamedTuple):
    """One request as it arrived. A named tuple, since thousands are made each second.

    `monotonic` and `wall` are seconds; `path` is the target as sent, `account` its first segment
    and `tail` the rest without the query. `credential` is the token, the API key or `user:secret`,
    None if nothing was presented. `head` is the request line and the headers.
    """

    monotonic: float
    wall: float
    method: str
    path: str
    account: str
    tail: str
    credential: str | None
    keep_alive: bool
    head: bytes
    body: bytes


def parse(data: bytes) -> tuple[Request, bytes] | None:
    """Return the first request of `data` and the bytes after it; None if more must arrive.

    Raises Malformed as soon as no continuation could make it a request.
    """
    line_end = data.find(b"\r\n")
    if line_end < 0:
        _check_unfinished(data)
        return None
    method, path, version = _request_line(data[:line_end])
    head_end = data.find(b"\r\n\r\n", line_end)
    if head_end < 0:
        _check_unfinished(data)
        return None
    head = data[: head_end + 2]
    lower = head.lower()
    body_start = head_end + 4
    body_end = body_start + _body_length(head, lower)
    if len(data) < body_end:
        return None
    account, slash, tail = path.partition("?")[0][1:].partition("/")
    request = Request(
        time.monotonic(),
        time.time(),
        method,
        path,
        account,
        slash + tail,
        _credential(head, lower),
        version == "HTTP/1.1" and b"\r\nconnection: close" not in lower,
        head,
        data[body_start:body_end],
    )
    return request, data[body_end:]


def _check_unfinished(data: bytes) -> None:
    if not data[:1].isupper():
        raise Malformed("not HTTP")
    if len(data) > MAX_HEAD:
        raise Malformed("the head is too long")


def _request_line(line: bytes) -> tuple[str, str, str]:
    match line.decode("latin-1").split(" "):
        case [method, path, ("HTTP/1.0" | "HTTP/1.1") as version] if (
            method.isalpha() and method.isupper() and path.startswith("/")
        ):
            return method, path, version
    raise Malformed("not a request line of HTTP/1.1")


def _body_length(head: bytes, lower: bytes) -> int:
    if b"\r\ntransfer-encoding:" in lower:
        raise Malformed("send a Content-Length; chunked requests are not read")
    length = _header(head, lower, b"content-length")
    if length is None:
        return 0
    if not (length.isascii() and length.isdigit()) or int(length[:9]) > MAX_BODY:
        raise Malformed("Content-Length is no number or too large")
    return int(length)


def _header(head: bytes, lower: bytes, name: bytes) -> str | None:
    start = lower.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 3
    return head[start : head.index(b"\r\n", start)].decode("latin-1").strip()


def _credential(head: bytes, lower: bytes) -> str | None:
    authorization = _header(head, lower, b"authorization")
    if authorization is None:
        keys = (_header(head, lower, name) for name in _KEY_HEADERS)
        return next((key for key in keys if key is not None), None)
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() not in _SCHEMES:
        return authorization
    return _user_and_secret(value) if scheme.lower() == "basic" else value


def _user_and_secret(encoded: str) -> str:
    try:
        return b64decode(encoded, validate=True).decode()
    except ValueError:
        return encoded
