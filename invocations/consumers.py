"""WebSockets: the events of one invocation, and the feed of a workspace."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.actor import Actor, for_user
from accounts.scopes import Scope

from . import database, live
from .bus import keys
from .following import follow, seq
from .models import Invocation

log = logging.getLogger(__name__)

NOT_LOGGED_IN, FOREIGN_ORIGIN, NOT_FOUND, FAILED = 4401, 4403, 4404, 1011


class LiveConsumer(AsyncWebsocketConsumer):
    """Base: lets in a logged-in person of our own origin, then runs `pump` until the socket closes."""

    pumping: asyncio.Task | None = None

    async def connect(self) -> None:
        await self.accept()
        if not self._own_origin():
            await self.close(FOREIGN_ORIGIN)
            return
        actor = await database.run(self._actor)
        if actor is None or not actor.may(Scope.READ):
            await self.close(NOT_LOGGED_IN)
            return
        self.pumping = asyncio.create_task(self._run(actor))

    async def disconnect(self, code: int) -> None:
        if self.pumping is not None:
            self.pumping.cancel()

    async def pump(self, actor: Actor) -> None:
        """What a consumer sends; each says its own."""
        raise NotImplementedError

    async def tell(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    async def _run(self, actor: Actor) -> None:
        try:
            await self.pump(actor)
        except Exception as error:
            log.warning("a live connection failed (%r); the page connects again", error)
            await self.close(FAILED)
        else:
            await self.close()

    def _actor(self) -> Actor | None:
        user = self.scope["user"]
        return for_user(user) if user.is_authenticated else None

    def _own_origin(self) -> bool:
        """A browser always names the page's origin; one from elsewhere must not ride on our session cookie."""
        headers = dict(self.scope["headers"])
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1"))
        return bool(origin.netloc) and origin.netloc == headers.get(b"host", b"").decode("latin-1")


class InvocationConsumer(LiveConsumer):
    """`ws/invocations/{id}/?after=seq`: one event a message, in order, from `seq` on."""

    async def pump(self, actor: Actor) -> None:
        invocation_id: UUID = self.scope["url_route"]["kwargs"]["invocation_id"]
        exists = Invocation.objects.filter(pk=invocation_id, workspace=actor.workspace).exists
        if not await database.run(exists):
            await self.close(NOT_FOUND)
            return
        after = parse_qs(self.scope["query_string"].decode("latin-1")).get("after", ["0"])[0]
        async for event in follow(invocation_id, seq(after)):
            if event is not None:
                await self.tell(event)


class FeedConsumer(LiveConsumer):
    """`ws/feed/`: a line for every invocation accepted and settled. `{"type": "missed"}` asks the page to reload."""

    async def pump(self, actor: Actor) -> None:
        async with live.Subscription(live.hub(), keys.feed_channel(actor.workspace.pk)) as subscription:
            while True:
                message = await subscription.get(30)
                if subscription.missed:
                    subscription.missed = False
                    await self.tell({"type": "missed"})
                if message is not None:
                    await self.tell(message)
