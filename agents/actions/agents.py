"""Create, change and archive an agent."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from accounts.actor import Actor
from accounts.models import Workspace
from accounts.scopes import Scope
from agents.errors import AgentsError, Archived, SlugTaken
from agents.models import SLUG, Agent, AgentSettings
from agents.signals import agent_archived


def create_agent(actor: Actor, name: str, slug: str = "", description: str = "") -> Agent:
    """Create an agent with default settings. Without `slug` one is made from the name.

    Raises `SlugTaken` (archived agents keep theirs) and `AgentsError` for a slug that is not well formed.
    """
    actor.require(Scope.AUTHOR)
    slug = slug or slugify(name)
    if not slug:
        raise AgentsError(
            f"No slug can be made from “{name}”. Give one: lower-case letters, digits, hyphens.", field="slug"
        )
    try:
        SLUG(slug)
    except ValidationError as error:
        raise AgentsError(f"“{slug}” cannot be a slug. {error.messages[0]}", field="slug") from error
    try:
        with transaction.atomic():
            agent = Agent.objects.create(workspace=actor.workspace, slug=slug, name=name, description=description)
            agent.current_settings = AgentSettings.objects.create(agent=agent, number=1)
            agent.save(update_fields=["current_settings"])
            audit.record(actor, "agent.create", agent)
    except IntegrityError as error:
        raise SlugTaken(
            f"The slug “{slug}” is taken; an archived agent keeps its own. Choose another.", slug=slug
        ) from error
    return agent


def update_agent(actor: Actor, agent: Agent, *, name: str | None = None, description: str | None = None) -> Agent:
    """Change what people read of an agent; code and limits have their own actions."""
    actor.require(Scope.AUTHOR)
    before = {"name": agent.name, "description": agent.description}
    with transaction.atomic():
        agent.name = agent.name if name is None else name
        agent.description = agent.description if description is None else description
        agent.save(update_fields=["name", "description"])
        audit.record(
            actor, "agent.update", agent, before=before, after={"name": agent.name, "description": agent.description}
        )
    return agent


def archive_agent(actor: Actor, agent: Agent, reason: str = "") -> None:
    """Take an agent out of service for good: no requests, no routing; its history stays."""
    actor.require(Scope.OPERATE)
    with transaction.atomic():
        if not Agent.objects.filter(pk=agent.pk, archived_at=None).update(archived_at=timezone.now()):
            raise Archived(f"{agent.slug} is archived already.")
        Workspace.objects.filter(pk=actor.workspace.pk).update(routing_generation=F("routing_generation") + 1)
        audit.record(actor, "agent.archive", agent, reason=reason)
        transaction.on_commit(lambda: agent_archived.send(sender=Agent, agent=agent))
    agent.refresh_from_db()
