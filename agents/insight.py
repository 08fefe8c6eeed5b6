"""What the floor of invocations knows of agents, for the pages of this floor. It plugs in when Django starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from accounts.models import User, Workspace

WINDOW_HOURS = 24
MEASURED = 200  # the last runs from which what an agent uses is told


@dataclass(frozen=True)
class Activity:
    """One agent's last `WINDOW_HOURS`: requests, failed ones, p95 (ms), and the requests in equal slices of it."""

    requests: int = 0
    failed: int = 0
    p95_ms: float | None = None
    slices: list[int] = field(default_factory=list)

    @property
    def error_rate(self) -> float | None:
        return self.failed / self.requests if self.requests else None

    @property
    def health(self) -> str:
        """A word: `idle`, `healthy`, `degraded` (some failed) or `failing` (a tenth or more)."""
        if not self.requests:
            return "idle"
        if not self.failed:
            return "healthy"
        return "failing" if self.failed >= self.requests / 10 else "degraded"


@dataclass(frozen=True)
class Spread:
    """What the last runs used of one thing, in its own unit: the median, the 95th percentile and the most."""

    p50: float
    p95: float
    most: float


@dataclass(frozen=True)
class Use:
    """What the last `MEASURED` runs of an agent used, and which limits were breached.

    `runs` is how many they were; `spreads` has by name `wall_ms`, `fuel`, `memory_bytes`, `cpu_ms`, `host_call_ms`,
    `bytes_in`, `bytes_out`, `output_bytes`, `log_lines` and `capability_calls`; `breaches` counts by error code
    those of the last `WINDOW_HOURS`.
    """

    runs: int = 0
    spreads: dict[str, Spread] = field(default_factory=dict)
    breaches: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Calls:
    """Calls of one capability within `WINDOW_HOURS`, and the last of them."""

    count: int
    failed: int
    last_at: datetime


class Readers(Protocol):
    """What the floor above offers."""

    def activity(self, workspace: Workspace) -> dict[int, Activity]:
        """{agent id: its last hours}."""

    def open_by_version(self, agent_id: int) -> dict[int, int]:
        """{version id: unfinished requests}: an older one with requests in flight is draining."""

    def use(self, agent_id: int) -> Use:
        """What the agent's last runs used."""

    def calls(self, agent_id: int) -> dict[str, Calls]:
        """{capability: its calls}."""

    def past_inputs(self, agent_id: int, user: User, limit: int) -> list[dict[str, Any]]:
        """A person's last different inputs, newest first: {"id", "skill", "text", "payload", "session", "status", "at",
        "whole": False where text and payload are too large to be handed out}."""

    def input_of(self, workspace: Workspace, invocation_id: str) -> dict[str, Any] | None:
        """One invocation's input, whole; None when there is no such invocation."""


_readers: Readers | None = None


def register(readers: Readers) -> None:
    global _readers
    _readers = readers


def activity(workspace: Workspace) -> dict[int, Activity]:
    return _readers.activity(workspace) if _readers else {}


def open_by_version(agent_id: int) -> dict[int, int]:
    """What still runs on which version: an older one with requests in flight is draining."""
    return _readers.open_by_version(agent_id) if _readers else {}


def use(agent_id: int) -> Use:
    return _readers.use(agent_id) if _readers else Use()


def calls(agent_id: int) -> dict[str, Calls]:
    return _readers.calls(agent_id) if _readers else {}


def past_inputs(agent_id: int, user: User, limit: int = 12) -> list[dict[str, Any]]:
    return _readers.past_inputs(agent_id, user, limit) if _readers else []


def input_of(workspace: Workspace, invocation_id: str) -> dict[str, Any] | None:
    return _readers.input_of(workspace, invocation_id) if _readers else None
