"""Limits and grants in the console."""

from __future__ import annotations

import pytest

from agents.actions.agents import create_agent

PAGE, GRANTS = "/agents/echo/settings/", "/agents/echo/settings/grants/"


@pytest.fixture
def agent(system):
    return create_agent(system, "Echo")


@pytest.fixture
def console(client, make_person):
    client.force_login(make_person("operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_capability_can_be_chosen(console, agent):
    page = console.get(PAGE).content.decode()
    assert '<option value="http" selected>http: ' in page and '<option value="config"' in page
    assert "&quot;hosts&quot;" in page and "https://json-schema.org" not in page


def test_a_grant_is_given_and_revoked(console, agent):
    answer = console.post(
        GRANTS, {"capability": "http", "params": '{"hosts": ["api.example.com"]}', "reason": "prices"}
    )
    assert answer.status_code == 302
    assert agent.grants.get(revoked_at=None).params == {"hosts": ["api.example.com"]}
    console.post("/agents/echo/settings/grants/http/revoke/")
    assert not agent.grants.filter(revoked_at=None).exists()


@pytest.mark.parametrize("params", ['{"hosts": ["a.example"]', "[]", "5", "{}", "9" * 5000])
def test_a_grant_that_does_not_fit_is_shown_again_as_it_was_typed(console, agent, params):
    answer = console.post(GRANTS, {"capability": "http", "params": params, "reason": "prices"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<details open>" in page and 'role="alert"' in page
    assert params.replace('"', "&quot;") in page and 'value="prices"' in page
    assert not agent.grants.exists()
