"""What the agents' pages are told of invocations (see `agents.insight`): activity, use of limits, calls, inputs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, TextField
from django.db.models.functions import Cast, Coalesce, Length
from django.utils import timezone

from accounts.models import User, Workspace
from agents.insight import MEASURED, WINDOW_HOURS, Calls, Spread, Use

from .models import Event, Invocation, Span, Status
from .statistics import activity, open_by_version

__all__ = ["activity", "calls", "input_of", "open_by_version", "past_inputs", "use"]

USED = ("fuel", "memory_bytes", "cpu_ms", "host_call_ms", "bytes_in", "bytes_out")
NEWEST = 1_000  # requests whose spans are looked through for capability calls
INPUT_BYTES = 8_000  # a larger one is not handed out with the page, only when it is asked for


def use(agent_id: int) -> Use:
    """Five queries over the agent's newest rows, by its index. Answers are measured in characters of their JSON."""
    newest = Invocation.objects.filter(agent_id=agent_id).order_by("-created_at")
    rows = list(newest.filter(sandbox_ms__isnull=False).values_list("pk", "sandbox_ms", "usage")[:MEASURED])
    values: dict[str, list[float]] = {"wall_ms": [sandbox_ms or 0.0 for _pk, sandbox_ms, _usage in rows]}
    for name in USED:
        values[name] = [usage[name] for _pk, _ms, usage in rows if usage and usage.get(name) is not None]
    ids = [pk for pk, _ms, _usage in rows]
    for name, table, kind in (("capability_calls", Span, "capability"), ("log_lines", Event, "log")):
        told = table.objects.filter(invocation_id__in=ids, kind=kind).order_by()  # type: ignore[attr-defined]
        counts = dict(told.values_list("invocation_id").annotate(n=Count("pk")))
        values[name] = [counts.get(pk, 0) for pk in ids]
    answers = Invocation.objects.filter(pk__in=ids, status=Status.SUCCEEDED).order_by()
    # An answer of nothing at all is no text in the database, and `null` to who reads it.
    written = Coalesce(Length(Cast("data", TextField())), len("null"))
    values["output_bytes"] = list(answers.annotate(n=written).values_list("n", flat=True))
    breaches = newest.order_by().filter(error_code__endswith="_limit", created_at__gte=_window())
    return Use(
        runs=len(rows),
        spreads={name: _spread(measured) for name, measured in values.items() if measured},
        breaches=dict(breaches.values_list("error_code").annotate(n=Count("pk"))),
    )


def _spread(values: Sequence[float]) -> Spread:
    """By nearest rank."""
    ranked = sorted(values)

    def rank(percent: int) -> float:
        return ranked[(len(ranked) * percent + 99) // 100 - 1]

    return Spread(rank(50), rank(95), ranked[-1])


def calls(agent_id: int) -> dict[str, Calls]:
    """By the first word of the spans' names, which is the capability's. Looks at the newest requests only."""
    newest = Invocation.objects.filter(agent_id=agent_id, created_at__gte=_window()).order_by("-created_at")
    ids = list(newest.values_list("pk", flat=True)[:NEWEST])
    rows = (
        Span.objects.filter(invocation_id__in=ids, kind="capability")
        .order_by()
        .values_list("name")
        .annotate(n=Count("pk"), failed=Count("pk", filter=Q(status="error")), last=Max("start_us"))
    )
    found: dict[str, Calls] = {}
    for name, count, failed, last in rows:
        capability = name.split(" ", 1)[0]
        at = datetime.fromtimestamp(last / 1e6, tz=UTC)
        before = found.get(capability)
        if before is not None:
            count, failed, at = count + before.count, failed + before.failed, max(at, before.last_at)
        found[capability] = Calls(count, failed, at)
    return found


def past_inputs(agent_id: int, user: User, limit: int) -> list[dict[str, Any]]:
    """One query. Inputs are as they passed the guardrails."""
    rows = Invocation.objects.filter(agent_id=agent_id, user=user).order_by("-created_at")[: limit * 5]
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = _input(row)
        key = json.dumps([entry[name] for name in ("skill", "text", "payload", "session")], sort_keys=True)
        if key not in found and len(found) < limit:
            found[key] = entry
            if len(key) > INPUT_BYTES:
                entry.update(text=(row.text or "")[:200] or None, payload=None, whole=False)
    return list(found.values())


def input_of(workspace: Workspace, invocation_id: str) -> dict[str, Any] | None:
    try:
        row = Invocation.objects.filter(workspace=workspace, pk=UUID(invocation_id)).first()
    except ValueError:
        return None
    return _input(row) if row else None


def _input(row: Invocation) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "skill": row.skill,
        "text": row.text,
        "payload": row.payload,
        "session": row.session,
        "status": row.status,
        "at": row.created_at.isoformat(),
        "whole": True,
    }


def _window() -> datetime:
    return timezone.now() - timedelta(hours=WINDOW_HOURS)
