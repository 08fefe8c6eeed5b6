"""What a request asks for, and what admission finds out about it before there is a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from .pins import PinnedSettings, PinnedVersion
from .snapshot import Snapshot
from .trace import Trace


@dataclass(frozen=True)
class Ask:
    """What the caller wants, parsed and well formed. `digest` is of the body without `wait` (for idempotency)."""

    agent: str | None = None
    skill: str | None = None
    version: int | None = None
    text: str | None = None
    payload: Any = None
    session: str = ""
    idempotency_key: str | None = None
    digest: str = ""
    traceparent: str | None = None
    replay_of: UUID | None = None


@dataclass
class Draft:
    """An invocation in the making. `error` set means that it is finished already and will not run."""

    id: UUID
    snapshot: Snapshot
    trace: Trace
    span_id: str  # of the admit span, the parent of the steps within
    text: str | None
    payload: Any
    version: PinnedVersion | None = None
    settings: PinnedSettings | None = None
    deployment_id: int | None = None
    skill: str = ""
    canary: bool = False
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    placeholders: dict[str, dict[str, int]] = field(default_factory=dict)
    route: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    def refuse(self, code: str, message: str, **detail: Any) -> None:
        """End the invocation here, with a code of the catalogue."""
        self.error = {"code": code, "message": message, "detail": detail}
