"""Appending events to an invocation's stream: numbered without gaps, fenced by attempt, announced in the same step.

One script call does it all, so that a web process, a worker and a worker thought dead cannot make a gap or a double:
the script compares the attempt, gives the numbers, appends with the number as the stream id, and publishes the batch
and whatever notices go with it.
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
local attempt, known, ttl = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local only_first, read, notices = ARGV[4] == '1', ARGV[5] == '1', tonumber(ARGV[6])
local state = redis.call('HMGET', fence, 'attempt', 'seq')
local current, seq = tonumber(state[1] or '-1'), tonumber(state[2] or '0')
if current > attempt then return {-1} end
if not (only_first and seq > 0) then
  if known > seq then seq = known end
  local batch = {}
  for i = 7 + 2 * notices, #ARGV do
    seq = seq + 1
    redis.call('XADD', stream, seq .. '-0', 'e', ARGV[i])
    batch[#batch + 1] = '{"seq":' .. seq .. ',' .. string.sub(ARGV[i], 2)
  end
  redis.call('HSET', fence, 'attempt', attempt, 'seq', seq)
  redis.call('EXPIRE', fence, ttl)
  redis.call('EXPIRE', stream, ttl)
  if #batch > 0 then redis.call('PUBLISH', channel, '[' .. table.concat(batch, ',') .. ']') end
end
for i = 7, 5 + 2 * notices, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end
if read then return {seq, redis.call('XRANGE', stream, '-', '+')} end
return {seq}
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
    notices: Sequence[tuple[str, str]] = (),
) -> int:
    """Append events (dicts of `at`, `attempt`, `kind`, `span_id`, `data`) and return the last seq.

    `known_seq` is the last number the caller knows of: numbering goes on from there if the server lost its memory.
    With `only_first` nothing is appended to a stream that has begun (admission announced a second time).
    `notices` are (channel, message) pairs published in the same step. Raises `Fenced` when a later attempt has begun.
    """
    return int(_call(invocation_id, attempt, events, known_seq, ttl, only_first, False, notices)[0])


def append_and_read(
    invocation_id: str, attempt: int, events: Sequence[dict[str, Any]], *, known_seq: int = 0
) -> list[dict[str, Any]]:
    """Append events and return all that the stream then holds, in order. Raises `Fenced`."""
    answer = _call(invocation_id, attempt, events, known_seq, TTL_RUNNING_SECONDS, False, True, ())
    return [decode(entry_id, fields[1]) for entry_id, fields in answer[1]]


def read(invocation_id: str, after: int = 0) -> list[dict[str, Any]]:
    """The stored events with a seq above `after`, in order; empty when the stream has expired."""
    first = f"({after}-0" if after else "-"
    entries: Any = sync_client().xrange(keys.stream(invocation_id), min=first, max="+")
    return [decode(entry_id, fields["e"]) for entry_id, fields in entries]


def decode(entry_id: str, event: str) -> dict[str, Any]:
    return {"seq": int(entry_id.partition("-")[0]), **json.loads(event)}


def _call(
    invocation_id: str,
    attempt: int,
    events: Sequence[dict[str, Any]],
    known_seq: int,
    ttl: int,
    only_first: bool,
    read_back: bool,
    notices: Sequence[tuple[str, str]],
) -> list[Any]:
    encoded = [json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events]
    spread = [part for notice in notices for part in notice]
    answer: list[Any] = _append_script()(
        keys=[keys.fence(invocation_id), keys.stream(invocation_id), keys.events_channel(invocation_id)],
        args=[attempt, known_seq, ttl, int(only_first), int(read_back), len(notices), *spread, *encoded],
    )
    if answer[0] < 0:
        raise Fenced(f"invocation {invocation_id}: attempt {attempt} is no longer the current one")
    return answer
