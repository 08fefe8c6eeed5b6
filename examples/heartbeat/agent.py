"""Logs a line a second, to watch a log and a trace grow while an agent runs."""

import asyncio
import re

from neuroflow import Context, Request, agent, emit_metric, log, skill

_MOST = 25


@agent(name="Heartbeat", description="Logs a line a second for as many seconds as it is asked to", version="1.0")
class Heartbeat:
    @skill(
        description="Beat once a second, to watch the log live",
        examples=["beat for 10 seconds", "heartbeat 5 times", "log a line a second for 20 seconds"],
        idempotent=True,
    )
    async def beat(self, request: Request, context: Context) -> dict:
        """Takes the first number of the text, or the payload's "seconds"; at most 25."""
        found = re.search(r"\d+", request.text)
        wanted = (request.payload or {}).get("seconds", int(found[0]) if found else 5)
        beats = max(0, min(int(wanted), _MOST))
        for number in range(1, beats + 1):
            with context.span("beat", number=number):
                log.info(f"beat {number} of {beats}", remaining=round(context.remaining(), 1))
                emit_metric("beats", number)
                if number < beats:
                    await asyncio.sleep(1)
        return {"beats": beats}
