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
from agents.errors import AgentsError
from agents.models import Agent, Grant


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
    with transaction.atomic():
        agent.grants.filter(capability=capability, revoked_at=None).update(revoked_at=timezone.now())
        grant = Grant.objects.create(agent=agent, capability=capability, params=params, actor=actor.label)
        audit.record(actor, "grant.give", agent, after={"capability": capability, **params}, reason=reason)
    return grant


def revoke_grant(actor: Actor, agent: Agent, capability: str, reason: str = "") -> bool:
    """End the grant; False when there was none."""
    actor.require(Scope.OPERATE)
    with transaction.atomic():
        ended = agent.grants.filter(capability=capability, revoked_at=None).update(revoked_at=timezone.now())
        if ended:
            audit.record(actor, "grant.revoke", agent, before={"capability": capability}, reason=reason)
    return bool(ended)
