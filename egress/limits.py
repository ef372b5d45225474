"""What an answer says of its API's limits, in all the ways that are in use.

Pure and tolerant: what makes no sense counts as not said.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from egress.moments import EARLIEST, read_moment, read_number

_Limit = tuple[str, str]

_RETRY_AFTER = ("Retry-After", "RetryAfter", "X-RateLimit-RetryAfter")  # the two latter: Postman
_LONGEST = 500  # characters of a field's value that are looked at
_LONGEST_NAME = 64  # a longer one is none of these, and could take the pattern's time
# In names in lower case: X-RateLimit-Remaining, RateLimit-Reset, X-Rate-Limit-Remaining,
# X-RateLimit-Requests-Reset, x-ratelimit-remaining-requests, anthropic-ratelimit-tokens-reset …
_FIELD = re.compile(r"(?:x-)?([a-z-]*?)rate-?limit-(?:([a-z-]+)-)?(remaining|reset)(?:-([a-z-]+))?")
_PARAMETER = re.compile(r"([a-z]+)\s*=\s*(\d{1,12})", re.ASCII)
_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[dhms]))+", re.ASCII)  # 1m30s, as OpenAI has
_PART = re.compile(r"([\d.]+)(ms|[dhms])", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """How many calls are left within the next so many seconds; then the count begins anew."""

    remaining: float
    resets_in: float

    @property
    def scarcity(self) -> tuple[float, float]:
        """What grows as less is left for longer."""
        apart = self.resets_in / self.remaining if self.remaining else float("inf")
        return apart, self.resets_in


def read_allowance(headers: Mapping[str, str]) -> Allowance | None:
    """Return what is left, by the scarcest of the limits that an answer tells of.

    A reset is in seconds from now, a moment (egress.moments) or a duration such as 1m30s.
    """
    limits: defaultdict[_Limit, dict[str, str]] = defaultdict(dict)
    for name, value in headers.items():
        if len(name) <= _LONGEST_NAME and (place := _place(name)):
            limit, what = place
            limits[limit][what] = value[:_LONGEST]
    found = list(_in_fields(limits, headers.get("Date", ""))) if limits else []
    if structured := headers.get("RateLimit"):
        found += _structured(structured, headers.get("RateLimit-Policy", ""))
    return max(found, key=lambda allowance: allowance.scarcity, default=None)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a refusal asks to wait, or None.

    By Retry-After (RFC 9110, 10.2.3), else by the reset of an allowance that is used up.
    """
    for name in _RETRY_AFTER:
        text = headers.get(name, "")[:_LONGEST].strip()
        if text.isdecimal() and text.isascii():
            return float(text[:10])
        if (until := read_moment(text)) is not None:
            return _seconds_until(until, headers.get("Date", ""))
    allowance = read_allowance(headers)
    return (allowance.resets_in or None) if allowance and allowance.remaining < 1 else None


@functools.lru_cache(maxsize=2048)  # of each answer every name is asked for
def _place(name: str) -> tuple[_Limit, str] | None:
    """Return which limit a field is about, and whether it has what remains or the reset.

    The names of the two differ in nothing else, but for the X- and a hyphen.
    """
    match = _FIELD.fullmatch(name.lower())
    if match is None:
        return None
    vendor, before, what, after = match.groups("")
    return (vendor, before or after), what


def _in_fields(limits: Mapping[_Limit, Mapping[str, str]], date: str) -> Iterator[Allowance]:
    for limit in limits.values():
        remaining = read_number(_first(limit.get("remaining", "")))
        resets_in = _read_reset(_first(limit.get("reset", "")), date)
        if remaining is not None and resets_in is not None:
            yield Allowance(remaining=remaining, resets_in=resets_in)


def _first(value: str) -> str:
    """Return the first of a list; but HTTP dates have a comma of their own."""
    first = value.partition(",")[0].strip()
    return value.strip() if first.isalpha() else first


def _structured(field: str, policy: str) -> Iterator[Allowance]:
    """Read draft-ietf-httpapi-ratelimit-headers: `"name";r=50;t=30` since its version 08, where
    the window of the policy of that name stands in for a missing `t`; and `limit=100,
    remaining=50, reset=30` of its version 07."""
    whole = _parameters(field[:_LONGEST])
    if {"remaining", "reset"} <= whole.keys():
        yield Allowance(remaining=whole["remaining"], resets_in=whole["reset"])
    windows = {name: parameters.get("w") for name, parameters in _items(policy)}
    for name, parameters in _items(field):
        resets_in = parameters.get("t", windows.get(name))
        if "r" in parameters and resets_in is not None:
            yield Allowance(remaining=parameters["r"], resets_in=resets_in)


def _items(field: str) -> Iterator[tuple[str, dict[str, float]]]:
    for item in field[:_LONGEST].split(","):
        name, _, parameters = item.partition(";")
        yield name.strip(), _parameters(parameters)


def _parameters(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in _PARAMETER.findall(text)}


def _read_reset(text: str, date: str) -> float | None:
    number = read_number(text)
    if number is not None and number < EARLIEST:
        return number
    if _DURATION.fullmatch(text):
        return sum(float(count) * _SECONDS[unit] for count, unit in _PART.findall(text))
    moment = read_moment(text)
    return None if moment is None else _seconds_until(moment, date)


def _seconds_until(moment: dt.datetime, date: str) -> float:
    """By the answer's own Date, where it has one: clocks differ."""
    now = read_moment(date) or dt.datetime.now(dt.UTC)
    return max(0.0, (moment - now).total_seconds())
