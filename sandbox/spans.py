"""Spans of one run: those its code opens, and one for each capability call."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from sandbox.guestjson import text

_SPAN_ID = re.compile(r"[0-9a-f]{16}")
_MOST_OPEN = 1000
_LONGEST_NAME = 200

Tell = Callable[[str, dict[str, Any]], None]


def now_us() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


class Spans:
    """Times are taken here, on the host: a guest cannot make its trace lie."""

    def __init__(self, tell: Tell, parent_id: str) -> None:
        self._tell = tell
        self._root = parent_id
        self._began = now_us()
        self._open: dict[str, dict[str, Any]] = {}
        #: Every id there was, the run's own included: a second span of the same id would take the first one's place.
        self._seen: set[str] = {parent_id}
        self._replayed: set[str] = set()
        self._calls: dict[int, str] = {}
        self._done: dict[int, int] = {}

    def start(self, data: dict[str, Any]) -> None:
        """The guest opens a span; one with an id that is no id, or was there already, is passed over."""
        span_id = str(data.get("span_id"))
        if not _SPAN_ID.fullmatch(span_id) or span_id in self._seen or len(self._open) >= _MOST_OPEN:
            return
        self._begin(span_id, str(data["name"]), self._parent(data.get("parent_id")), data["attributes"])

    def end(self, data: dict[str, Any]) -> None:
        """The guest closes a span."""
        span = self._open.pop(str(data.get("span_id")), None)
        if span is not None:
            span["attributes"] = data["attributes"] or span["attributes"]
            self._finish(span, "ok" if data.get("status") == "ok" else "error", now_us())

    def replay(self, kind: str, data: dict[str, Any]) -> None:
        """Tell of a span from while the module was loaded. Where that was before this run, it took none of its time."""
        span_id = data["span_id"]
        if kind == "span_start" and span_id not in self._seen:
            self._seen.add(span_id)
            self._replayed.add(span_id)
        elif kind == "span_start" or span_id not in self._replayed:
            return
        moved = dict(data)
        if moved["parent_id"] not in self._replayed:
            moved["parent_id"] = self._root
        for key in ("start_us", "end_us"):
            if key in moved:
                moved[key] = max(moved[key], self._began)
        self._tell(kind, moved)

    def start_call(self, call_id: int, label: str, parent_id: str, attributes: dict[str, Any]) -> None:
        """A capability call begins."""
        span_id = secrets.token_hex(8)
        self._calls[call_id] = span_id
        # The label may hold what the guest wrote.
        self._begin(span_id, text(label)[:_LONGEST_NAME], self._parent(parent_id), attributes, kind="capability")

    def call_done(self, call_id: int) -> None:
        """From any thread: a call has its outcome now, whenever the guest takes it."""
        self._done[call_id] = now_us()

    def end_call(self, call_id: int, ok: bool, message: str, attributes: dict[str, Any]) -> None:
        """A call's outcome is given to the guest; `attributes` is what became known while it was made."""
        ended = self._done.pop(call_id, None) or now_us()
        span = self._open.pop(self._calls.pop(call_id, ""), None)
        if span is not None:
            span["attributes"] = {**span["attributes"], **attributes}
            if message:
                span["attributes"]["error"] = text(message[:500])
            self._finish(span, "ok" if ok else "error", ended)

    def close(self) -> None:
        """End what is still open: its work was broken off."""
        for span in list(self._open.values()):
            self._finish(span, "error", now_us())
        self._open.clear()

    def _parent(self, parent_id: Any) -> str:
        return parent_id if isinstance(parent_id, str) and parent_id in self._open else self._root

    def _begin(self, span_id: str, name: str, parent_id: str, attributes: dict[str, Any], kind: str = "custom") -> None:
        span = {
            "span_id": span_id,
            "parent_id": parent_id,
            "name": name,
            "kind": kind,
            "start_us": now_us(),
            "attributes": attributes,
        }
        self._open[span_id] = span
        self._seen.add(span_id)
        self._tell("span_start", dict(span))

    def _finish(self, span: dict[str, Any], status: str, end_us: int) -> None:
        self._tell("span_end", {**span, "end_us": max(end_us, span["start_us"]), "status": status})
