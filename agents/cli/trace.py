"""A trace in the terminal: what an invocation tells, line by line, as it happens.

The same for a run of this machine and for one that is followed on a server: both tell the same kinds of events.
"""

from __future__ import annotations

from typing import Any

from .terminal import Terminal, harmless, shown

_LEVELS = {"debug": ("dim",), "info": ("cyan",), "warning": ("yellow",), "error": ("red",)}
_STATES = {
    "accepted": "accepted",
    "queued": "queued",
    "started": "started by a worker",
    "retried": "run again: {reason}",
    "ended": "ended: {reason}",
    "settled": "{status}",
}
_MARGIN = " " * 11


class Trace:
    """Prints events. `began_us` is the moment (microseconds since the epoch) from which times are counted; without it
    the first event's. `prefix` stands before every line."""

    def __init__(self, terminal: Terminal, began_us: int | None = None, prefix: str = "") -> None:
        self._terminal = terminal
        self._began = began_us
        self._prefix = prefix
        self._depths: dict[str, int] = {}  # of spans that are open, the latest last

    def event(self, kind: str, data: dict[str, Any], at_us: int) -> None:
        """Print one event; a kind that is not known here is passed over."""
        if self._began is None:
            self._began = int(data.get("start_us", at_us))
        if kind == "span_start":
            self._start(data, at_us)
        elif kind in ("span_end", "span"):
            self._end(data, at_us)
        elif kind == "log":
            self._log(data, at_us)
        elif kind == "metric":
            self._metric(data, at_us)
        elif kind == "verdict":
            said = f"{data.get('action')} by {data.get('rule')} ({data.get('direction')})"
            self._line(at_us, f"{self._paint('guardrail', 'yellow')} {harmless(said)}")
        elif kind in _STATES:
            self._line(at_us, self._paint(_STATES[kind].format_map({"reason": "", "status": "settled", **data}), "dim"))

    def _start(self, span: dict[str, Any], at_us: int) -> None:
        depth = self._depths.get(str(span.get("parent_id")), -1) + 1
        self._line(at_us, f"┌ {self._paint(str(span['name']), 'bold')}{self._fields(span['attributes'])}", depth)
        self._depths[str(span["span_id"])] = depth

    def _end(self, span: dict[str, Any], at_us: int) -> None:
        depth = self._depths.pop(str(span["span_id"]), None)
        # A span that is told whole was too short to watch.
        sign = "─" if depth is None else "└"
        if depth is None:
            depth = self._depths.get(str(span.get("parent_id")), -1) + 1
        took = duration((span["end_us"] - span["start_us"]) / 1000)
        failed = span.get("status") == "error"
        name = self._paint(str(span["name"]), "red" if failed else "bold")
        attributes = span["attributes"]
        if sign == "└":  # the rest was said when it began
            attributes = {"error": attributes["error"]} if "error" in attributes else {}
        text = f"{sign} {name} {took}{' failed' if failed else ''}{self._fields(attributes)}"
        self._line(at_us, text, depth)

    def _log(self, data: dict[str, Any], at_us: int) -> None:
        level = str(data.get("level", "info"))
        what = str(data.get("stream") or level)
        styles = _LEVELS.get(level, ()) if not data.get("stream") else ("dim",)
        fields = {name: value for name, value in (data.get("fields") or {}).items() if name != "logger"}
        message = harmless(str(data.get("message", "")))
        self._line(at_us, f"{self._paint(f'{what:<7}', *styles)} {message}{self._fields(fields)}")

    def _metric(self, data: dict[str, Any], at_us: int) -> None:
        value = data.get("value")
        said = f"{value:g}" if isinstance(value, float) else str(value)
        text = harmless(f"{data.get('name')} = {said} {data.get('unit') or ''}".rstrip())
        self._line(at_us, f"{self._paint('metric ', 'blue')} {text}{self._fields(data.get('attributes') or {})}")

    def _line(self, at_us: int, text: str, depth: int | None = None) -> None:
        """One event's line, its further lines below it. What no depth is given for is inside the span opened last."""
        if depth is None:
            depth = next(reversed(self._depths.values()), -1) + 1
        assert self._began is not None
        bars = self._paint("│ ", "dim") * depth
        stamp = self._paint(f"{max(0, at_us - self._began) / 1e6:>8.3f} s", "dim")
        first, *more = text.split("\n")
        self._terminal.say(f"{self._prefix}{stamp}  {bars}{first}")
        for line in more:
            self._terminal.say(f"{self._prefix}{_MARGIN} {bars}{line}")

    def _fields(self, fields: dict[str, Any]) -> str:
        said = " ".join(f"{harmless(str(name))}={harmless(shown(value))}" for name, value in fields.items())
        return f"  {self._paint(said, 'dim')}" if said else ""

    def _paint(self, text: str, *styles: str) -> str:
        return self._terminal.paint(harmless(text), *styles)


def duration(ms: float) -> str:
    """Milliseconds for reading: `0.24 ms`, `18 ms`, `2.41 s`."""
    if ms >= 1000:
        return f"{ms / 1000:.2f} s"
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.2g} ms"


def usage_line(usage: dict[str, Any], total_ms: float | None) -> str:
    """What a run used, in one line."""
    parts = []
    if total_ms is not None:
        parts.append(f"in {duration(total_ms)}")
    if "fuel" in usage:
        parts.append(f"fuel {usage['fuel'] / 1e6:,.1f} M")
        parts.append(f"CPU {duration(usage['cpu_ms'])}")
        parts.append(f"memory {usage['memory_bytes'] / (1 << 20):.0f} MiB")
        if usage.get("host_call_ms"):
            parts.append(f"waited {duration(usage['host_call_ms'])}")
        if usage.get("bytes_in") or usage.get("bytes_out"):
            parts.append(f"{usage.get('bytes_in') or 0:,} bytes in, {usage.get('bytes_out') or 0:,} out")
        if usage.get("tokens"):
            parts.append(f"{usage['tokens']:,} tokens")
    return " · ".join(parts)
