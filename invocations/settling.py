"""Settling: the one place where an attempt's outcome becomes the invocation's, once.

Every write names the attempt it speaks for. The row is updated only while that attempt is the current one and still
running; whoever comes second finds no row to update and is told so by `False`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import redis
from django.db import transaction
from django.utils import timezone

from . import caps, database, history, sinks, sql
from .bus import events as bus
from .bus import notices
from .ids import now_us
from .models import Invocation, Status
from .representation import represent, summary
from .trace import Trace

log = logging.getLogger(__name__)

OUTCOME = [
    "status", "data", "error", "error_code", "usage", "queued_ms", "sandbox_ms", "verdicts", "finished_at", "total_ms",
    "lease_expires_at", "admission", "attempt",
]  # fmt: skip
WRITE = sql.Update(Invocation, OUTCOME, "id = %s AND attempt = %s AND status IN (%s, %s)")


@dataclass
class Settlement:
    """What became of an invocation: exactly one of `data` (success) and `error`."""

    status: str
    data: Any = None
    error: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    sandbox_ms: float | None = None
    verdicts: list[dict[str, Any]] = field(default_factory=list)


def settle(invocation: Invocation, trace: Trace, settlement: Settlement) -> bool:
    """Write the outcome of `trace.attempt`. False when it is no longer the current attempt (nothing is written).

    Used by the worker that ran the attempt. `invocation` is brought up to date.
    """
    begun = now_us()
    told, rest = trace.story()
    if trace.fenced:
        return False
    _apply(invocation, settlement)
    rest += _finals(invocation, trace, begun)
    events = told + history.numbered(rest, after=trace.seq)
    with database.write_turn(), transaction.atomic():
        if not _write(invocation, trace.attempt, trace.attempt, from_status=(Status.RUNNING,)):
            return False
        history.write(invocation.pk, events)
    sinks.tell(invocation, events)
    _announce(invocation, trace, rest)
    if invocation.capped:
        caps.ended(invocation)
    return True


def end_from_outside(invocation: Invocation, settlement: Settlement, note: dict[str, Any]) -> bool:
    """End an open invocation over the head of whoever runs it (cancel, lost worker), by taking the next attempt number.

    From the moment the row is updated the running attempt is fenced: its events, calls and outcome are refused.
    False when the invocation was settled in the meantime. Must not be called inside a transaction.
    """
    former, attempt = invocation.attempt, invocation.attempt + 1
    begun = now_us()
    trace = Trace(str(invocation.pk), invocation.root_span_id, attempt, before=invocation.admission or [])
    trace.uncertain = True
    _apply(invocation, settlement)
    trace.event("ended", note)
    with database.write_turn(), transaction.atomic():
        # The row is locked from here on; only then may the stream be fenced and read.
        if not _write(invocation, former, attempt, from_status=(Status.QUEUED, Status.RUNNING)):
            return False
        told, rest = trace.story()
        rest += _finals(invocation, trace, begun)
        events = told + history.numbered(rest, after=trace.seq)
        history.write(invocation.pk, events)
    invocation.attempt = attempt
    sinks.tell(invocation, events)
    _announce(invocation, trace, rest)
    caps.ended(invocation)
    return True


def _apply(invocation: Invocation, settlement: Settlement) -> None:
    invocation.status = settlement.status
    invocation.data, invocation.error = settlement.data, settlement.error
    invocation.error_code = settlement.error["code"] if settlement.error else ""
    invocation.usage, invocation.sandbox_ms = settlement.usage, settlement.sandbox_ms
    invocation.verdicts = [*invocation.verdicts, *settlement.verdicts]
    invocation.finished_at = timezone.now()
    invocation.total_ms = _ms(invocation.created_at, invocation.finished_at)


def _write(invocation: Invocation, attempt: int, next_attempt: int, from_status: tuple[str, ...]) -> bool:
    """The compare-and-set; one row or none."""
    row = [getattr(invocation, name) for name in OUTCOME[:-3]]
    one, other = from_status[0], from_status[-1]
    parameters = [sql.key(Invocation, invocation.pk), attempt, one, other]
    return bool(WRITE.run([*row, None, [], next_attempt], parameters))


def _finals(invocation: Invocation, trace: Trace, begun: int) -> list[dict[str, Any]]:
    """The last events: the settle step, the whole request as the root span, and the outcome."""
    end = now_us()
    # A trace of their own: another thread may flush the attempt's at any moment, and these are for after the commit.
    trace = Trace(trace.invocation_id, trace.root_span_id, trace.attempt)
    trace.closed_span("settle", "settle", begun, end)
    trace.closed_span(
        "request",
        "request",
        int(invocation.created_at.timestamp() * 1e6),
        end,
        span_id=trace.root_span_id,
        parent_id=invocation.parent_span_id,
        status="ok" if invocation.success else "error",
    )
    trace.event(
        "settled",
        {
            "status": invocation.status,
            "error": invocation.error,
            "total_ms": invocation.total_ms,
            "usage": invocation.usage,
        },
    )
    return trace.take_pending()


def _announce(invocation: Invocation, trace: Trace, rest: list[dict[str, Any]]) -> None:
    """After commit. What gets lost here is found by those who wait, in the row."""
    try:
        news = [notices.settled(invocation.workspace_id, summary(invocation))]
        if invocation.reply_to:
            news.insert(0, notices.reply(invocation.reply_to, represent(invocation)))
        bus.append(
            str(invocation.pk), trace.attempt, rest, known_seq=trace.seq, ttl=bus.TTL_SETTLED_SECONDS, notices=news
        )
    except (redis.RedisError, bus.Fenced) as error:
        log.warning("the end of invocation %s was stored but not announced: %s", invocation.pk, error)


def _ms(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() * 1000
