"""An invocation as the contract shows it, whole and in a line. API, replies and live lists say the same."""

from __future__ import annotations

from typing import Any

from . import pins
from .models import Invocation

#: Not measured from the beginning: null in invocations of that time.
MEASURED_LATER = ("host_call_ms", "bytes_in", "bytes_out")


def represent(invocation: Invocation) -> dict[str, Any]:
    """The contract's invocation. Reads only what immutable caches hold beside the row."""
    version = pins.version(invocation.version_id) if invocation.version_id else None
    return {
        "id": str(invocation.pk),
        "status": invocation.status,
        "success": invocation.success,
        "data": invocation.data,
        "error": invocation.error,
        "trace_id": invocation.trace_id,
        "agent": pins.slug(invocation.agent_id) if invocation.agent_id else None,
        "version": version.number if version else None,
        "skill": invocation.skill or None,
        "route": invocation.route,
        "verdicts": invocation.verdicts,
        "usage": invocation.usage and {**dict.fromkeys(MEASURED_LATER), **invocation.usage},
        "timing": {
            "queued_ms": _rounded(invocation.queued_ms),
            "sandbox_ms": _rounded(invocation.sandbox_ms),
            "total_ms": _rounded(invocation.total_ms),
        },
        "created_at": invocation.created_at.isoformat(),
        "finished_at": invocation.finished_at.isoformat() if invocation.finished_at else None,
    }


def summary(invocation: Invocation) -> dict[str, Any]:
    """A line of a list."""
    version = pins.version(invocation.version_id) if invocation.version_id else None
    return {
        "id": str(invocation.pk),
        "status": invocation.status,
        "agent": pins.slug(invocation.agent_id) if invocation.agent_id else None,
        "version": version.number if version else None,
        "skill": invocation.skill or None,
        "error_code": invocation.error_code or None,
        "created_at": invocation.created_at.isoformat(),
        "total_ms": _rounded(invocation.total_ms),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
