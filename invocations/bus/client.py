"""One synchronous and one asynchronous Redis client a process; both are pools and safe to share."""

from __future__ import annotations

import threading

import redis
import redis.asyncio
from django.conf import settings

_lock = threading.Lock()
_client: redis.Redis | None = None


def sync_client() -> redis.Redis:
    """The process's client for threads. A broken connection is retried once, so that a restart of the server heals."""
    global _client
    if _client is None:
        with _lock:
            if _client is None:
                _client = redis.Redis.from_url(
                    settings.REDIS_URL, decode_responses=True, socket_timeout=5, retry_on_error=[redis.ConnectionError]
                )
    return _client


def new_async_client() -> redis.asyncio.Redis:
    """A client for one event loop; whoever makes it closes it."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_connect_timeout=5, health_check_interval=20
    )
