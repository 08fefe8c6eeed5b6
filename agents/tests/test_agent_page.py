"""What the page of an agent offers while a canary runs."""

from __future__ import annotations

import pytest

from agents.actions.agents import create_agent
from agents.actions.deploy import publish
from agents.actions.upload_version import upload_version


@pytest.fixture
def page(client, make_person, system, sandbox_image):
    agent = create_agent(system, "Echo")
    one, two = (
        upload_version(system, agent, {"agent.py": f"def handle(request):\n    return {number}\n"})[0]
        for number in (1, 2)
    )
    publish(system, agent, one)
    publish(system, agent, two, percent=25)
    client.force_login(make_person("operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/agents/echo/").content.decode()


def test_a_canary_can_be_published_to_everybody(page):
    assert 'hx-get="/agents/echo/versions/2/publish/"' in page
    assert 'hx-get="/agents/echo/versions/1/publish/"' not in page


def test_a_canary_can_be_ended(page):
    assert page.count('hx-get="/agents/echo/versions/1/rollback/"') == 1
    assert 'hx-get="/agents/echo/versions/2/rollback/"' not in page
