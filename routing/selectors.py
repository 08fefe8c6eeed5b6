"""Reads of routing. Everything is within one workspace."""

from __future__ import annotations

from accounts.models import Workspace
from agents import selectors as agents

from . import service
from .engine import Decision
from .models import RoutingSettings


def settings_of(workspace: Workspace) -> RoutingSettings:
    """The workspace's settings; an unsaved row with the defaults when none were ever set."""
    found = RoutingSettings.objects.filter(workspace=workspace).select_related("default_agent").first()
    return found or RoutingSettings(workspace=workspace)


def try_text(workspace: Workspace, text: str, agent: str | None = None) -> Decision:
    """Decide about a text as an invocation would, without making one. Raises NotFound and `Unavailable`."""
    generation = Workspace.objects.values_list("routing_generation", flat=True).get(pk=workspace.pk)
    if agent is None:
        return service.decide(workspace.pk, generation, text)
    slug = agents.agent(workspace, agent, archived=False).slug
    return service.decide_within(workspace.pk, generation, text, slug)
