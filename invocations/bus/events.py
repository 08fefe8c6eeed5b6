"""Appending events to an invocation's stream: numbered without gaps, fenced by attempt, announced in the same step.

One script call does it all, so that a web process, a worker and a worker thought dead cannot make a gap or a double:
the script compares the attempt, gives the numbers, appends with the number as the stream id, and publishes the batch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from redis.commands.core import Script

from . import keys
from .client import sync_client

TTL_RUNNING_SECONDS = 86_400
TTL_SETTLED_SECONDS = 600

_APPEND = """
local fence, stream, channel = KEYS[1], KEYS[2], KEYS[3]
local attempt, known, ttl, first = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local current = tonumber(redis.call('HGET', fence, 'attempt') or '-1')
if current > attempt then return -1 end
local seq = tonumber(redis.call('HGET', fence, 'seq') or '0')
if first and seq > 0 then return seq end
if known > seq then seq = known end
local batch = {}
for i = 5, #ARGV do
  seq = seq + 1
  redis.call('XADD', stream, seq .. '-0', 'e', ARGV[i])
  batch[#batch + 1] = '{"seq":' .. seq .. ',' .. string.sub(ARGV[i], 2)
end
redis.call('HSET', fence, 'attempt', attempt, 'seq', seq)
redis.call('EXPIRE', fence, ttl)
redis.call('EXPIRE', stream, ttl)
redis.call('PUBLISH', channel, '[' .. table.concat(batch, ',') .. ']')
return seq
"""


class Fenced(Exception):
    """Another attempt owns the invocation; whoever gets this stops writing."""


@cache
def _append_script() -> Script:
    return sync_client().register_script(_APPEND)


def append(
    invocation_id: str,
    attempt: int,
    events: Sequence[dict[str, Any]],
    *,
    known_seq: int = 0,
    ttl: int = TTL_RUNNING_SECONDS,
    only_first: bool = False,
) -> int:
    """Append events (dicts of `at`, `attempt`, `kind`, `span_id`, `data`) and return the last seq. Raises `Fenced` when a later attempt has begun.

    `known_seq` is the last number the caller knows of: numbering goes on from there if the server lost its memory.
    With `only_first` nothing is appended to a stream that has begun (admission announced a second time).
    """
    encoded = [json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events]
    result = _append_script()(
        keys=[keys.fence(invocation_id), keys.stream(invocation_id), keys.events_channel(invocation_id)],
        args=[attempt, known_seq, ttl, int(only_first), *encoded],
    )
    if result < 0:
        raise Fenced(f"invocation {invocation_id}: attempt {attempt} is no longer the current one")
    return int(result)


def read(invocation_id: str, after: int = 0) -> list[dict[str, Any]]:
    """The stored events with a seq above `after`, in order; empty when the stream has expired."""
    entries = sync_client().xrange(keys.stream(invocation_id), min=f"({after}-0" if after else "-", max="+")
    return [decode(entry_id, fields) for entry_id, fields in entries]


def decode(entry_id: str, fields: dict[str, str]) -> dict[str, Any]:
    return {"seq": int(entry_id.partition("-")[0]), **json.loads(fields["e"])}
