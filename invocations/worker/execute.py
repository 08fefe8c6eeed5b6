"""One attempt: claim the row, run the pinned version in a fresh sandbox, check the answer, settle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

import sandbox
from agents import secrets, source
from agents.selectors import live_grants
from guardrails import service as guardrails
from invocations import caps, database, pins, settling, sql
from invocations.figures import FIGURES
from invocations.ids import now_us
from invocations.models import Invocation, Status
from invocations.settling import Settlement
from invocations.trace import Trace
from sandbox.capabilities import Failed

from .running import LEASE_SECONDS, RUNNING, Running

log = logging.getLogger(__name__)

_FIELDS = [field.attname for field in Invocation._meta.concrete_fields]
_CLAIM = f"""
    UPDATE {Invocation._meta.db_table}
    SET status = %s, attempt = attempt + 1, started_at = %s, lease_expires_at = %s
    WHERE id = %s AND status = %s"""  # noqa: S608 (a table name of our own)
CLAIM = sql.Returning(Invocation, _FIELDS, f"{_CLAIM} AND {caps.UNCAPPED}")
CLAIM_CAPPED = sql.Returning(Invocation, _FIELDS, _CLAIM)


def execute(invocation_id: str) -> None:
    """Run one invocation if it still waits to be run; a message for one that does not is dropped silently.

    For an agent with a cap it is whichever of its invocations has waited longest, or none (`caps`).
    """
    try:
        invocation = claim(invocation_id)
        if invocation is not None:
            _attempt(invocation)
    finally:
        database.release()


def _attempt(invocation: Invocation) -> None:
    trace = Trace(str(invocation.pk), invocation.root_span_id, invocation.attempt, before=invocation.admission or [])
    cancel = sandbox.Cancel()
    trace.uncertain = trace.uncertain or invocation.capped  # who looked at the cap may have written to the stream
    with RUNNING.track(Running(invocation.pk, invocation.attempt, trace, cancel)):
        try:
            settlement = _run(invocation, trace, cancel)
        except Exception:
            log.exception("attempt %s of invocation %s failed in the worker", invocation.attempt, invocation.pk)
            settlement = Settlement(
                Status.FAILED,
                error=_error("sandbox_error", "The worker failed while it ran this request; its log says why."),
            )
        if not settling.settle(invocation, trace, settlement):
            log.info("attempt %s of invocation %s is no longer current", invocation.attempt, invocation.pk)


def claim(invocation_id: str) -> Invocation | None:
    """Take the row for a new attempt, or None when another worker has it or it is over. One statement without a cap."""
    now = timezone.now()
    lease = now + timedelta(seconds=LEASE_SECONDS)
    adapt = connection.ops.adapt_datetimefield_value
    change = [Status.RUNNING, adapt(now), adapt(lease)]
    key = UUID(invocation_id)
    with database.write_turn():
        invocation: Invocation | None = CLAIM.one([*change, sql.key(Invocation, key), Status.QUEUED])
        if invocation is None:
            invocation = caps.claim(key, CLAIM_CAPPED, change)
    if invocation is not None:
        invocation.queued_ms = (now - (invocation.enqueued_at or invocation.created_at)).total_seconds() * 1000
    return invocation


def _run(invocation: Invocation, trace: Trace, cancel: sandbox.Cancel) -> Settlement:
    assert invocation.version_id is not None and invocation.settings_id is not None
    version, settings = pins.version(invocation.version_id), pins.settings(invocation.settings_id)
    enqueued = int((invocation.enqueued_at or invocation.created_at).timestamp() * 1e6)
    trace.closed_span("queue", "queue", enqueued, now_us(), **caps.why_it_waited(invocation))
    trace.event("started", {"agent": version.agent, "version": version.number, "skill": invocation.skill})

    with trace.span("sandbox", "sandbox", live=True, version=version.number, skill=invocation.skill) as span:
        code = pins.source(version.id)
        # Only code that says it wants a capability is told beforehand what was granted; each call asks anew.
        grants = live_grants(version.agent_id) if version.manifest.get("capabilities") else {}
        database.release()
        outcome = source.runtime().run(
            code,
            sandbox.Call(
                skill=invocation.skill,
                text=invocation.text,
                payload=invocation.payload,
                session=invocation.session or None,
                invocation_id=str(invocation.pk),
                trace_id=invocation.trace_id,
                span_id=span.span_id,
                config=settings.config,
                agent=version.agent,
                version=version.number,
                owner=str(version.agent_id),
            ),
            settings.limits,
            isolation=settings.isolation,
            lifetime=settings.lifetime,
            grants=grants,
            grants_now=lambda: _grants_now(version.agent_id),
            secrets=lambda name: _secret_now(invocation.workspace_id, name),
            on_event=_event_sink(trace, span.span_id),
            on_effect=_effect_marker(invocation),
            cancel=cancel,
        )
        usage = {
            "fuel": outcome.usage.fuel,
            "cpu_ms": round(outcome.usage.cpu_ms, 3),
            "memory_bytes": outcome.usage.memory_bytes,
            "tokens": outcome.usage.tokens,
            "host_call_ms": outcome.usage.host_call_ms,
            "bytes_in": outcome.usage.bytes_in,
            "bytes_out": outcome.usage.bytes_out,
        }
        span.attributes.update(usage)
        FIGURES.ran(version.agent, usage)
        if outcome.failure is not None:
            span.status = "error"
            span.attributes["error"] = outcome.failure.code
    settlement = Settlement(Status.SUCCEEDED, usage=usage, sandbox_ms=outcome.usage.sandbox_ms)
    if outcome.failure is not None:
        failure = outcome.failure
        settlement.status = Status.CANCELLED if failure.code == "cancelled" else Status.FAILED
        settlement.error = _error(failure.code, failure.message, failure.detail)
    else:
        settlement.data = outcome.data
    _inspect_output(invocation, version.agent, trace, settlement)
    return settlement


def _inspect_output(invocation: Invocation, agent: str, trace: Trace, settlement: Settlement) -> None:
    """What leaves is checked like what came in: the answer, and the words of an error."""
    outgoing = settlement.data if settlement.error is None else settlement.error
    with trace.span("guardrails: output", "guardrail", direction="output") as span:
        found = guardrails.inspect(
            invocation.policy_version_id,
            "output",
            value=outgoing,
            agent=agent,
            placeholders=invocation.placeholders,
        )
        settlement.verdicts = [{**verdict, "direction": "output"} for verdict in found.verdicts]
        span.attributes.update(action=found.action, verdicts=len(found.verdicts))
    for verdict in settlement.verdicts:
        trace.event("verdict", verdict, span.span_id)
    if found.action == "block":
        settlement.status, settlement.data = Status.BLOCKED, None
        settlement.error = _error("blocked_by_guardrail", found.message, {"rule": found.rule, "direction": "output"})
    elif settlement.error is None:
        settlement.data = found.value
    else:
        settlement.error = found.value


def _event_sink(trace: Trace, sandbox_span_id: str) -> Callable[[str, Mapping[str, Any]], None]:
    """Takes what the guest tells while it runs; the flusher sends it on within milliseconds."""

    def on_event(kind: str, data: Mapping[str, Any]) -> None:
        told = dict(data)
        if kind in ("span_start", "span_end"):
            told["parent_id"] = told.get("parent_id") or sandbox_span_id
            told.setdefault("kind", "custom")
        trace.event(kind, told, told.get("span_id") or sandbox_span_id)
        RUNNING.wake_flusher()

    return on_event


def _grants_now(agent_id: int) -> dict[str, dict[str, Any]]:
    """Asked at every capability call; the call's wait after it must not hold a pooled connection."""
    try:
        return live_grants(agent_id)
    finally:
        database.release()


def _secret_now(workspace_id: int, name: str) -> sandbox.Secret | None:
    """Asked, as grants are, at every call that needs it; how it was used last is written down here too."""
    try:
        found = secrets.find(workspace_id, name)
    except secrets.Sealed as error:
        raise Failed(error.message) from error
    finally:
        database.release()
    return found and replace(found, used=lambda: _released(found.used))


def _released(write: Callable[[], None]) -> None:
    try:
        write()
    finally:
        database.release()


def _effect_marker(invocation: Invocation) -> Callable[[], None]:
    """Before the first call that changes something outside, the row says so: it will not be run a second time."""

    def on_effect() -> None:
        current = Invocation.objects.filter(pk=invocation.pk, attempt=invocation.attempt, status=Status.RUNNING)
        try:
            if not current.update(effects=True):
                raise RuntimeError("this attempt is no longer the current one")
        finally:
            database.release()

    return on_effect


def _error(code: str, message: str, detail: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "detail": detail or {}}
