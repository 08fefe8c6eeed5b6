"""What a person may put into the console's forms of an agent: nothing of it ends in a page that something broke."""

from __future__ import annotations

import pytest

from agents.actions.agents import create_agent
from agents.models import AgentSettings, Grant, Version


@pytest.fixture
def person(client, make_person, system, sandbox_image):
    create_agent(system, "Echo")
    client.force_login(make_person(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    "form",
    [
        {"files": '{"agent.py": "\\ud800"}'},
        {"files": '{"\\ud800": "x"}'},
        {"files": "[" * 5_000},
        {"files": "[1]"},
        {"files": '{"agent.py": 1}'},
        {"source": "x\0"},
        {"source": "def broken(:\n"},
    ],
)
def test_source_that_is_none_is_refused_in_the_form(person, form):
    assert person.post("/agents/echo/versions/new/", form).status_code == 422
    assert not Version.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {"config": "["},
        {"config": "[" * 5_000},
        {"config": '{"a": NaN}'},
        {"config": '{"a": ' + "1" * 5_000 + "}"},
        {"rate_per_second": "nan"},
        {"rate_per_second": "inf"},
        {"burst": "-5"},
        {"burst": "9" * 30},
        {"limit.wall_ms": "soon"},
        {"limit.wall_ms": "3 fortnights"},
        {"limit.wall_ms": "0.1 ms"},
        {"limit.fuel": "9" * 5_000},
        {"limit.memory_bytes": "2 GiB"},
        {"max_concurrent": "0"},
        {"isolation": "paper"},
        {"lifetime": "eternal"},
    ],
)
def test_settings_that_are_none_are_refused_in_the_form(person, form):
    assert person.post("/agents/echo/settings/", form).status_code == 422
    assert AgentSettings.objects.count() == 1


@pytest.mark.parametrize(
    "params", ["{", "[" * 5_000, "1" * 5_000, '{"hosts": NaN}', "[]", "5", '{"hosts": ["\\u0000"]}']
)
def test_a_grant_that_is_none_is_refused_in_the_form(person, params):
    answer = person.post("/agents/echo/grants/http/", {"params": params})
    assert answer.status_code == 422
    assert not Grant.objects.exists()
