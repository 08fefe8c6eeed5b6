"""Spans and events as rows: written in bulk, once, in the transaction that settles the invocation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from . import sql
from .models import Event, Invocation, Span

SPANS = sql.Insert(
    Span,
    ["invocation", "span_id", "parent_id", "name", "kind", "start_us", "end_us", "status", "attempt", "attributes"],
)
EVENTS = sql.Insert(Event, ["invocation", "seq", "at_us", "attempt", "kind", "span_id", "data"])


def numbered(events: Iterable[dict[str, Any]], after: int = 0) -> list[dict[str, Any]]:
    """Events with the numbers that follow `after`."""
    return [{"seq": seq, **event} for seq, event in enumerate(events, after + 1)]


def write(invocation_id: UUID, events: Sequence[dict[str, Any]]) -> None:
    """Store events and the spans they tell of. A span that began and never ended is stored as an error."""
    last = events[-1]["at"] if events else 0
    spans: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["kind"] in ("span", "span_start", "span_end"):
            spans[event["data"]["span_id"]] = {**event["data"], "attempt": event["attempt"]}
    key = sql.key(Invocation, invocation_id)  # converted once, not for every row
    SPANS.many(
        (
            key,
            data["span_id"],
            data.get("parent_id") or "",
            data["name"][:200],
            data.get("kind") or "custom",
            data["start_us"],
            data.get("end_us", last),
            data.get("status", "error"),
            data["attempt"],
            data.get("attributes") or {},
        )
        for data in spans.values()
    )
    EVENTS.many(
        (
            key,
            event["seq"],
            event["at"],
            event["attempt"],
            event["kind"],
            event["span_id"],
            event["data"],
        )
        for event in events
    )
