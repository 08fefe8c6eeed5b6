"""What a capability is: a way out of the sandbox that an operator has to grant."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol


class Denied(Exception):
    """The grant does not cover this call. The guest sees CapabilityDenied with this text."""


class Failed(Exception):
    """The call could not be made or was not answered. The guest sees CapabilityError with this text.

    `kind` is one word for code that tells failures apart, such as `connect`.
    """

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class TimedOut(Failed):
    """The call was not answered in time. The guest sees CapabilityTimeout."""


class Work:
    """One call in progress: how long it may take, how it is told to give up, and what its span says when it ends."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline  # on time.monotonic()
        self._begun = time.monotonic()
        self.attributes: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._abandoned = False
        self._undo: list[Callable[[], None]] = []

    def remaining(self) -> float:
        """Seconds left. Raises TimedOut when there are none, or when the run gave up."""
        left = self.deadline - time.monotonic()
        if left <= 0 or self._abandoned:
            waited = time.monotonic() - self._begun
            raise TimedOut(
                "the run ended before the call was answered"
                if self._abandoned
                else f"no answer in {waited:.1f} s; the call, the grant (timeout_ms) or the run allows no more"
            )
        return left

    def on_abandon(self, undo: Callable[[], None]) -> None:
        """Have `undo` called from another thread when nobody waits for this call any more."""
        with self._lock:
            self._undo.append(undo)
            late = self._abandoned
        if late:
            undo()

    def abandon(self) -> None:
        """Nobody waits for this call any more."""
        with self._lock:
            if self._abandoned:
                return
            self._abandoned = True
            undo, self._undo = self._undo, []
        for call in undo:
            call()


@dataclass(frozen=True)
class Admitted:
    """A call that the grant covers.

    `changes` says that it may change something outside; `perform` does it, in a thread of its own, and gives a JSON
    value, or raises Denied, Failed or TimedOut. `label` and `attributes` show it in the trace.
    """

    perform: Callable[[Work], Any]
    changes: bool
    label: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Secret:
    """A value that the host puts into a header of requests to one host; no guest ever sees it.

    `used` is called, in the run's own thread, when a request that will carry it is admitted.
    """

    name: str
    host: str  # as in a grant: host or host:port
    header: str
    prefix: str
    value: str = field(repr=False)
    used: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)


def _no_secret(name: str) -> Secret | None:
    return None


@dataclass(frozen=True)
class Caller:
    """Who makes a call: what the run it comes from may see.

    `owner` is an opaque id of the agent, `session` the conversation it serves or None; `calls` counts the run's calls
    of this capability, this one included; `secret` gives a secret by its name, or None.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""
    session: str | None = None
    calls: int = 1
    secret: Callable[[str], Secret | None] = _no_secret


class Capability(Protocol):
    """One kind of capability, known by its name."""

    name: str
    summary: str  # one line for whoever grants it
    terms: ClassVar[dict[str, Any]]  # JSON Schema of the grant's terms

    def admit(self, request: Mapping[str, Any], grant: Mapping[str, Any], caller: Caller) -> Admitted:
        """Check a request against the grant, quickly and without waiting. Raises Denied or Failed.

        The request comes from the guest and may hold anything that JSON can.
        """

    def check(self, terms: Mapping[str, Any]) -> None:
        """Raise ValueError for terms that fit the schema and yet cannot be a grant."""


CALLS_TERM = {
    "type": "integer",
    "title": "Calls",
    "description": "How many calls one invocation may make; without it only the agent's own limit holds.",
    "minimum": 1,
    "maximum": 10_000,
    "examples": [50],
}


def check_calls(name: str, grant: Mapping[str, Any], caller: Caller) -> None:
    """Raise Denied when the run has made more calls of the capability than its grant says."""
    allowed = grant.get("calls")
    if isinstance(allowed, int) and caller.calls > allowed:
        raise Denied(
            f"this is call {caller.calls:,} of {name}, and calls of its grant allows {allowed:,} an invocation"
        )


def whole(terms: Mapping[str, Any], key: str, default: int, ceiling: int) -> int:
    """A whole number of a grant or request, within bounds; the default where there is none."""
    value = terms.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return default
    return min(value, ceiling)
