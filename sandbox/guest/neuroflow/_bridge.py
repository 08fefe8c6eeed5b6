"""The guest's side of the host calls: events out, capability calls out and back."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import wit_world

from neuroflow.errors import CapabilityDenied, CapabilityError, CapabilityTimeout

Result = tuple[bool, Any]

_waiting: dict[int, Callable[[Result], None]] = {}


def emit(kind: str, data: dict[str, Any]) -> None:
    """Give one event to the host. Values that JSON cannot carry are given as their text."""
    wit_world.emit(kind, json.dumps(data, default=str))


def start(capability: str, request: dict[str, Any], span_id: str, done: Callable[[Result], None]) -> int:
    """Begin a capability call; `done` gets its outcome while the guest waits. Returns the call's id."""
    call_id: int = wit_world.start(capability, json.dumps({"request": request, "span_id": span_id}))
    _waiting[call_id] = done
    return call_id


def fetch(question: str) -> bytes | None:
    """Ask the host about the packages that the version names; None when there is no such thing."""
    answer = wit_world.fetch(question)
    return base64.b64decode(answer[1:]) if answer else None


def forget(call_id: int) -> None:
    """Nobody waits for this call any more; what it brings is thrown away."""
    _waiting.pop(call_id, None)


def outstanding() -> bool:
    """Whether a capability call has begun and not been answered."""
    return bool(_waiting)


def wait(seconds: float | None) -> None:
    """Let the host wait until a call has an outcome or the time is over, and hand out what it brought."""
    timeout = -1 if seconds is None else max(0, int(seconds * 1_000_000))
    for call_id, ok, body in json.loads(wit_world.wait(timeout)):
        done = _waiting.pop(call_id, None)
        if done is not None:
            done((ok, body))


def unwrap(result: Result) -> Any:
    """The value of an outcome, or its error as an exception."""
    ok, body = result
    if ok:
        return body
    message = body.get("message", "the call failed")
    if body.get("code") == "capability_denied":
        raise CapabilityDenied(message)
    error = CapabilityTimeout(message) if body.get("code") == "timeout" else CapabilityError(message)
    error.kind = str(body.get("kind", ""))
    raise error


def call_blocking(capability: str, request: dict[str, Any], span_id: str) -> Any:
    """Make a capability call from code that is not a coroutine, and wait for it."""
    box: list[Result] = []
    start(capability, request, span_id, box.append)
    while not box:
        wait(None)
    return unwrap(box[0])


def sleep(seconds: float) -> None:
    """What `time.sleep` is in the sandbox: the host waits and other sandboxes compute meanwhile."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        wait(left)
