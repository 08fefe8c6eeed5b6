"""Grants in the console: what the code asks for, what it has, the form, and taking it back."""

from __future__ import annotations

import json

import pytest

import sandbox
from agents import registry
from agents.actions.agents import create_agent
from agents.actions.grants import give_grant
from agents.actions.secrets import set_secret
from agents.models import Version
from agents.words import CAPABILITIES

PAGE = "/agents/echo/grants/"


@pytest.fixture
def agent(system):
    return create_agent(system, "Echo")


@pytest.fixture
def console(client, make_person):
    client.force_login(make_person("operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def asking(agent, number, *capabilities):
    return Version.objects.create(
        agent=agent, number=number, checksum=str(number), files={}, author="ada", state="ready",
        manifest={"name": "Echo", "skills": [], "capabilities": list(capabilities)},
    )  # fmt: skip


def states(console):
    return {row["name"]: row["state"] for row in console.get(PAGE).context["rows"]}


def test_what_is_asked_for_and_what_is_granted_are_compared(console, agent, system):
    give_grant(system, agent, "config", {})
    asking(agent, 1, "http")
    assert states(console) == dict.fromkeys(sandbox.capabilities.names(), "none") | {
        "http": "missing", "config": "unused",
    }  # fmt: skip
    asking(agent, 2, "config", "telepathy")
    assert states(console) | {"telepathy": "unknown", "config": "granted", "http": "none"} == states(console)
    assert "no such capability" in console.get(PAGE).content.decode()


def test_every_capability_has_a_form_of_its_terms(console, agent):
    for each in sandbox.capabilities.summaries():
        page = console.get(f"{PAGE}{each['name']}/")
        assert page.status_code == 200
        assert page.context["form"]["terms"].get("properties", {}).keys() == each["terms"].get("properties", {}).keys()
    assert console.get(PAGE + "telepathy/").status_code == 404


def test_a_grant_is_given_changed_and_revoked_and_all_of_it_is_told(console, agent):
    given = {"params": '{"hosts": ["api.example.com"]}', "reason": "prices"}
    assert console.post(PAGE + "http/", given).status_code == 302
    assert agent.grants.get(revoked_at=None).params == {"hosts": ["api.example.com"]}
    assert "api.example.com" in console.get(PAGE + "http/").content.decode()
    console.post(PAGE + "http/", {"params": '{"hosts": ["*.example.com"]}'})
    dialog = console.get(PAGE + "http/revoke/").content.decode()
    assert "Revoke http of echo?" in dialog and agent.grants.filter(revoked_at=None).exists()
    console.post(PAGE + "http/revoke/", {"reason": "no longer"})
    assert not agent.grants.filter(revoked_at=None).exists()
    page = console.get(PAGE)
    assert [entry.action for entry in page.context["history"]] == ["grant.revoke", "grant.give", "grant.give"]
    assert "prices" in page.content.decode() and "no longer" in page.content.decode()


@pytest.mark.parametrize("params", ['{"hosts": ["a.example"]', "[]", "5", "{}", "9" * 5000])
def test_terms_that_do_not_fit_are_shown_again_as_they_were_typed(console, agent, params):
    answer = console.post(PAGE + "http/", {"params": params, "reason": "prices"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'role="alert"' in page
    assert params.replace('"', "&quot;") in page and 'value="prices"' in page
    assert not agent.grants.exists()


def test_the_form_is_told_where_terms_do_not_fit(console, agent):
    answer = console.post(PAGE + "http/", {"params": '{"hosts": ["good.example", 7]}'})
    assert answer.context["form"]["path"] == "terms.hosts[1]"


def test_terms_are_told_with_their_defaults(agent):
    terms = {"properties": {"hosts": {"title": "Hosts"}, "max_bytes": {"default": 2 << 20}, "calls": {}}}
    assert registry.shown(terms, {"hosts": ["a", "b"], "extra": True}) == [
        {"label": "Hosts", "values": ["a", "b"], "default": False},
        {"label": "max_bytes", "values": ["2 MiB"], "default": True},
        {"label": "extra", "values": ["True"], "default": False},
    ]


def test_who_may_only_look_cannot_grant(client, make_person, agent):
    client.force_login(make_person("viewer"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE + "http/", {"params": json.dumps({"hosts": ["a.example"]})}).status_code == 403
    assert not agent.grants.exists()


def test_what_the_registry_says_is_in_the_catalogue_of_translations():
    assert registry.said() == set(CAPABILITIES)


def test_the_form_speaks_the_readers_language(console, agent):
    console.cookies["django_language"] = "zh-hans"
    terms = console.get(PAGE + "http/").context["form"]["terms"]
    assert terms["properties"]["hosts"]["title"] == "主机"
    assert "example" not in terms["properties"]["hosts"]["title"] and terms["required"] == ["hosts"]


def test_secrets_are_offered_by_name(console, agent, system):
    set_secret(system, "weather-key", "api.example.com", value="not-for-your-eyes")
    page = console.get(PAGE + "http/")
    assert page.context["form"]["terms"]["properties"]["secrets"]["items"] == {"enum": ["weather-key"]}
    assert "not-for-your-eyes" not in page.content.decode()
