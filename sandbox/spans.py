"""Spans of one run: those its code opens, and one for each capability call."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

_SPAN_ID = re.compile(r"[0-9a-f]{16}")
_MOST_OPEN = 1000

Tell = Callable[[str, dict[str, Any]], None]


def now_us() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


class Spans:
    """Times are taken here, on the host: a guest cannot make its trace lie."""

    def __init__(self, tell: Tell, parent_id: str) -> None:
        self._tell = tell
        self._root = parent_id
        self._open: dict[str, dict[str, Any]] = {}
        self._calls: dict[int, str] = {}
        self._done: dict[int, int] = {}

    def start(self, data: dict[str, Any]) -> None:
        """The guest opens a span; one with an id that is no id, or is open already, is passed over."""
        span_id = str(data.get("span_id"))
        if not _SPAN_ID.fullmatch(span_id) or span_id in self._open or len(self._open) >= _MOST_OPEN:
            return
        self._begin(span_id, str(data["name"]), self._parent(data.get("parent_id")), data["attributes"])

    def end(self, data: dict[str, Any]) -> None:
        """The guest closes a span."""
        span = self._open.pop(str(data.get("span_id")), None)
        if span is not None:
            span["attributes"] = data["attributes"] or span["attributes"]
            self._finish(span, "ok" if data.get("status") == "ok" else "error", now_us())

    def start_call(self, call_id: int, label: str, parent_id: str, attributes: dict[str, Any]) -> None:
        """A capability call begins."""
        span_id = secrets.token_hex(8)
        self._calls[call_id] = span_id
        self._begin(span_id, label, self._parent(parent_id), attributes)

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
                span["attributes"]["error"] = message[:500]
            self._finish(span, "ok" if ok else "error", ended)

    def close(self) -> None:
        """End what is still open: its work was broken off."""
        for span in list(self._open.values()):
            self._finish(span, "error", now_us())
        self._open.clear()

    def _parent(self, parent_id: Any) -> str:
        return parent_id if parent_id in self._open else self._root

    def _begin(self, span_id: str, name: str, parent_id: str, attributes: dict[str, Any]) -> None:
        span = {
            "span_id": span_id,
            "parent_id": parent_id,
            "name": name,
            "start_us": now_us(),
            "attributes": attributes,
        }
        self._open[span_id] = span
        self._tell("span_start", dict(span))

    def _finish(self, span: dict[str, Any], status: str, end_us: int) -> None:
        self._tell("span_end", {**span, "end_us": max(end_us, span["start_us"]), "status": status})
