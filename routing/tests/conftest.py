"""Agents with manifests as they are read from code, and this process's router with the real encoder."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.actions.agents import create_agent
from agents.actions.deploy import publish
from agents.models import Agent, Version
from routing import service

RENEW = {
    "name": "renew",
    "description": "Renew the loan of a book",
    "examples": ["renew my book", "extend my loan", "keep this novel two weeks longer", "prolong the borrowed books"],
    "input_schema": {},
    "idempotent": False,
}
FINES = {
    "name": "fines",
    "description": "Tell what a reader owes",
    "examples": ["how much do I owe the library", "what are my late fees", "pay my overdue charges", "why was I fined"],
    "input_schema": {},
    "idempotent": True,
}
WEATHER = {
    "name": "forecast",
    "description": "Weather forecast for a place",
    "examples": ["will it rain in Rome", "weather in Oslo", "how warm will it be tomorrow"],
    "input_schema": {"type": "object", "properties": {"days": {"type": "integer"}}},
    "idempotent": True,
}


@pytest.fixture
def ready(encoder, monkeypatch):
    """The encoder as loaded, and no router built yet."""
    monkeypatch.setattr(service._loader, "encoder", encoder)
    service.clear()
    return encoder


@pytest.fixture
def add_version(system) -> Callable[..., Version]:
    """add_version(agent, *skills) → the next version of an agent, ready to be published."""

    def add(agent: Agent, *skills: dict) -> Version:
        number = agent.versions.count() + 1
        return Version.objects.create(
            agent=agent,
            number=number,
            checksum=f"{number:064d}",
            files={"agent.py": "# not run here"},
            manifest={"name": agent.slug, "description": agent.description, "skills": list(skills)},
            author="ada",
            state=Version.State.READY,
        )

    return add


@pytest.fixture
def live(system, add_version) -> Callable[..., Agent]:
    """live(slug, *skills) → an agent whose first version is published."""

    def make(slug: str, *skills: dict) -> Agent:
        agent = create_agent(system, slug.title(), slug)
        publish(system, agent, add_version(agent, *skills))
        agent.refresh_from_db()
        return agent

    return make


@pytest.fixture
def generation(workspace) -> Callable[[], int]:
    """What a request reads before it is routed."""

    def read() -> int:
        workspace.refresh_from_db()
        return workspace.routing_generation

    return read
