"""Recording what happens to one invocation: spans and events, gathered here, sent in batches.

A `Trace` is one writer's view: admission has one (attempt 0), every attempt in a worker has one. Spans are told as
events: `span` for one that is over, `span_start` and `span_end` for one worth watching while it runs.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis

from .bus import events as bus
from .ids import new_span_id, now_us

log = logging.getLogger(__name__)


@dataclass
class OpenSpan:
    """A span under way. Put what was found into `attributes`; set `status` to "error" when it went wrong."""

    span_id: str
    parent_id: str
    name: str
    kind: str
    start_us: int
    attributes: dict[str, Any] = field(default_factory=dict)
    status: str = "ok"

    def started(self) -> dict[str, Any]:
        return {
            "span_id": self.span_id,
            "parent_id": self.parent_id,
            "name": self.name,
            "kind": self.kind,
            "start_us": self.start_us,
            "attributes": dict(self.attributes),  # as of now: more is found out while the span runs
        }

    def ended(self, end_us: int) -> dict[str, Any]:
        return {**self.started(), "end_us": end_us, "status": self.status}


class Trace:
    """Collects events of one writer and appends them to the invocation's stream. Safe to use from several threads.

    `before` are the events that admission recorded, which head the stream. As long as nobody else has written and no
    call has failed, the writer knows the whole story itself; else (`uncertain`) the stream is asked.
    """

    def __init__(
        self, invocation_id: str, root_span_id: str, attempt: int = 0, before: Sequence[dict[str, Any]] = ()
    ) -> None:
        self.invocation_id = invocation_id
        self.root_span_id = root_span_id
        self.attempt = attempt
        self.fenced = False
        self.uncertain = attempt > 1
        self._told = [{"seq": seq, **event} for seq, event in enumerate(before, 1)]
        self._over = False
        # Never replaced: an event that is added while a batch is taken is in this batch or in the next.
        self._pending: deque[dict[str, Any]] = deque()
        self._lock = threading.Lock()

    @property
    def seq(self) -> int:
        """The last number that this writer knows of."""
        return int(self._told[-1]["seq"]) if self._told else 0

    def event(self, kind: str, data: dict[str, Any] | None = None, span_id: str = "", at_us: int | None = None) -> None:
        """Add one event; it travels with the next `flush`."""
        self._pending.append(
            {"at": at_us or now_us(), "attempt": self.attempt, "kind": kind, "span_id": span_id, "data": data or {}}
        )

    @contextmanager
    def span(
        self, name: str, kind: str, parent_id: str = "", live: bool = False, **attributes: Any
    ) -> Iterator[OpenSpan]:
        """Time a block. With `live` its start is told at once, else only the whole span when it is over."""
        span = OpenSpan(new_span_id(), parent_id or self.root_span_id, name, kind, now_us(), dict(attributes))
        if live:
            self.event("span_start", span.started(), span.span_id, span.start_us)
        try:
            yield span
        except BaseException:
            span.status = "error"
            raise
        finally:
            end = now_us()
            self.event("span_end" if live else "span", span.ended(end), span.span_id, end)

    def closed_span(
        self, name: str, kind: str, start_us: int, end_us: int, *, span_id: str = "", parent_id: str | None = None,
        status: str = "ok", **attributes: Any,
    ) -> None:  # fmt: skip
        """Add a span whose times are known already. `parent_id` defaults to the root span."""
        parent = self.root_span_id if parent_id is None else parent_id
        span = OpenSpan(span_id or new_span_id(), parent, name, kind, start_us, attributes, status)
        self.event("span", span.ended(end_us), span.span_id, end_us)

    def take_pending(self) -> list[dict[str, Any]]:
        """Hand over what was not flushed; the caller sees to it."""
        with self._lock:
            return self._take()

    @property
    def is_dirty(self) -> bool:
        return bool(self._pending)

    def flush(self) -> None:
        """Append what is pending. When a later attempt has begun, marks the trace `fenced` and drops it.

        Raises RedisError with nothing dropped: what is pending stays so.
        """
        with self._lock:
            pending = self._take()
            if not pending or self.fenced or self._over:
                return
            try:
                last = bus.append(self.invocation_id, self.attempt, pending, known_seq=self.seq)
            except bus.Fenced:
                self.fenced = True
            except redis.RedisError:
                self.uncertain = True  # it may have arrived all the same
                self._pending.extendleft(reversed(pending))
                raise
            else:
                self._tell(pending, last)

    def story(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The events told so far, with their numbers, and those not yet told, which are the caller's from now on.

        Nothing is appended after that: the caller has numbered what follows.
        """
        with self._lock:
            self._over = True
            pending = self._take()
            if self.uncertain and not self.fenced:
                pending = self._ask(pending)
            return self._told, pending

    def _take(self) -> list[dict[str, Any]]:
        return [self._pending.popleft() for _ in range(len(self._pending))]

    def _ask(self, pending: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Append, and take the stream's word for the whole story. Returns what could not be appended."""
        try:
            told = bus.append_and_read(self.invocation_id, self.attempt, pending, known_seq=self.seq)
        except bus.Fenced:
            self.fenced = True
            return []
        except redis.RedisError as error:
            log.warning("invocation %s is settled without its stream: %s", self.invocation_id, error)
            return pending
        # A server that lost its memory, or was away for a moment, does not know all that we know.
        known = {event["seq"]: event for event in [*self._told, *told]}
        self._told = [known[seq] for seq in sorted(known)]
        return []

    def _tell(self, events: list[dict[str, Any]], last: int) -> None:
        first = last - len(events) + 1
        if first != self.seq + 1:
            self.uncertain = True  # somebody else wrote in between
        self._told += [{"seq": seq, **event} for seq, event in enumerate(events, first)]
