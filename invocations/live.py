"""What a web process hears from Redis: one subscription carries the replies, the live events and the feeds.

A waiting request is a future, a watching browser a queue; neither holds a thread or a connection. Publish/subscribe
may lose a message, so everything here is a hint: whoever waits also looks at the row (`replies`) or at the stored
events (`following`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from collections import defaultdict
from typing import Any

import redis

from .bus import keys
from .bus.client import new_async_client

log = logging.getLogger(__name__)

QUEUE_SIZE = 1_000
PROCESS_ID = uuid.uuid4().hex


class Subscription:
    """Messages of one channel for one reader. `missed`: the reader was too slow and some were dropped."""

    def __init__(self, hub: Hub, channel: str) -> None:
        self.channel = channel
        self.missed = False
        self._hub = hub
        self._queue: asyncio.Queue[Any] = asyncio.Queue(QUEUE_SIZE)

    def put(self, message: Any) -> None:
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self.missed = True

    async def get(self, timeout: float) -> Any | None:
        """The next message, or None after `timeout` seconds."""
        try:
            return await asyncio.wait_for(self._queue.get(), timeout)
        except TimeoutError:
            return None

    async def __aenter__(self) -> Subscription:
        await self._hub.add(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._hub.remove(self)


class Hub:
    """One a process and event loop (`hub()`). Reconnects for ever; `on_reconnect` callbacks run after each time."""

    def __init__(self) -> None:
        self.reply_channel = keys.reply_channel(PROCESS_ID)
        self.connected = asyncio.Event()
        self.on_reply: list[Any] = []
        self.on_reconnect: list[Any] = []
        self._client = new_async_client()
        self._pubsub = self._client.pubsub(ignore_subscribe_messages=True)
        self._readers: dict[str, set[Subscription]] = defaultdict(set)
        self._task = asyncio.get_running_loop().create_task(self._listen(), name="hub")

    async def add(self, subscription: Subscription) -> None:
        """Begin to receive. The server may confirm a moment later: readers look once more at what is stored."""
        await self.connected.wait()
        readers = self._readers[subscription.channel]
        readers.add(subscription)
        if len(readers) == 1:
            try:
                await self._pubsub.subscribe(subscription.channel)
            except (redis.RedisError, OSError) as error:
                log.warning("%s is subscribed to after the next connect: %s", subscription.channel, error)

    async def remove(self, subscription: Subscription) -> None:
        readers = self._readers.get(subscription.channel, set())
        readers.discard(subscription)
        if not readers:
            self._readers.pop(subscription.channel, None)
            try:
                await self._pubsub.unsubscribe(subscription.channel)
            except (redis.RedisError, OSError):
                pass  # a new connection subscribes to what is still wanted

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._pubsub.aclose()
        await self._client.aclose()

    async def _listen(self) -> None:
        while True:
            try:
                await self._pubsub.subscribe(self.reply_channel, *self._readers)
                self.connected.set()
                for callback in self.on_reconnect:
                    callback()
                while True:
                    message = await self._pubsub.get_message(timeout=30)
                    if message is not None:
                        self._hand_out(message)
            except (redis.RedisError, OSError) as error:
                log.warning("the live connection broke (%s); connecting again", error)
            except Exception:  # everything that waits hangs on this task: it must not end
                log.exception("the live connection failed; connecting again")
            self.connected.clear()
            await asyncio.sleep(0.5)
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.aclose()
            self._pubsub = self._client.pubsub(ignore_subscribe_messages=True)

    def _hand_out(self, message: dict[str, Any]) -> None:
        data = json.loads(message["data"])
        if message["channel"] == self.reply_channel:
            for callback in self.on_reply:
                callback(data)
            return
        for subscription in tuple(self._readers.get(message["channel"], ())):
            subscription.put(data)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop, made on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


async def close() -> None:
    """Close the running loop's hub, at shutdown."""
    found = _hubs.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()
