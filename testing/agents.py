"""Fixtures: agents to invoke, and ways to run them in this process."""

from __future__ import annotations

import pytest

ECHO = "def handle(request):\n    return request.text\n"


@pytest.fixture
def publish_agent(system, sandbox_image):
    """publish_agent(slug, source, **settings) → a live agent whose only file is `source`."""
    from agents.actions.agents import create_agent
    from agents.actions.deploy import publish
    from agents.actions.settings import update_settings
    from agents.actions.upload_version import upload_version

    def make(slug: str = "echo", source: str = ECHO, **settings):
        agent = create_agent(system, slug, slug)
        if settings:
            update_settings(system, agent, **settings)
            agent.refresh_from_db()
        version, _created = upload_version(system, agent, {"agent.py": source})
        publish(system, agent, version)
        agent.refresh_from_db()
        return agent

    return make


@pytest.fixture
def upload(system):
    """upload(agent, source) → a checked version."""
    from agents.actions.upload_version import upload_version

    return lambda agent, source: upload_version(system, agent, {"agent.py": source})[0]


@pytest.fixture
def invoke(system, bus):
    """invoke(agent, text, **ask) → the settled invocation, run in this process as a worker would."""
    from invocations.admission import admit
    from invocations.draft import Ask
    from invocations.worker.execute import execute

    def run(agent: str | None = "echo", text: str | None = "hello", actor=None, **ask):
        invocation = admit(actor or system, Ask(agent=agent, text=text, **ask)).invocation
        execute(str(invocation.pk))
        invocation.refresh_from_db()
        return invocation

    return run
