"""What a web process starts and stops: the encoder loads in the background, live connections close at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from invocations import live, replies
from routing import service as routing

from . import telemetry

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def with_lifespan(application: Application) -> Application:
    """Answer the server's lifespan protocol; pass everything else on."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                routing.start()
                replies.replies()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                replies.close()
                await live.close()
                telemetry.stop()
                await asyncio.sleep(0)
                await send({"type": "lifespan.shutdown.complete"})
                return

    return wrapped
