"""Change how a workspace routes: its default agent, its threshold, its margin."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.actor import Actor
from accounts.models import Workspace
from accounts.scopes import Scope
from agents import selectors as agents
from routing import service
from routing.errors import RoutingError
from routing.models import RoutingSettings

KEEP = object()


def update_settings(
    actor: Actor,
    *,
    default_agent: str | object | None = KEEP,
    threshold: float | None = None,
    margin: float | None = None,
) -> RoutingSettings:
    """Set what is given and keep the rest. `default_agent` is a slug, or None for none.

    Holds from the next request on, in every process. Raises NotFound, RoutingError (a threshold or margin outside 0
    to 1) and NotAllowed.
    """
    actor.require(Scope.OPERATE)
    for name, value in (("threshold", threshold), ("margin", margin)):
        if value is not None and not 0 <= value <= 1:
            raise RoutingError(f"{name} must be between 0 and 1.", field=name)
    with transaction.atomic():
        RoutingSettings.objects.get_or_create(workspace=actor.workspace)
        row = RoutingSettings.objects.select_for_update().get(workspace=actor.workspace)
        before = _facts(row)
        if default_agent is None:
            row.default_agent = None
        elif default_agent is not KEEP:
            row.default_agent = agents.agent(actor.workspace, str(default_agent), archived=False)
        row.threshold = row.threshold if threshold is None else threshold
        row.margin = row.margin if margin is None else margin
        if _facts(row) == before:
            return row
        row.save()
        Workspace.objects.filter(pk=actor.workspace.pk).update(routing_generation=F("routing_generation") + 1)
        audit.record(actor, "routing.settings", row, before=before, after=_facts(row))
        transaction.on_commit(lambda: service.refresh(actor.workspace.pk), robust=True)
    return row


def _facts(row: RoutingSettings) -> dict:
    return {
        "default_agent": row.default_agent.slug if row.default_agent else None,
        "threshold": row.threshold,
        "margin": row.margin,
    }
