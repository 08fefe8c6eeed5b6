"""State in Redis or Valkey: the same for all processes of an installation, and each operation one script.

An owner has three keys: a hash of the values, a sorted set of when those that end do (ms since 1970), and the sum of
their bytes. A place is a part of the field's name, so that one quota holds for all places of an owner.
"""

import logging
from collections.abc import Callable
from typing import Any

import redis

from sandbox.capabilities.base import Failed
from sandbox.capabilities.state.store import Place, Quota, full, no_number

logger = logging.getLogger(__name__)

# KEYS: values, ends, size. Every script begins by dropping what has ended.
_BEGIN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(field)
  local old = redis.call('HGET', KEYS[1], field)
  if not old then return false end
  redis.call('HDEL', KEYS[1], field)
  redis.call('ZREM', KEYS[2], field)
  redis.call('DECRBY', KEYS[3], #field + #old)
  return true
end
for _, field in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do drop(field) end
local function keep(field, value, ttl, keys, bytes)
  local old = redis.call('HGET', KEYS[1], field)
  if not old and redis.call('HLEN', KEYS[1]) >= keys then return 'keys' end
  local more = #value - (old and #old or -#field)
  if more > 0 and tonumber(redis.call('GET', KEYS[3]) or 0) + more > bytes then return 'bytes' end
  redis.call('HSET', KEYS[1], field, value)
  redis.call('INCRBY', KEYS[3], more)
  if ttl == '' then redis.call('ZREM', KEYS[2], field)
  elseif ttl ~= 'same' then redis.call('ZADD', KEYS[2], now + math.ceil(tonumber(ttl) * 1000), field) end
  return 'ok'
end
"""
_GET = "return redis.call('HGET', KEYS[1], ARGV[1])"
_SET = "return keep(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))"
_DELETE = "return drop(ARGV[1]) and 1 or 0"
_KEYS = """
local found = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #ARGV[1]) == ARGV[1] then found[#found + 1] = field end
end
return found
"""
# Lua's numbers are exact up to 2**53, and nothing that large is let in.
_INCREMENT = """
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old and not string.match(old, '^%-?%d+$') then return 'number' end
local number = tonumber(old or '0') + tonumber(ARGV[2])
if math.abs(number) > 9007199254740991 then return 'number' end
local text = string.format('%.0f', number)
local kept = keep(ARGV[1], text, old and 'same' or ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
return kept == 'ok' and '=' .. text or kept
"""
_COMPARE = """
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old == 'null' then old = false end
if ARGV[6] == '' then if old then return 'other' end
elseif old ~= ARGV[6] then return 'other' end
return keep(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
"""


class RedisStore:
    """See `Store`. `client` gives this process's client, with decoded answers; `key` names an owner's keys."""

    def __init__(self, client: Callable[[], "redis.Redis"], key: Callable[[str], str]) -> None:
        self._client = client
        self._key = key
        self._scripts: dict[str, Any] = {}

    def get(self, place: Place, key: str) -> str | None:
        found = self._do(_GET, place, place.prefix + key)
        return None if found is None else str(found)

    def set(self, place: Place, key: str, value: str, ttl: float | None, quota: Quota) -> bool:
        answer = self._do(_SET, place, place.prefix + key, value, _seconds(ttl), quota.keys, quota.bytes)
        return _kept(answer, quota)

    def delete(self, place: Place, key: str) -> bool:
        return bool(self._do(_DELETE, place, place.prefix + key))

    def keys(self, place: Place, prefix: str) -> list[str]:
        found = self._do(_KEYS, place, place.prefix + prefix)
        return sorted(str(field)[len(place.prefix) :] for field in found)

    def increment(self, place: Place, key: str, by: int, ttl: float | None, quota: Quota) -> int:
        answer = self._do(_INCREMENT, place, place.prefix + key, by, _seconds(ttl), quota.keys, quota.bytes)
        if answer == "number":
            raise no_number(key)
        if not answer.startswith("="):
            raise full(answer, quota)
        return int(answer[1:])

    def compare_and_set(
        self, place: Place, key: str, expected: str | None, value: str, ttl: float | None, quota: Quota
    ) -> bool:
        field, before = place.prefix + key, expected or ""
        answer = self._do(_COMPARE, place, field, value, _seconds(ttl), quota.keys, quota.bytes, before)
        return answer != "other" and _kept(answer, quota)

    def _do(self, script: str, place: Place, *arguments: Any) -> Any:
        base = self._key(place.owner)
        try:
            if script not in self._scripts:
                self._scripts[script] = self._client().register_script(_BEGIN + script)
            return self._scripts[script](keys=[f"{base}:values", f"{base}:ends", f"{base}:size"], args=arguments)
        except redis.RedisError as error:
            logger.warning("state could not be reached: %s", error)
            raise Failed("state cannot be reached just now; try again", "unreachable") from None


def _seconds(ttl: float | None) -> str:
    return "" if ttl is None else repr(ttl)


def _kept(answer: str, quota: Quota) -> bool:
    if answer != "ok":
        raise full(answer, quota)
    return True
