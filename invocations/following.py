"""Following an invocation's events: stored ones first, then live ones, in order, none lost and none twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from . import database, live
from .bus import events as bus
from .bus import keys
from .models import OPEN, Event, Invocation

FIRST_LOOK_SECONDS = 0.5  # the subscription may begin a moment after its first message
QUIET_SECONDS = 5.0  # after this long without a message, look whether one was lost


def seq(given: str) -> int:
    """The number that a client says it has seen last; 0 for what is none."""
    return int(given) if given.isdecimal() and len(given) <= 10 else 0


def stored(invocation_id: UUID, after: int) -> list[dict[str, Any]]:
    """Events with a seq above `after`: from the stream while it lives, else from the database. Blocking."""
    events = bus.read(str(invocation_id), after)
    if events:
        return events
    rows = Event.objects.filter(invocation_id=invocation_id, seq__gt=after).order_by("seq")
    return [
        {"seq": e.seq, "at": e.at_us, "attempt": e.attempt, "kind": e.kind, "span_id": e.span_id, "data": e.data}
        for e in rows
    ]


def is_over(invocation_id: UUID) -> bool:
    """Whether the invocation has its outcome (or does not exist any more). Blocking, one query."""
    return not Invocation.objects.filter(pk=invocation_id, status__in=OPEN).exists()


async def follow(invocation_id: UUID, after: int = 0, beats: bool = False) -> AsyncIterator[dict[str, Any] | None]:
    """Yield every event with a seq above `after`, each once, until the invocation is settled and all is told.

    With `beats`, a None every `QUIET_SECONDS` in which nothing happened.
    """
    last = after
    async with live.Subscription(live.hub(), keys.events_channel(str(invocation_id))) as subscription:
        batch = await database.run(stored, invocation_id, last)
        patience = FIRST_LOOK_SECONDS
        while True:
            if batch and batch[0]["seq"] > last + 1:
                # A gap: something was published before we heard, or dropped because we were slow.
                batch = await database.run(stored, invocation_id, last)
            for event in batch:
                if event["seq"] <= last:
                    continue
                last = event["seq"]
                yield event
                if event["kind"] == "settled":
                    return
            batch = await subscription.get(patience) or []
            patience = QUIET_SECONDS
            if not batch or subscription.missed:
                subscription.missed = False
                over = await database.run(is_over, invocation_id)
                batch = await database.run(stored, invocation_id, last)
                if over and not batch:
                    return
                if beats and not batch:
                    yield None
