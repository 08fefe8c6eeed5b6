"""Grant a capability to an agent; revoke it. Both hold from the next capability call on."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

import sandbox
from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from accounts.storable import unstorable
from agents import selectors
from agents.errors import AgentsError
from agents.models import Agent, Grant
from sandbox.capabilities import http


def give_grant(actor: Actor, agent: Agent, capability: str, params: dict[str, Any], reason: str = "") -> Grant:
    """Replace the agent's grant of `capability` by one with these terms."""
    actor.require(Scope.OPERATE)
    wrong = unstorable(params) if isinstance(params, dict) else "is not a JSON object"
    if wrong:
        raise AgentsError(f"What is granted {wrong}.", capability=capability)
    try:
        sandbox.check_grant(capability, params)
    except ValueError as error:
        raise AgentsError(str(error), capability=capability) from error
    _check_secrets(agent, capability, params)
    with transaction.atomic():
        agent.grants.filter(capability=capability, revoked_at=None).update(revoked_at=timezone.now())
        grant = Grant.objects.create(agent=agent, capability=capability, params=params, actor=actor.label)
        audit.record(actor, "grant.give", agent, after={"capability": capability, **params}, reason=reason)
    return grant


def _check_secrets(agent: Agent, capability: str, params: dict[str, Any]) -> None:
    """A grant names secrets that are there, and opens the hosts that they are bound to."""
    named = params.get("secrets", []) if capability == "http" else []
    bound = dict(selectors.secrets(agent.workspace).values_list("name", "host")) if named else {}
    for name in named:
        if name not in bound:
            known = ", ".join(sorted(bound)[:20]) or "none yet"
            raise AgentsError(f"There is no secret “{name}”; there are: {known}.", capability=capability, secret=name)
        if not http.opens(params["hosts"], bound[name]):
            raise AgentsError(
                f"The secret “{name}” is bound to {bound[name]}, which the hosts of this grant do not open.",
                capability=capability,
                secret=name,
            )


def revoke_grant(actor: Actor, agent: Agent, capability: str, reason: str = "") -> bool:
    """End the grant; False when there was none."""
    actor.require(Scope.OPERATE)
    with transaction.atomic():
        ended = agent.grants.filter(capability=capability, revoked_at=None).update(revoked_at=timezone.now())
        if ended:
            audit.record(actor, "grant.revoke", agent, before={"capability": capability}, reason=reason)
    return bool(ended)
