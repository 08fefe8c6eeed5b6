"""What every address of the API does with a method it has not, or a field it does not know."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from agents.actions.agents import create_agent


@pytest.fixture
def api(make_key) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key('read', 'invoke', 'author', 'operate')[1]}")
    return client


@pytest.mark.parametrize(
    ("method", "path"),
    [("put", "/api/v1/agents/"), ("delete", "/api/v1/agents/echo/settings/"), ("get", "/api/v1/route/")],
)
def test_a_method_that_is_not_there_is_405_whoever_asks(api, system, method, path):
    create_agent(system, "Echo")
    answer = getattr(api, method)(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/v1/agents/echo/deployments/", {"version": 1, "percnt": 5}),
        ("post", "/api/v1/agents/echo/rollback/", {"version": 1}),
        ("post", "/api/v1/agents/", {"name": "New", "slugg": "x"}),
        ("patch", "/api/v1/agents/echo/", {"slug": "other"}),
        ("post", "/api/v1/route/", {"text": "hello", "agnet": "echo"}),
        ("patch", "/api/v1/routing/settings/", {"treshold": 0.1}),
        ("post", "/api/v1/guardrails/check/", {"text": "hello", "diretion": "output"}),
    ],
)
def test_a_field_that_is_not_known_is_refused_by_name(api, system, method, path, body):
    create_agent(system, "Echo")
    answer = getattr(api, method)(path, body, format="json")
    unknown = next(iter(answer.json()["error"]["detail"]["fields"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert unknown in body and "Known ones: " in answer.json()["error"]["message"]


def test_what_settings_answer_can_be_sent_back(api, system):
    create_agent(system, "Echo")
    path = "/api/v1/agents/echo/settings/"
    assert api.put(path, api.get(path).json(), format="json").status_code == 200
