"""Give an agent other limits, isolation, config or rate: a new revision and, when it is live, a deployment with it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

import sandbox
from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from accounts.storable import unstorable
from agents.errors import AgentsError, SettingsMoved
from agents.models import Agent, AgentSettings

from .deploy import ANY, redeploy_settings

LEAST_RATE, MOST = 0.001, 1_000_000_000


def update_settings(
    actor: Actor,
    agent: Agent,
    *,
    limits: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    isolation: str = AgentSettings.Isolation.WASM,
    lifetime: str = AgentSettings.Lifetime.FRESH,
    max_concurrent: int | None = None,
    rate_per_second: float | None = None,
    burst: int | None = None,
    expected: object = ANY,
    reason: str = "",
) -> AgentSettings:
    """Store a whole new revision (what is None keeps its default, not its former value) and serve with it.

    `expected` is the number of the revision that was seen as current; raises `SettingsMoved` when it no longer is.
    """
    actor.require(Scope.OPERATE)
    limits, config = limits or {}, config or {}
    if not isinstance(config, dict):
        raise AgentsError("The config must be a JSON object.", field="config")
    wrong = unstorable(config)
    if wrong:
        raise AgentsError(f"The config {wrong}.", field="config")
    if not isinstance(limits, dict):
        raise AgentsError("The limits must be a JSON object.", field="limits")
    try:
        sandbox.Limits.from_dict(limits)
    except (ValueError, TypeError) as error:
        raise AgentsError(str(error), field="limits") from error
    for field, value, known in (
        ("isolation", isolation, AgentSettings.Isolation.values),
        ("lifetime", lifetime, AgentSettings.Lifetime.values),
    ):
        if value not in known:
            raise AgentsError(f"There is no {field} “{value}”; there are: {', '.join(known)}.", field=field)
    if max_concurrent is not None and not 1 <= max_concurrent <= MOST:
        raise AgentsError("At least 1 run at once; leave it empty for no cap.", field="max_concurrent")
    if rate_per_second is not None and not LEAST_RATE <= rate_per_second <= MOST:
        raise AgentsError("A rate must be above 0; leave it empty for no limit.", field="rate_per_second")
    if burst is not None and not 1 <= burst <= MOST:
        raise AgentsError("A burst must be 1 or more; leave it empty for a second's worth.", field="burst")
    with transaction.atomic():
        agent = Agent.objects.select_for_update().get(pk=agent.pk)
        former = agent.current_settings
        if expected is not ANY and former is not None and former.number != expected:
            raise SettingsMoved(
                f"Revision {former.number} was saved in between. Look at what it changed; saving again replaces it.",
                current=former.number,
            )
        revision = AgentSettings.objects.create(
            agent=agent,
            number=(former.number if former else 0) + 1,
            limits=limits,
            config=config,
            isolation=isolation,
            lifetime=lifetime,
            max_concurrent=max_concurrent,
            rate_per_second=rate_per_second,
            burst=burst,
        )
        agent.current_settings = revision
        agent.save(update_fields=["current_settings"])
        audit.record(actor, "settings.update", agent, before=_shown(former), after=_shown(revision), reason=reason)
        redeploy_settings(actor, agent, revision, reason or f"settings revision {revision.number}")
    return revision


def _shown(settings: AgentSettings | None) -> dict | None:
    if settings is None:
        return None
    # Config may hold what should not be read by everybody who reads the audit log: keys only.
    return {
        "number": settings.number,
        "limits": settings.limits,
        "config": sorted(settings.config),
        "isolation": settings.isolation,
        "lifetime": settings.lifetime,
        "max_concurrent": settings.max_concurrent,
        "rate_per_second": settings.rate_per_second,
        "burst": settings.burst,
    }
