"""How often something may be tried: counted in Redis, for all processes together.

While Redis is away nothing is counted, and nobody is kept out.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

_PATIENCE = 1  # seconds; whoever signs in waits for it
# Counting and asking are one step, so that of many attempts at once no more pass than may. A
# window begins with its first attempt. What one limit refuses the next ones never hear of, so
# that who is refused can fill Redis with no more names.
_COUNT = """
for i, key in ipairs(KEYS) do
    local attempts = redis.call('INCR', key)
    if attempts == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
    if attempts > tonumber(ARGV[2 * i - 1]) then return math.max(redis.call('TTL', key), 1) end
end
return 0
"""
_TAKE_BACK = """
for _, key in ipairs(KEYS) do
    if redis.call('EXISTS', key) == 1 then redis.call('DECR', key) end
end
"""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So `many` attempts in so many `seconds` by whoever `who` says."""

    who: tuple[str, ...]
    many: int
    seconds: int


def count(limits: Sequence[Limit]) -> int:
    """Count an attempt under one limit after the other, up to the first that refuses it; return
    how many seconds it has to wait, 0 for none."""
    numbers = [number for limit in limits for number in (limit.many, limit.seconds)]
    return int(_ask(_COUNT, limits, numbers) or 0)


def take_back(limits: Sequence[Limit]) -> None:
    """Let an attempt that was counted be none."""
    _ask(_TAKE_BACK, limits, [])


def _ask(script: str, limits: Sequence[Limit], numbers: Sequence[int]) -> Any:
    try:
        return _redis().eval(script, len(limits), *map(_key, limits), *map(str, numbers))
    except redis.RedisError as error:
        log.warning("Attempts are not counted: %s", type(error).__name__)
        return None


def _key(limit: Limit) -> str:
    """Without the names themselves, and no longer than it must be, whatever was typed."""
    who = "\0".join(limit.who).encode(errors="surrogatepass")
    return f"vitals:attempts:{hashlib.sha256(who).hexdigest()}"


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
