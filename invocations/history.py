"""Spans and events as rows: written in bulk, once, in the transaction that settles the invocation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from .models import Event, Span


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
    Span.objects.bulk_create(
        Span(
            invocation_id=invocation_id,
            span_id=data["span_id"],
            parent_id=data.get("parent_id") or "",
            name=data["name"][:200],
            kind=data.get("kind") or "custom",
            start_us=data["start_us"],
            end_us=data.get("end_us", last),
            status=data.get("status", "error"),
            attempt=data["attempt"],
            attributes=data.get("attributes") or {},
        )
        for data in spans.values()
    )
    Event.objects.bulk_create(
        Event(
            invocation_id=invocation_id,
            seq=event["seq"],
            at_us=event["at"],
            attempt=event["attempt"],
            kind=event["kind"],
            span_id=event["span_id"],
            data=event["data"],
        )
        for event in events
    )
