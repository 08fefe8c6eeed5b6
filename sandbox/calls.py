"""What goes into a run and what comes out of it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.limits import Limits

OnEvent = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Call:
    """One request to an agent. `trace_id` is 32 hex digits, `span_id` (of the step that runs it) 16."""

    skill: str | None
    text: str | None
    payload: dict[str, Any] | None
    session: str | None
    invocation_id: str
    trace_id: str
    span_id: str
    config: dict[str, Any]
    agent: str
    version: int
    owner: str = ""  # whose state this run may see: an id of the agent that is unique wherever the state is kept


@dataclass(frozen=True)
class Failure:
    """Why a run did not succeed.

    `code` is agent_error, time_limit, fuel_limit, memory_limit, output_limit, log_limit, stack_limit, table_limit,
    instance_limit, capability_limit, capability_denied, isolation_unavailable, cancelled or sandbox_error.
    `detail` of an agent's own error holds type, message, file, line and traceback; of a limit: limit, measured.
    """

    code: str
    message: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """What a run used: fuel (instructions), processor ms, peak bytes of linear memory, model tokens, ms in all and ms
    of them spent waiting for capabilities."""

    fuel: int
    cpu_ms: float
    memory_bytes: int
    tokens: int
    sandbox_ms: float
    host_call_ms: float
    bytes_in: int = 0  # through capabilities, as JSON: what came back to the guest
    bytes_out: int = 0  # what it sent


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `effects` says that it called something that changes the outside world."""

    success: bool
    data: Any
    failure: Failure | None
    usage: Usage
    effects: bool


class Cancel:
    """A signal to stop a run, from any thread; it also wakes the run's waits."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._wake: list[Callable[[], None]] = []

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask the run to stop. The first reason given is kept."""
        with self._lock:
            if self._set.is_set():
                return
            self.reason = reason
            self._set.set()
            wake = list(self._wake)
        for call in wake:
            call()

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        return self._set.is_set()

    def on_cancel(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when the run is cancelled (at once if it was); gives a function that takes it back."""
        with self._lock:
            self._wake.append(wake)
            already = self._set.is_set()
        if already:
            wake()

        def take_back() -> None:
            with self._lock:
                if wake in self._wake:
                    self._wake.remove(wake)

        return take_back


def limit_failure(code: str, name: str, limits: Limits, measured: int | float, unit: str, what: str) -> Failure:
    """A failure whose message names the limit and what was measured."""
    allowed = getattr(limits, name)
    message = f"{what}: {measured:,} {unit} used, {name} allows {allowed:,}"
    return Failure(code, message, {"limit": name, "allowed": allowed, "measured": measured})
