"""The bytes of an answer: what each imitated API says at its path, for a good and a bad token."""

import json
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from itertools import repeat
from typing import Any

from demo.behaviour import Behaviour

_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

# Path below the account -> the body of a success.
_SUCCESSES: dict[str, dict[str, Any]] = {
    "/rest/api/3/myself": {
        "accountId": "5b10a2844c20165700ede21g",
        "emailAddress": "mia@example.com",
        "displayName": "Mia Example",
        "active": True,
    },
    "/me": {"user": {"id": 12345678, "username": "mia", "email": "mia@example.com"}},
    "/api/v1/user": {"result": {"id": 1, "name": "Mia Example", "email": "mia@example.com"}},
    "/api/auth.test": {"ok": True, "team": "Example", "user": "mia", "user_id": "U0123ABCD"},
    "/user": {"login": "mia", "id": 583231, "type": "User"},
}
_OTHER_SUCCESS = {"id": 1, "status": "ok"}

# Slack reports a dead token with 200 and a flag in the body; the other APIs use the status.
_REFUSED_IN_BODY: dict[str, dict[str, Any]] = {
    "/api/auth.test": {"ok": False, "error": "invalid_auth"},
}


@lru_cache(maxsize=512)
def answer_bytes(behaviour: Behaviour, tail: str, method: str) -> bytes:
    """Return the whole answer at the path `tail` below the account; empty if there is none."""
    if behaviour.raw is not None:
        return behaviour.raw
    if behaviour.hang:
        return b""
    status, body = _status_and_body(behaviour, tail)
    return render(status, body, headers=behaviour.headers, head_only=method == "HEAD")


def pieces(behaviour: Behaviour, answer: bytes) -> Iterator[bytes]:
    """Cut the answer of a dripping or endless behaviour into what is written at a time."""
    if behaviour.endless:
        yield answer
        yield from repeat(behaviour.endless)
    for position in range(len(answer)):
        yield answer[position : position + 1]


def render(
    status: int,
    body: bytes,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    head_only: bool = False,
) -> bytes:
    """Write an HTTP/1.1 answer with a JSON body."""
    lines = [f"HTTP/1.1 {status} {_phrase(status)}"]
    if status not in _BODILESS:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if head_only or status in _BODILESS else head + body


def _status_and_body(behaviour: Behaviour, tail: str) -> tuple[int, bytes]:
    status = behaviour.status
    if behaviour.body is not None:
        return status, behaviour.body
    if status == HTTPStatus.UNAUTHORIZED and tail in _REFUSED_IN_BODY:
        return HTTPStatus.OK, json.dumps(_REFUSED_IN_BODY[tail]).encode()
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return status, json.dumps(_SUCCESSES.get(tail, _OTHER_SUCCESS)).encode()
    return status, json.dumps({"message": _phrase(status)}).encode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
