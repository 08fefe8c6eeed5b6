"""Reads of agents. Everything is within one workspace: what belongs to another is not found."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Workspace

from .errors import NotFound
from .models import Agent, Deployment, Grant, Secret, Version


def agents(workspace: Workspace, archived: bool = False) -> QuerySet[Agent]:
    """Agents with their live deployment and its versions (one query, without source)."""
    return (
        Agent.objects.filter(workspace=workspace, archived_at__isnull=not archived)
        .select_related("live_deployment__version", "live_deployment__canary_version", "current_settings")
        .defer("live_deployment__version__files", "live_deployment__canary_version__files")
    )


def agent(workspace: Workspace, slug: str, archived: bool = True) -> Agent:
    """One agent by slug. Raises `NotFound` naming those that exist."""
    found = (
        Agent.objects.filter(workspace=workspace, slug=slug)
        .select_related("workspace", "live_deployment__version", "live_deployment__canary_version", "current_settings")
        .defer("live_deployment__version__files", "live_deployment__canary_version__files")
        .first()
    )
    if found is None or (found.archived_at is not None and not archived):
        known = list(agents(workspace).values_list("slug", flat=True)[:20])
        raise NotFound(f"There is no agent “{slug}”. {_existing('agents', known)}", agent=slug, known=known)
    return found


def versions(agent: Agent) -> QuerySet[Version]:
    """Newest first, without source."""
    return agent.versions.defer("files").prefetch_related("checks")


def version(agent: Agent, number: int) -> Version:
    """One version with its source. Raises `NotFound` naming those that exist."""
    found = agent.versions.filter(number=number).prefetch_related("checks").first()
    if found is None:
        known = list(agent.versions.order_by("-number").values_list("number", flat=True)[:20])
        raise NotFound(
            f"{agent.slug} has no version {number}. {_existing('versions', known)}", version=number, known=known
        )
    return found


def deployments(agent: Agent) -> QuerySet[Deployment]:
    """Newest first, with their versions (without source)."""
    return agent.deployments.select_related("version", "canary_version", "settings").defer(
        "version__files", "canary_version__files"
    )


def live_grants(agent_id: int) -> dict[str, dict]:
    """{capability: terms} as of now. One query; asked at every capability call, so that revoking works at once."""
    return dict(Grant.objects.filter(agent_id=agent_id, revoked_at=None).values_list("capability", "params"))


def secrets(workspace: Workspace) -> QuerySet[Secret]:
    """The workspace's secrets by name, without what they hold."""
    return Secret.objects.filter(workspace=workspace).defer("ciphertext").order_by("name")


def secret_users(workspace: Workspace) -> dict[str, list[str]]:
    """{secret: slugs of the agents whose grants name it} as of now. One query."""
    users: dict[str, list[str]] = {}
    granted = Grant.objects.filter(agent__workspace=workspace, revoked_at=None, capability="http")
    for slug, terms in granted.order_by("agent__slug").values_list("agent__slug", "params"):
        for name in terms.get("secrets", []):
            users.setdefault(name, []).append(slug)
    return users


def routable(workspace_id: int) -> list[Agent]:
    """Agents that can be routed to: live and not archived, with the manifests of what serves them."""
    return list(
        Agent.objects.filter(workspace_id=workspace_id, archived_at=None, live_deployment__isnull=False)
        .select_related("live_deployment__version")
        .defer("live_deployment__version__files")
        .order_by("pk")
    )


def _existing(what: str, known: list) -> str:
    return f"Existing {what}: {', '.join(str(item) for item in known)}." if known else f"There are no {what} yet."
