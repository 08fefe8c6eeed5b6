"""Identifiers: time-ordered invocation ids, and W3C trace and span ids."""

from __future__ import annotations

import re
import secrets
import time
import uuid

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}\Z")


def uuid7() -> uuid.UUID:
    """A version-7 UUID (RFC 9562): 48 bits of milliseconds, then 74 random bits; new ids sort after old ones."""
    value = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def new_span_id() -> str:
    """16 hex digits, never all zero."""
    return f"{secrets.randbits(64) or 1:016x}"


def trace_context(traceparent: str | None) -> tuple[str, str]:
    """(trace id, parent span id) of a W3C `traceparent` header; a new trace without parent when it is absent or bad."""
    match = TRACEPARENT.match(traceparent or "")
    if match and int(match[1], 16) and int(match[2], 16):
        return match[1], match[2]
    return f"{secrets.randbits(128) or 1:032x}", ""


def now_us() -> int:
    """Microseconds since the epoch: the unit of every span's start and end."""
    return time.time_ns() // 1_000
