import pytest
from rest_framework.test import APIClient

from accounts.scopes import Scope

from .conftest import FINES, RENEW, WEATHER

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(make_key):
    def make(*scopes):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key(*scopes)[1]}")
        return client

    return make


def test_route_answers_with_the_whole_decision(ready, client, live):
    live("library", RENEW, FINES)
    response = client(Scope.READ).post("/api/v1/route/", {"text": "extend my loan"}, format="json")
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"chosen", "fallback", "reason", "strategy", "threshold", "margin", "candidates"}
    assert body["chosen"] == {"agent": "library", "skill": "renew"}
    assert body["candidates"][0]["nearest"][0]["text"] == "extend my loan"


def test_route_within_an_agent(ready, client, live):
    live("library", RENEW, FINES)
    live("weather", WEATHER)
    body = client().post("/api/v1/route/", {"text": "will it rain", "agent": "library"}, format="json").json()
    assert {candidate["agent"] for candidate in body["candidates"]} == {"library"}
    assert client().post("/api/v1/route/", {"text": "x", "agent": "nobody"}, format="json").status_code == 404


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": ["a"]}, {"text": "x" * 1_000_001}])
def test_a_body_that_makes_no_sense_is_refused(ready, client, body):
    assert client().post("/api/v1/route/", body, format="json").status_code in (400, 413, 422)


@pytest.mark.parametrize("text", ["", "🙂", "\x00\x07", "long " * 20_000])
def test_odd_texts_are_answered(ready, client, live, text):
    live("library", RENEW)
    response = client().post("/api/v1/route/", {"text": text}, format="json")
    if response.status_code == 200:
        assert response.json()["fallback"] in ("no_route", None)
    else:  # a NUL character is no text
        assert "\x00" in text
        assert response.status_code in (400, 422)


def test_while_the_model_loads_the_answer_says_so(client, live):
    live("library", RENEW)
    response = client().post("/api/v1/route/", {"text": "extend my loan"}, format="json")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert response.json()["error"]["code"] == "router_unavailable"


def test_without_a_key_nothing_is_said():
    assert APIClient().post("/api/v1/route/", {"text": "x"}, format="json").status_code == 401


def test_settings_are_read_and_changed(client, live):
    live("library", RENEW)
    operator = client(Scope.READ, Scope.OPERATE)
    assert operator.get("/api/v1/routing/settings/").json()["default_agent"] is None
    changed = operator.patch("/api/v1/routing/settings/", {"default_agent": "library", "threshold": 0.5}, format="json")
    assert changed.json() == {"default_agent": "library", "threshold": 0.5, "margin": changed.json()["margin"]}
    assert operator.get("/api/v1/routing/settings/").json() == changed.json()
    assert operator.patch("/api/v1/routing/settings/", {"threshold": 2}, format="json").status_code in (400, 422)
    assert operator.patch("/api/v1/routing/settings/", {"default_agent": "x"}, format="json").status_code == 404
    assert client(Scope.READ).patch("/api/v1/routing/settings/", {"threshold": 0.5}, format="json").status_code == 403
