"""The catalogue of what an invocation may end with: code, HTTP status, meaning. A test holds `docs/errors.md` to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.errors import ProductError


@dataclass(frozen=True)
class ErrorKind:
    http: int
    meaning: str


CATALOGUE: dict[str, ErrorKind] = {
    "blocked_by_guardrail": ErrorKind(403, "A guardrail rule refused the request or the answer."),
    "no_route": ErrorKind(422, "No agent can serve this text, and no default agent is set."),
    "agent_error": ErrorKind(502, "The agent's code raised an exception or answered with success=False."),
    "time_limit": ErrorKind(504, "The agent ran longer than its wall-clock limit."),
    "fuel_limit": ErrorKind(504, "The agent executed more instructions than its fuel limit."),
    "memory_limit": ErrorKind(504, "The agent needed more memory than its limit."),
    "output_limit": ErrorKind(504, "The answer was larger than the output limit."),
    "log_limit": ErrorKind(504, "The agent logged more than its limit."),
    "stack_limit": ErrorKind(504, "The agent recursed deeper than the stack allows."),
    "table_limit": ErrorKind(504, "The sandbox's function tables grew beyond their limit."),
    "instance_limit": ErrorKind(504, "The agent needed more instances, processes or threads than its limit."),
    "capability_limit": ErrorKind(504, "The agent called capabilities more often than its limit."),
    "capability_denied": ErrorKind(502, "The agent called a capability without a grant that covers the call."),
    "isolation_unavailable": ErrorKind(
        502, "This machine cannot isolate code in the way the agent's settings ask for."
    ),
    "sandbox_error": ErrorKind(502, "The sandbox itself failed; the worker's log says why."),
    "worker_lost": ErrorKind(503, "The worker died and the request could not safely be run again."),
    "cancelled": ErrorKind(409, "The invocation was cancelled."),
}


def http_status(code: str) -> int:
    """The HTTP status an invocation that ended with `code` is answered with."""
    kind = CATALOGUE.get(code)
    return kind.http if kind else 502


class Malformed(ProductError):
    """The body is not what the contract asks for; `field` says where."""

    code, http = "malformed", 400


class TooLarge(ProductError):
    code, http = "too_large", 413


class BadPayload(ProductError):
    """The payload does not fit the skill's schema; `path` says where."""

    code, http = "invalid_payload", 422


class NotLive(ProductError):
    """The agent exists but nothing of it is live."""

    code, http = "agent_not_live", 422


class IdempotencyConflict(ProductError):
    code, http = "idempotency_conflict", 409


class AlreadyFinished(ProductError):
    code, http = "already_finished", 409


class RateLimited(ProductError):
    code, http = "rate_limited", 429

    def __init__(self, message: str, retry_after: float, **detail: Any) -> None:
        super().__init__(message, **detail)
        self.retry_after = retry_after


class QueueFull(ProductError):
    code, http = "queue_full", 503
    retry_after = 1.0


class BrokerUnavailable(ProductError):
    """Redis does not answer, and what it would have to say decides whether the request may pass."""

    code, http = "broker_unavailable", 503
    retry_after = 1.0


class RouterUnavailable(ProductError):
    code, http = "router_unavailable", 503
    retry_after = 5.0
