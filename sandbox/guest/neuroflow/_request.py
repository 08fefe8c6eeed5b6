"""What a skill is given and what it may give back."""

import dataclasses
from typing import Any, Generic, TypeVar

Payload = TypeVar("Payload")


@dataclasses.dataclass
class Request(Generic[Payload]):
    """One request. `Request[Units]`, with Units a dataclass or TypedDict, also declares the payload's schema."""

    text: str = ""
    payload: Any = None
    skill: str | None = None
    session: str | None = None
    agent_id: str = ""
    trace_id: str = ""
    invocation_id: str = ""

    @property
    def skill_name(self) -> str | None:
        """The same as `skill`."""
        return self.skill


@dataclasses.dataclass
class Response:
    """An answer that says more than its data: that it failed and why, or numbers to record."""

    success: bool = True
    data: Any = None
    error_message: str | None = None
    metrics: dict[str, float] = dataclasses.field(default_factory=dict)
