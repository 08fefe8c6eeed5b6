"""Short messages between processes. Each may be lost: whoever waits for one also looks at the row now and then."""

from __future__ import annotations

import json
from typing import Any

import redis

from . import keys
from .client import sync_client


def accepted(workspace_id: int, summary: dict[str, Any]) -> None:
    """Tell live lists of a new invocation."""
    sync_client().publish(keys.feed_channel(workspace_id), _dump({"type": "accepted", "invocation": summary}))


def settled(workspace_id: int, reply_to: str, invocation: dict[str, Any], summary: dict[str, Any]) -> None:
    """Tell who waits (the whole invocation) and the live lists (its summary)."""
    pipe = sync_client().pipeline(transaction=False)
    if reply_to:
        pipe.publish(keys.reply_channel(reply_to), _dump(invocation))
    pipe.publish(keys.feed_channel(workspace_id), _dump({"type": "settled", "invocation": summary}))
    pipe.execute()


def control(message: dict[str, Any]) -> None:
    """Tell every worker process: {"type": "cancel", "invocation"} or {"type": "warm", "version"}."""
    sync_client().publish(keys.control_channel(), _dump(message))


def queue_depth() -> int | None:
    """How many messages wait for a worker; None when the broker does not answer."""
    try:
        return int(sync_client().llen(keys.queue()))
    except redis.RedisError:
        return None


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
