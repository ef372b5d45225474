"""What token endpoints really answer, and what it means."""

import base64
import json
from typing import Any

import pytest

from connections.oauth.lifetimes import LEAST_PAUSE, LONGEST_PAUSE, lead, next_refresh, pause_after
from connections.oauth.protocol import Client, Failed, Refused, Tokens, read_answer, refresh_body
from egress.answers import Answer


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.sig"


def read(status: int, body: Any, *, truncated: bool = False) -> Tokens | Refused | Failed:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(status=status, headers={}, body=content, truncated=truncated, latency_ms=1)
    return read_answer(answer, retry_after=7)


@pytest.mark.parametrize(
    ("body", "lifetime"),
    [
        ({"access_token": "a", "expires_in": 3600}, 3600),
        ({"access_token": "a", "expires_in": "3600"}, 3600),
        ({"access_token": "a", "expires_in": 12.5, "scope": 5}, 12.5),
        ({"access_token": "a", "expires_in": "soon"}, None),
        ({"access_token": "a", "expires_in": -1, "refresh_token": None}, None),
        ({"access_token": "a", "expires_in": 1e300}, None),
        ({"access_token": jwt(iat=1000, exp=1900)}, 900),
        ({"access_token": jwt(exp="x")}, None),
        (b"access_token=a&expires_in=60&token_type=bearer", 60),
    ],
)
def test_tokens_are_read_leniently(body: Any, lifetime: float | None) -> None:
    found = read(200, body)
    assert isinstance(found, Tokens)
    assert (found.lifetime, found.refresh_token) == (lifetime, None)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_grant"}),
        (401, {"error": "expired_token", "error_description": "canary"}),
        (403, {"error": "token_revoked"}),
        (200, {"error": "bad_refresh_token"}),
        (200, {"ok": False, "error": "invalid_refresh_token"}),
        (400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}),
        (403, {"error": "unauthorized_client", "error_description": "refresh_token is invalid"}),
    ],
)
def test_a_dead_grant_is_a_refusal_whatever_the_status(status: int, body: Any) -> None:
    assert read(status, body) == Refused()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, {"error": "invalid_grant"}, "http_503"),
        (429, {"error": "invalid_grant"}, "http_429"),
        (400, {"error": "temporarily_unavailable"}, "http_400"),
        (401, {"error": "invalid_client"}, "http_401"),
        (403, {"error": "unauthorized_client"}, "http_403"),
        (400, {"error": "a_word_of_their_own"}, "http_400"),
        (200, {"ok": False, "error": "ratelimited"}, "invalid_response"),
        (404, {"error": "Not Found"}, "http_404"),
        (400, {"error": {"message": "canary"}}, "http_400"),
        (400, b"<html>", "http_400"),
        (302, b"", "http_302"),
        (200, b"<html>", "invalid_response"),
        (200, [1], "invalid_response"),
        (200, {"access_token": "new\nline"}, "invalid_response"),
        (200, {"access_token": 5}, "invalid_response"),
        (200, b"[" * 100_000, "invalid_response"),
    ],
    ids=str,
)
def test_all_else_is_a_failure_that_may_pass(status: int, body: Any, code: str) -> None:
    assert read(status, body) == Failed(code=code, retry_after=7)


def test_an_answer_that_was_cut_is_no_answer() -> None:
    assert read(200, {"access_token": "a"}, truncated=True) == Failed(code="response_too_large")


def test_the_client_stands_in_the_form_or_in_the_header() -> None:
    posted = Client(id="a b", secret="s&", method="client_secret_post")
    assert "client_id=a+b&client_secret=s%26" in refresh_body(posted, "r")
    basic = Client(id="a b", secret="s&", method="client_secret_basic")
    assert "client_id" not in refresh_body(basic, "r")
    pair = base64.b64decode(basic.headers["Authorization"].removeprefix("Basic "))
    assert pair == b"a+b:s%26"
    public = Client(id="a", secret="", method="client_secret_basic")
    assert (public.headers, "client_id=a" in refresh_body(public, "r")) == ({}, True)
    assert "s&" not in repr(basic)


@pytest.mark.parametrize(
    ("lifetime", "least", "most"),
    [(60, 27, 33), (200, 54, 66), (3600, 648, 792), (10**6, 810, 990)],
)
def test_tokens_are_renewed_ahead_of_their_end(lifetime: int, least: int, most: int) -> None:
    assert all(least <= lead(lifetime) <= most for _ in range(50))


def test_a_short_life_is_no_reason_to_hurry() -> None:
    assert [next_refresh(lifetime) for lifetime in (0.5, 10, 60)] == [LEAST_PAUSE] * 3
    assert next_refresh(3600) > 2700


def test_failures_back_off() -> None:
    assert [pause_after(n, None) for n in (1, 2, 3, 500)] == [30, 60, 120, LONGEST_PAUSE]
    assert [pause_after(1, seconds) for seconds in (5, 300, 1e9)] == [30, 300, LONGEST_PAUSE]
