"""The snapshot: what was live at one moment, read in one query, and whether it still is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from accounts.models import Workspace
from agents.models import Agent
from guardrails.models import Policy


@dataclass(frozen=True)
class AgentPointer:
    id: int
    deployment_id: int | None
    settings_id: int | None
    archived: bool


@dataclass(frozen=True)
class Snapshot:
    """Pointers of one workspace: its live policy version, the generation of its routes, and each agent asked for."""

    workspace_id: int
    generation: int
    policy_version_id: int | None

    def still_holds(self, agent_id: int | None, deployment_id: int | None) -> bool:
        """Whether policy and deployment are still the live ones; asked inside the recording transaction."""
        policy = live_policy(self.workspace_id)
        if policy != self.policy_version_id:
            return False
        if agent_id is None or deployment_id is None:
            return True
        return Agent.objects.filter(pk=agent_id, live_deployment_id=deployment_id, archived_at=None).exists()


def read(workspace_id: int) -> Snapshot:
    """One query."""
    row = (
        Workspace.objects.filter(pk=workspace_id)
        .annotate(policy=Subquery(_live_policies().filter(workspace_id=OuterRef("pk")).values("live_deployment__version")[:1]))
        .values_list("routing_generation", "policy")
        .get()
    )
    return Snapshot(workspace_id, row[0], row[1])


def live_policy(workspace_id: int) -> int | None:
    """Id of the workspace's live policy version. One query."""
    return _live_policies().filter(workspace_id=workspace_id).values_list("live_deployment__version", flat=True).first()


def agent_pointer(workspace_id: int, slug: str) -> AgentPointer | None:
    """Where an agent's pointer points now. One query."""
    row = (
        Agent.objects.filter(workspace_id=workspace_id, slug=slug)
        .values_list("pk", "live_deployment_id", "current_settings_id", "archived_at")
        .first()
    )
    return AgentPointer(row[0], row[1], row[2], row[3] is not None) if row else None


def _live_policies():
    return Policy.objects.filter(slug="default", live_deployment__isnull=False).order_by()
