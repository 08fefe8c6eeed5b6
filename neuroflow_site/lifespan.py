"""What a web process starts and stops: the encoder loads in the background, live connections close at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import DatabaseError

from guardrails import service as guardrails
from guardrails.models import Policy
from invocations import database, live, replies
from routing import service as routing

from . import telemetry

log = logging.getLogger(__name__)

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
                await database.run(_compile_policies)
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


def _compile_policies() -> None:
    """Compile what is live, so that no request waits for it. A database that is not there is /readyz's business."""
    try:
        live_versions = Policy.objects.filter(live_deployment__isnull=False).values_list("live_deployment__version")
        for (version_id,) in live_versions:
            guardrails.compiled(version_id)
    except DatabaseError as error:
        log.warning("policies could not be compiled yet: %s", error)
