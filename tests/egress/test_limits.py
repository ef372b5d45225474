"""What answers say of limits, in the spellings that are in use."""

import pytest
from multidict import CIMultiDict

from egress.limits import Allowance, read_allowance, read_retry_after
from egress.moments import read_moment

NOON = {"Date": "Sun, 25 Jan 2026 12:00:00 GMT"}
ONE_O_CLOCK = 1_769_346_000  # seconds since 1970


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("1000000000", 1e9),
        ("99999999999999", 9999999999),
        ("Sun, 25 Jan 2026 12:01:30 GMT", 90),
        ("Sun, 25 Jan 2026 11:00:00 GMT", 0),
        ("2026-01-25T12:01:30Z", 90),
        ("abc", None),
        ("-5", None),
        ("", None),
        ("\uff11\uff12", None),
        ("Sun, 99 Jan 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read(value: str, seconds: float | None) -> None:
    assert read_retry_after(CIMultiDict(NOON, **{"Retry-After": value})) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RetryAfter": "7"}, 7),
        ({"X-RateLimit-RetryAfter": "7"}, 7),
        ({"Retry-After": "7", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "600"}, 7),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "600"}, 600),
        ({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "600"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}, None),
    ],
)
def test_a_refusal_says_in_other_words_how_long_to_wait(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert read_retry_after(CIMultiDict(headers)) == seconds


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("90", 90),
        ("0.5", 0.5),
        (f"{ONE_O_CLOCK}", 3600),
        (f"{ONE_O_CLOCK}.5", 3600.5),
        (f"{ONE_O_CLOCK}000", 3600),
        (f"{ONE_O_CLOCK - 7200}", 0),
        ("2026-01-25T13:00Z", 3600),
        ("2026-01-25 13:00:00 UTC", 3600),
        ("2026-01-25 09:00:00 -0400", 3600),
        ("Sun, 25 Jan 2026 13:00:00 GMT", 3600),
        ("1m30s", 90),
        ("250ms", 0.25),
        ("60, 3600", 60),
    ],
)
def test_a_reset_is_a_time_from_now_or_a_moment(reset: str, seconds: float) -> None:
    headers = CIMultiDict(NOON, **{"X-RateLimit-Remaining": "12", "X-RateLimit-Reset": reset})
    assert read_allowance(headers) == Allowance(remaining=12, resets_in=seconds)


@pytest.mark.parametrize(
    ("headers", "remaining", "resets_in"),
    [
        ({"x-ratelimit-remaining": "9", "x-ratelimit-reset": "30"}, 9, 30),
        ({"RateLimit-Remaining": "9", "RateLimit-Reset": "30"}, 9, 30),
        ({"X-Rate-Limit-Remaining": "9", "ratelimit-reset": "30"}, 9, 30),
        ({"X-RateLimit-Requests-Remaining": "9", "X-RateLimit-Requests-Reset": "30"}, 9, 30),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "30s"}, 9, 30),
        ({"X-Sentry-Rate-Limit-Remaining": "9", "X-Sentry-Rate-Limit-Reset": "30"}, 9, 30),
        ({"RateLimit": "limit=100, remaining=9, reset=30"}, 9, 30),
        ({"RateLimit": '"default";r=9;t=30'}, 9, 30),
        ({"RateLimit": '"a";r=9', "RateLimit-Policy": '"b";q=1;w=2, "a";q=10;w=30'}, 9, 30),
        ({"RateLimit": '"burst";r=9;t=1, "daily";r=9;t=30'}, 9, 30),
        (
            {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "30"}
            | {"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "60"},
            0,
            30,
        ),
    ],
)
def test_the_scarcest_limit_is_found_in_every_spelling(
    headers: dict[str, str], remaining: float, resets_in: float
) -> None:
    found = read_allowance(CIMultiDict(headers))
    assert found == Allowance(remaining=remaining, resets_in=resets_in)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-RateLimit-Remaining": "9"},
        {"X-RateLimit-Reset": "9"},
        {"X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "30"},
        {"X-RateLimit-Remaining": "nan", "X-RateLimit-Reset": "30"},
        {"X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "soon"},
        {"X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "9" * 400},
        {"X-RateLimit-Remaining-Day": "9", "X-RateLimit-Reset-Hour": "30"},
        {"RateLimit": '"default";r=9'},
        {"RateLimit": '";=;,,"'},
        {"rate-limit-" * 500 + "remaining": "9"},
    ],
)
def test_nonsense_is_ignored(headers: dict[str, str]) -> None:
    assert read_allowance(CIMultiDict(headers)) is None


@pytest.mark.parametrize("text", ["2030-01-31" + " " * 60_000 + "x", "1" * 60_000, "Mon, " * 9_000])
def test_a_text_that_could_take_a_parsers_time_is_not_read(text: str) -> None:
    assert read_moment(text) is None
