"""Rates, failures and durations of a workspace's invocations over a window, counted by the database.

Percentiles are exact: rows are ranked by duration within each group and the row at the wanted rank is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import Workspace
from agents.insight import WINDOW_HOURS, Activity

from .models import OPEN, Invocation, Status

BAD = (Status.FAILED,)


@dataclass
class Figures:
    """Counts by outcome, and durations (ms) of those that ran: succeeded or failed."""

    requests: int = 0
    failed: int = 0
    blocked: int = 0
    open: int = 0
    sandbox_ms: float = 0.0
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def error_rate(self) -> float | None:
        return self.failed / self.requests if self.requests else None

    def add(self, status: str, count: int, sandbox_ms: float | None) -> None:
        self.requests += count
        self.sandbox_ms += sandbox_ms or 0.0
        if status in BAD:
            self.failed += count
        elif status == Status.BLOCKED:
            self.blocked += count
        elif status in OPEN:
            self.open += count


@dataclass
class Report:
    """A window cut into `slices` of `step`; `agents` by id (None: what reached no agent); `whole` is all of it."""

    since: datetime
    until: datetime
    step: timedelta
    whole: Figures = field(default_factory=Figures)
    slices: list[Figures] = field(default_factory=list)
    agents: dict[int | None, Figures] = field(default_factory=dict)


class _Slice(Func):
    """Whole seconds since 1970 divided by `step`: the number of a time slice, counted by the database itself."""

    output_field = IntegerField()

    def __init__(self, expression: str, step: int) -> None:
        super().__init__(expression)
        self.extra["step"] = step

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(
            compiler, connection, template="(CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(step)s)", **extra
        )

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(
            compiler,
            connection,
            template="CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / %(step)s) AS BIGINT)",
            **extra,
        )


def report(workspace: Workspace, window: timedelta, slices: int = 60, agent: str = "") -> Report:
    """Figures of the last `window`, whole, in equal slices, and by agent. Four queries."""
    step = max(1, int(window.total_seconds()) // slices)
    last = int(timezone.now().timestamp()) // step
    first = last - slices + 1
    found = Report(_moment(first * step), _moment((last + 1) * step), timedelta(seconds=step))
    found.slices = [Figures() for _ in range(slices)]
    rows = Invocation.objects.filter(workspace=workspace, created_at__gte=found.since, created_at__lt=found.until)
    if agent:
        rows = rows.filter(agent__slug=agent)
    rows = rows.order_by().annotate(slice=_Slice("created_at", step))

    for row in rows.values("slice", "agent_id", "status").annotate(n=Count("pk"), sandbox=Sum("sandbox_ms")):
        for figures in (
            found.whole,
            found.slices[row["slice"] - first],
            found.agents.setdefault(row["agent_id"], Figures()),
        ):
            figures.add(row["status"], row["n"], row["sandbox"])

    ran = rows.filter(status__in=(Status.SUCCEEDED, Status.FAILED), total_ms__isnull=False)
    for key, values in _percentiles(ran, "slice").items():
        _set(found.slices[key - first], values)
    for key, values in _percentiles(ran, "agent_id").items():
        # Counted a moment later: an agent's first request may have come in between.
        _set(found.agents.setdefault(key, Figures()), values)
    _set(found.whole, _percentiles(ran, None).get(None, {}))
    return found


def _percentiles(rows: QuerySet[Invocation], key: str | None) -> dict[Any, dict[int, float]]:
    """{key: {50: ms, 95: ms}} by nearest rank."""
    partition = [F(key)] if key else []
    ranked = rows.annotate(
        rank=Window(RowNumber(), partition_by=partition, order_by=F("total_ms").asc()),
        size=Window(Count("pk"), partition_by=partition),
    ).filter(Q(rank=(F("size") * 50 + 99) / 100) | Q(rank=(F("size") * 95 + 99) / 100))
    found: dict[Any, dict[int, float]] = {}
    for row in ranked.values("rank", "size", "total_ms", *([key] if key else [])):
        group = found.setdefault(row[key] if key else None, {})
        for percent in (50, 95):
            if row["rank"] == (row["size"] * percent + 99) // 100:
                group[percent] = row["total_ms"]
    return found


def _set(figures: Figures, values: dict[int, float]) -> None:
    figures.p50_ms, figures.p95_ms = values.get(50), values.get(95)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.get_default_timezone())


def activity(workspace: Workspace, slices: int = 24) -> dict[int, Activity]:
    """What the agents' pages show (see `agents.insight`): the last hours of every agent. Two queries."""
    step = WINDOW_HOURS * 3600 // slices
    last = int(timezone.now().timestamp()) // step
    first = last - slices + 1
    rows = (
        Invocation.objects.filter(workspace=workspace, agent__isnull=False, created_at__gte=_moment(first * step))
        .order_by()
        .annotate(slice=_Slice("created_at", step))
    )
    requests: dict[int, list[int]] = {}
    failed: dict[int, int] = {}
    for row in rows.values("slice", "agent_id", "status").annotate(n=Count("pk")):
        series = requests.setdefault(row["agent_id"], [0] * slices)
        series[min(slices - 1, row["slice"] - first)] += row["n"]
        if row["status"] in BAD:
            failed[row["agent_id"]] = failed.get(row["agent_id"], 0) + row["n"]
    ran = rows.filter(status__in=(Status.SUCCEEDED, Status.FAILED), total_ms__isnull=False)
    durations = _percentiles(ran, "agent_id")
    return {
        agent: Activity(sum(series), failed.get(agent, 0), durations.get(agent, {}).get(95), series)
        for agent, series in requests.items()
    }


def open_by_version(agent_id: int) -> dict[int, int]:
    """{version id: requests accepted and not finished}. One query."""
    rows = Invocation.objects.filter(agent_id=agent_id, status__in=OPEN, version__isnull=False).order_by()
    return dict(rows.values_list("version_id").annotate(n=Count("pk")))
