"""Admission: from a request to a committed row. Inspect, route, pin, record; then tell the queue.

Runs in one thread of the admission pool, with that thread's own database connection; the only code that creates
invocations. What is refused before there is anything to record raises a `ProductError`; what a guardrail blocks or no
agent can serve becomes a finished invocation.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.scopes import Scope

from . import database, dispatch, gates, history, idempotency, routes, sinks, snapshot, sql
from .draft import Ask, Draft
from .errors import CATALOGUE, QueueFull
from .ids import new_span_id, now_us, trace_context, uuid7
from .models import Invocation, Status
from .trace import Trace

MAX_SWAPS = 5
INSERT = sql.Insert(Invocation, [field.attname for field in Invocation._meta.concrete_fields])


@dataclass(frozen=True)
class Admitted:
    """The invocation's row, and whether it was made now (False: an earlier request with the same idempotency key)."""

    invocation: Invocation
    created: bool


def admit(actor: Actor, ask: Ask, *, invocation_id: UUID | None = None, reply_to: str = "") -> Admitted:
    """Admit one request and return its committed row; when it is to run, the queue has been told.

    `invocation_id` and `reply_to` let a web process prepare its wait before the row exists. When a publish moves what
    was read before the row is written, admission starts over: no request mixes two versions.
    """
    actor.require(Scope.INVOKE)
    gates.key_rate(actor)
    for _swap in range(MAX_SWAPS):
        if ask.idempotency_key:
            earlier = idempotency.find(actor, ask.idempotency_key, ask.digest)
            if earlier is not None:
                return Admitted(earlier, created=False)
        try:
            invocation = _try(actor, ask, invocation_id or uuid7(), reply_to)
        except IntegrityError:
            if not ask.idempotency_key:
                raise
            continue  # the same key arrived twice at the same moment: join the one that won
        if invocation is not None:
            return Admitted(invocation, created=True)
    raise QueueFull("Versions are being published faster than this request could be admitted. Try again.")


def _try(actor: Actor, ask: Ask, invocation_id: UUID, reply_to: str) -> Invocation | None:
    """One pass over one snapshot. None when what it read was no longer live before the row was written."""
    begun, received = now_us(), timezone.now()
    trace_id, parent_span_id = trace_context(ask.traceparent)
    trace = Trace(str(invocation_id), root_span_id=new_span_id())
    seen = snapshot.read(actor.workspace.pk, ask.agent)
    draft = Draft(invocation_id, seen, trace, new_span_id(), ask.text, ask.payload)
    trace.event("accepted", {"agent": ask.agent, "skill": ask.skill, "by": actor.label}, at_us=begun)

    gates.inspect_input(draft, ask.agent)
    if draft.error is None:
        routes.resolve(actor, ask, draft)
    if draft.error is None and ask.agent is None:
        gates.inspect_for_agent(draft)
    if draft.error is None and draft.version is not None and draft.settings is not None:
        gates.agent_rate(draft.version, draft.settings)
        gates.queue_room(draft.version, draft.settings)
    trace.closed_span("admit", "admit", begun, now_us(), span_id=draft.span_id)

    # A request that named its agent and was blocked counts as that agent's.
    named = seen.agent.id if seen.agent else None
    invocation = Invocation(
        id=invocation_id,
        workspace_id=actor.workspace.pk,
        created_at=received,
        agent_id=draft.version.agent_id if draft.version else named,
        version_id=draft.version.id if draft.version else None,
        deployment_id=draft.deployment_id,
        settings_id=draft.settings.id if draft.settings else None,
        policy_version_id=seen.policy_version_id,
        skill=draft.skill,
        canary=draft.canary,
        text=draft.text,
        payload=draft.payload,
        session=ask.session,
        owner=actor.owner,
        api_key_id=actor.key.pk if actor.key else None,
        user_id=actor.user.pk if actor.user else None,
        replay_of_id=ask.replay_of,
        status=Status.QUEUED,
        route=draft.route,
        verdicts=draft.verdicts,
        placeholders=draft.placeholders,
        trace_id=trace_id,
        root_span_id=trace.root_span_id,
        parent_span_id=parent_span_id,
        reply_to=reply_to,
        enqueued_at=timezone.now(),  # the wait in the queue begins where admission ends
    )
    if draft.error is not None:
        _finish(invocation, draft, begun)
    else:
        trace.event("queued")
    invocation.admission = trace.take_pending()
    with database.write_turn(), transaction.atomic():
        if not seen.still_holds(invocation.agent_id, draft.deployment_id):
            return None
        INSERT.instance(invocation)
        if ask.idempotency_key:
            idempotency.claim(actor, ask.idempotency_key, ask.digest, invocation)
        if not invocation.is_open:
            history.write(invocation.pk, history.numbered(invocation.admission))
    if invocation.is_open:
        dispatch.start(invocation)
    else:
        sinks.tell(invocation, invocation.admission)
        dispatch.finished_at_admission(invocation)
    return invocation


def _finish(invocation: Invocation, draft: Draft, begun_us: int) -> None:
    """Refused at the door: the row is finished as it is written."""
    assert draft.error is not None
    code, end = draft.error["code"], now_us()
    if code not in CATALOGUE:
        raise KeyError(f"{code} is not in the catalogue of error codes")
    invocation.status = Status.BLOCKED if code == "blocked_by_guardrail" else Status.FAILED
    invocation.error, invocation.error_code = draft.error, code
    invocation.finished_at = timezone.now()
    invocation.total_ms = (end - begun_us) / 1000
    trace = draft.trace
    trace.closed_span(
        "request",
        "request",
        begun_us,
        end,
        span_id=trace.root_span_id,
        parent_id=invocation.parent_span_id,
        status="error",
    )
    trace.event("settled", {"status": invocation.status, "error": draft.error, "total_ms": invocation.total_ms})
