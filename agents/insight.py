"""What the floor of invocations knows of agents, for the pages of this floor. It plugs in when Django starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.models import Workspace

WINDOW_HOURS = 24


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


ActivityReader = Callable[[Workspace], dict[int, Activity]]
OpenReader = Callable[[int], dict[int, int]]
_activity: ActivityReader | None = None
_open: OpenReader | None = None


def register(activity: ActivityReader, open_by_version: OpenReader) -> None:
    """`activity(workspace)` → {agent id: Activity}; `open_by_version(agent id)` → {version id: unfinished requests}."""
    global _activity, _open
    _activity, _open = activity, open_by_version


def activity(workspace: Workspace) -> dict[int, Activity]:
    return _activity(workspace) if _activity else {}


def open_by_version(agent_id: int) -> dict[int, int]:
    """What still runs on which version: an older one with requests in flight is draining."""
    return _open(agent_id) if _open else {}
