"""What surrounds a request: identity, configuration, deadline, spans and granted capabilities."""

import contextlib
import contextvars
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from neuroflow import _bridge, _loop
from neuroflow._http import Http
from neuroflow._log import Log, emit_metric, log
from neuroflow._state import State

if TYPE_CHECKING:
    from neuroflow._request import Request

current_span: contextvars.ContextVar[str] = contextvars.ContextVar("current_span", default="")
_served: "tuple[Request[Any] | None, Context | None]" = (None, None)


def serving(request: "Request[Any]", context: "Context") -> None:
    """From now on this request is the one that is served."""
    global _served
    _served = (request, context)


def current() -> "tuple[Request[Any] | None, Context | None]":
    """The request that is served, and its context; None and None while the agent is loaded."""
    return _served


@contextlib.contextmanager
def span(name: str, /, **attributes: Any) -> Iterator[dict[str, Any]]:
    """Show a step of the work in the trace. What is put into the yielded dict is shown as attributes."""
    span_id = secrets.token_hex(8)
    data = {"span_id": span_id, "parent_id": current_span.get(), "name": name, "attributes": attributes}
    _bridge.emit("span_start", data)
    token = current_span.set(span_id)
    status = "error"
    try:
        yield attributes
        status = "ok"
    finally:
        current_span.reset(token)
        _bridge.emit("span_end", {**data, "status": status})


class Context:
    """Given to a skill that takes a second argument.

    Attributes: trace_id, span_id, invocation_id, session, agent, version, config (a dict), grants (the terms of each
    granted capability, by its name), deadline (seconds since the epoch, when the run is ended), http, state, log.
    """

    def __init__(
        self,
        trace_id: str = "",
        span_id: str = "",
        invocation_id: str = "",
        session: str | None = None,
        agent: str = "",
        version: int = 0,
        config: dict[str, Any] | None = None,
        deadline: float | None = None,
        grants: dict[str, Any] | None = None,
    ) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.invocation_id = invocation_id
        self.session = session
        self.agent = agent
        self.version = version
        self.config = config or {}
        self.grants = grants or {}
        self.deadline = time.time() + 30 if deadline is None else deadline
        self.http = Http(self.call)
        self.state = State(self.call)
        self.log: Log = log

    def remaining(self) -> float:
        """Seconds left until the run is ended."""
        return max(0.0, self.deadline - time.time())

    async def call(self, capability: str, /, **request: Any) -> Any:
        """Call a granted capability by name. Raises CapabilityDenied or CapabilityError."""
        return await _loop.call(capability, request, current_span.get())

    def metric(self, name: str, value: float, unit: str | None = None, **attributes: Any) -> None:
        """The same as `neuroflow.emit_metric`."""
        emit_metric(name, value, unit, **attributes)

    def span(self, name: str, /, **attributes: Any) -> contextlib.AbstractContextManager[dict[str, Any]]:
        """`with context.span("parse") as attributes:` shows a step of the work in the trace.

        Spans nest, also across tasks. What is put into `attributes` is shown with it; an exception marks it as failed.
        """
        return span(name, **attributes)
