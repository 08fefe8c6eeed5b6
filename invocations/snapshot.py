"""The snapshot: what was live at one moment, read in one query, and whether it still is."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Workspace
from agents.models import Agent
from guardrails.models import Policy, PolicyDeployment

from . import sql

_POLICY = f"""
    (SELECT d.version_id FROM {Policy._meta.db_table} p
      JOIN {PolicyDeployment._meta.db_table} d ON d.id = p.live_deployment_id
      WHERE p.workspace_id = w.id AND p.slug = 'default')"""  # noqa: S608 (table names of our own)

_READ = f"""
    SELECT w.routing_generation, {_POLICY}, a.id, a.live_deployment_id, a.current_settings_id, a.archived_at
    FROM {Workspace._meta.db_table} w
    LEFT JOIN {Agent._meta.db_table} a ON a.workspace_id = w.id AND a.slug = %s
    WHERE w.id = %s"""  # noqa: S608

_STILL = f"""
    SELECT {_POLICY}, a.live_deployment_id, a.archived_at
    FROM {Workspace._meta.db_table} w LEFT JOIN {Agent._meta.db_table} a ON a.id = %s
    WHERE w.id = %s"""  # noqa: S608


@dataclass(frozen=True)
class AgentPointer:
    """Where an agent's pointer pointed."""

    id: int
    deployment_id: int | None
    settings_id: int
    archived: bool


@dataclass(frozen=True)
class Snapshot:
    """Pointers of one workspace: its live policy version, the generation of its routes, and the agent asked for."""

    workspace_id: int
    generation: int
    policy_version_id: int | None
    agent: AgentPointer | None

    def still_holds(self, agent_id: int | None, deployment_id: int | None) -> bool:
        """Whether policy and deployment are still the live ones; asked inside the recording transaction. One query."""
        row = sql.first(_STILL, [agent_id, self.workspace_id])
        if row is None or row[0] != self.policy_version_id:
            return False
        return agent_id is None or deployment_id is None or (row[1] == deployment_id and row[2] is None)


def read(workspace_id: int, slug: str | None) -> Snapshot:
    """One query. `agent` is None when no slug is given or there is no such agent."""
    row = sql.first(_READ, [slug or "", workspace_id])
    if row is None:
        raise Workspace.DoesNotExist(workspace_id)
    agent = AgentPointer(row[2], row[3], row[4], row[5] is not None) if row[2] is not None else None
    return Snapshot(workspace_id, row[0], row[1], agent)


def agent_pointer(workspace_id: int, slug: str) -> AgentPointer | None:
    """As `read`, for an agent that was found by meaning."""
    return read(workspace_id, slug).agent
