"""Uploading in the Django admin goes the way of the API."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.actions.agents import create_agent
from agents.models import Agent, Version


@pytest.fixture
def admin(make_person) -> Client:
    client = Client()
    client.force_login(make_person("admin"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_version_is_uploaded(admin, system, sandbox_image):
    agent = create_agent(system, "Echo", "echo")
    source = "def handle(request):\n    return 1\n"
    answer = admin.post("/admin/agents/version/add/", {"agent": agent.pk, "message": "by hand", "source": source})
    assert answer.status_code == 302, answer.content[:2000]
    version = Version.objects.get()
    assert (version.files, version.state, version.author) == ({"agent.py": source}, "ready", "ada")


def test_source_that_does_not_parse_is_an_error_on_the_form(admin, system, sandbox_image):
    agent = create_agent(system, "Echo", "echo")
    answer = admin.post("/admin/agents/version/add/", {"agent": agent.pk, "source": "def broken(:\n"})
    assert answer.status_code == 200 and b"agent.py:1" in answer.content
    assert not Version.objects.exists()


def test_a_stored_version_cannot_be_changed(admin, system, sandbox_image):
    from agents.actions.upload_version import upload_version

    version, _ = upload_version(system, create_agent(system, "Echo", "echo"), {"agent.py": "def handle(request): ..."})
    page = admin.get(f"/admin/agents/version/{version.pk}/change/")
    assert page.status_code == 200 and b'name="_save"' not in page.content
    assert admin.post(f"/admin/agents/version/{version.pk}/change/", {"message": "x"}).status_code == 403


def test_an_agent_made_in_the_admin_has_settings(admin):
    admin.post("/admin/agents/agent/add/", {"slug": "echo", "name": "Echo", "description": ""})
    assert Agent.objects.get(slug="echo").current_settings.number == 1
