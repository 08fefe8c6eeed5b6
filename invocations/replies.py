"""Waiting for an invocation's outcome without holding a thread: futures, resolved by the reply or by the row."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import Any
from uuid import UUID

from . import database, live
from .models import OPEN, Invocation
from .representation import represent

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


class Replies:
    """The futures of one event loop. One query a second settles all that wait, should a message have been lost."""

    def __init__(self, hub: live.Hub) -> None:
        self._waiting: dict[str, set[asyncio.Future[dict[str, Any]]]] = defaultdict(set)
        self._look_now = asyncio.Event()
        hub.on_reply.append(self._resolve)
        hub.on_reconnect.append(self._look_now.set)
        self._task = asyncio.get_running_loop().create_task(self._look(), name="replies")

    def expect(self, invocation_id: UUID) -> asyncio.Future[dict[str, Any]]:
        """A future of the settled invocation, as the contract shows it. Make it before the row is committed."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[str(invocation_id)].add(future)
        return future

    def forget(self, invocation_id: UUID, future: asyncio.Future[dict[str, Any]]) -> None:
        futures = self._waiting.get(str(invocation_id))
        if futures is not None:
            futures.discard(future)
            if not futures:
                del self._waiting[str(invocation_id)]
        future.cancel()

    def close(self) -> None:
        self._task.cancel()

    def _resolve(self, invocation: dict[str, Any]) -> None:
        for future in self._waiting.pop(invocation["id"], ()):
            if not future.done():
                future.set_result(invocation)

    async def _look(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._look_now.wait(), LOOK_SECONDS)
            except TimeoutError:
                pass
            self._look_now.clear()
            if not self._waiting:
                continue
            try:
                for invocation in await database.run(settled_among, list(self._waiting)):
                    self._resolve(invocation)
            except Exception:
                log.exception("could not look for settled invocations; trying again")


def settled_among(ids: list[str]) -> list[dict[str, Any]]:
    """Those of `ids` that are over, as the contract shows them. One query."""
    return [represent(row) for row in Invocation.objects.filter(pk__in=ids).exclude(status__in=OPEN)]


_replies: dict[asyncio.AbstractEventLoop, Replies] = {}


def replies() -> Replies:
    """The running event loop's, made on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _replies:
        _replies[loop] = Replies(live.hub())
    return _replies[loop]


def close() -> None:
    found = _replies.pop(asyncio.get_running_loop(), None)
    if found is not None:
        found.close()
