"""Run a past invocation's input again, on what is live now or on a version of choice."""

from __future__ import annotations

from uuid import UUID

from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from invocations.admission import Admitted, admit
from invocations.draft import Ask
from invocations.errors import Malformed
from invocations.models import Invocation


def replay(
    actor: Actor,
    invocation: Invocation,
    *,
    version: int | None = None,
    invocation_id: UUID | None = None,
    reply_to: str = "",
) -> Admitted:
    """Admit the stored input (as it passed the guardrails) once more; the new invocation names the old one."""
    actor.require(Scope.READ)  # the answer tells what the stored input was
    if invocation.agent is None:
        ask = Ask(text=invocation.text, payload=invocation.payload, session=invocation.session, replay_of=invocation.pk)
        if version is not None:
            raise Malformed("This invocation reached no agent, so there is no version to choose.", field="version")
    else:
        ask = Ask(
            agent=invocation.agent.slug,
            skill=invocation.skill or None,
            version=version,
            text=invocation.text,
            payload=invocation.payload,
            session=invocation.session,
            replay_of=invocation.pk,
        )
    admitted = admit(actor, ask, invocation_id=invocation_id, reply_to=reply_to)
    audit.record(actor, "invocation.replay", invocation, after={"invocation": str(admitted.invocation.pk)})
    return admitted
