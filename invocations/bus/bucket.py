"""A token bucket in Redis: how many requests an owner may make, the same for every web process."""

from __future__ import annotations

from functools import cache

from redis.commands.core import Script

from . import keys
from .client import sync_client

_TAKE = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(state[1] or burst)
local at = tonumber(state[2] or now)
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 60)
return tostring(wait)
"""


@cache
def _take_script() -> Script:
    return sync_client().register_script(_TAKE)


def take(owner: str, rate_per_second: float, burst: int | None) -> float:
    """Take one token. Returns 0.0 when there was one, else the seconds until there will be.

    `burst` defaults to one second's worth, at least 1.
    """
    size = burst or max(1, round(rate_per_second))
    return float(_take_script()(keys=[keys.bucket(owner)], args=[rate_per_second, size]))
