"""How often something may be tried: counted in Redis, for all processes together.

While Redis is away nothing is counted, and nobody is kept out.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

_PATIENCE = 1  # seconds; whoever signs in waits for it
# Counting and asking are one step, so that of many attempts at once no more pass than may. A
# window begins with its first attempt; those that are refused do not lengthen it.
_COUNT = """
local wait = 0
for i, key in ipairs(KEYS) do
    if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
    if tonumber(redis.call('GET', key)) > tonumber(ARGV[2 * i - 1]) then
        wait = math.max(wait, redis.call('TTL', key), 1)
    end
end
return wait
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
    """Count an attempt under each limit; return how many seconds it has to wait, 0 for none."""
    numbers = [number for limit in limits for number in (limit.many, limit.seconds)]
    return int(_ask(_COUNT, limits, numbers) or 0)


def take_back(limits: Sequence[Limit]) -> None:
    """Let an attempt that was counted be none."""
    _ask(_TAKE_BACK, limits, [])


def _ask(script: str, limits: Sequence[Limit], numbers: Sequence[int]) -> Any:
    try:
        return _redis().eval(script, len(limits), *map(_key, limits), *cast(list[str], numbers))
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
