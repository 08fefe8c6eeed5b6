"""Secrets in the console: kept, replaced and removed there, and never seen."""

from __future__ import annotations

import pytest

from agents.actions.agents import create_agent
from agents.actions.grants import give_grant
from agents.models import Secret

PAGE, VALUE = "/secrets/", "a-value-that-nobody-reads"
FORM = {"name": "weather-key", "host": "api.example.com", "header": "X-Key", "prefix": "", "value": VALUE}


@pytest.fixture
def console(client, make_person):
    client.force_login(make_person("operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_secret_is_kept_and_its_value_is_on_no_page(console, system):
    assert console.post(PAGE + "+new/", FORM).status_code == 302
    give_grant(system, create_agent(system, "Echo"), "http", {"hosts": ["api.example.com"], "secrets": ["weather-key"]})
    row = console.get(PAGE).context["rows"][0]
    assert (row["secret"].host, row["agents"]) == ("api.example.com", ["echo"])
    for address in (PAGE, PAGE + "weather-key/", PAGE + "weather-key/remove/", "/agents/echo/grants/"):
        page = console.get(address).content.decode()
        assert "weather-key" in page and VALUE not in page, address


def test_a_value_is_replaced_and_the_name_stays(console):
    console.post(PAGE + "+new/", FORM)
    before = Secret.objects.get().ciphertext
    console.post(PAGE + "weather-key/", {**FORM, "name": "other", "prefix": "Token ", "value": "another-value-again"})
    after = Secret.objects.get()
    assert after.name == "weather-key" and after.ciphertext != before
    assert after.prefix == "Token "  # with its blank: it stands before the value


def test_a_refused_one_is_shown_again_without_its_value(console):
    answer = console.post(PAGE + "+new/", {**FORM, "host": "*.example.com"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'role="alert"' in page and 'value="*.example.com"' in page
    assert VALUE not in page and not Secret.objects.exists()


def test_a_secret_is_removed(console):
    console.post(PAGE + "+new/", FORM)
    assert "Remove the secret" in console.get(PAGE + "weather-key/remove/").content.decode()
    console.post(PAGE + "weather-key/remove/")
    assert not Secret.objects.exists()
    assert console.get(PAGE + "weather-key/").status_code == 404


@pytest.mark.parametrize("address", [PAGE, PAGE + "+new/"])
def test_who_may_not_operate_sees_no_names(client, make_person, address):
    client.force_login(make_person("author"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).status_code == 403
    assert "/secrets/" not in client.get("/agents/").content.decode()
