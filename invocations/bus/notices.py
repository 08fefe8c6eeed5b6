"""Short messages between processes. Each may be lost: whoever waits for one also looks at the row now and then.

A notice is a (channel, message) pair; it travels in the same call as the events it belongs to (`events.append`).
"""

from __future__ import annotations

import json
from typing import Any

import redis

from . import keys
from .client import sync_client


def accepted(workspace_id: int, summary: dict[str, Any]) -> tuple[str, str]:
    """For live lists: a new invocation."""
    return keys.feed_channel(workspace_id), _dump({"type": "accepted", "invocation": summary})


def settled(workspace_id: int, summary: dict[str, Any]) -> tuple[str, str]:
    """For live lists: an invocation has its outcome."""
    return keys.feed_channel(workspace_id), _dump({"type": "settled", "invocation": summary})


def reply(process_id: str, invocation: dict[str, Any]) -> tuple[str, str]:
    """For the web process where somebody waits: the whole invocation."""
    return keys.reply_channel(process_id), _dump(invocation)


def send(notice: tuple[str, str]) -> None:
    """Publish one by itself."""
    sync_client().publish(*notice)


def control(message: dict[str, Any]) -> None:
    """Tell every worker process: {"type": "cancel", "invocation"} or {"type": "warm", "version", "settings"}."""
    send((keys.control_channel(), _dump(message)))


def queue_depth() -> int | None:
    """How many messages wait for a worker; None when the broker does not answer."""
    try:
        return int(sync_client().llen(keys.queue()))
    except redis.RedisError:
        return None


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
