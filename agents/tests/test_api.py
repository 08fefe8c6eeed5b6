"""The HTTP contract of agents, versions and deployments."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

SOURCE = {"agent.py": "def handle(request):\n    return request.text\n"}
NEXT = {"agent.py": "def handle(request):\n    return request.text.upper()\n"}


@pytest.fixture
def api(make_key, sandbox_image) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key()[1]}")
    return client


@pytest.fixture
def echo(api):
    """An agent with two versions, the first of them live."""
    post(api, "/api/v1/agents/", {"name": "Echo"}, 201)
    post(api, "/api/v1/agents/echo/versions/", {"files": SOURCE, "message": "one"}, 201)
    post(api, "/api/v1/agents/echo/versions/", {"files": NEXT}, 201)
    return post(api, "/api/v1/agents/echo/deployments/", {"version": 1}, 201)


def post(api: APIClient, path: str, body: dict, status: int) -> dict:
    answer = api.post(path, body, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def test_an_agent_is_created_listed_changed_and_archived(api):
    assert post(api, "/api/v1/agents/", {"name": "My Echo", "description": "says it"}, 201)["slug"] == "my-echo"
    listed = api.get("/api/v1/agents/").json()
    assert set(listed) == {"count", "next", "previous", "results"} and listed["count"] == 1
    changed = api.patch("/api/v1/agents/my-echo/", {"description": "repeats"}, format="json").json()
    assert (changed["description"], changed["name"]) == ("repeats", "My Echo")
    assert api.delete("/api/v1/agents/my-echo/").status_code == 204
    assert api.get("/api/v1/agents/").json()["count"] == 0
    assert api.get("/api/v1/agents/my-echo/").json()["archived"] is True
    assert post(api, "/api/v1/agents/", {"name": "My Echo"}, 409)["error"]["code"] == "slug_taken"


def test_a_version_says_what_it_is(api):
    post(api, "/api/v1/agents/", {"name": "Echo"}, 201)
    version = post(api, "/api/v1/agents/echo/versions/", {"files": SOURCE, "message": "first"}, 201)
    assert (version["number"], version["state"], version["message"]) == (1, "ready", "first")
    assert len(version["checksum"]) == 64 and version["manifest"]["skills"]
    assert {check["name"]: check["status"] for check in version["checks"]}["health"] == "passed"
    again = post(api, "/api/v1/agents/echo/versions/", {"files": SOURCE}, 200)
    assert again["number"] == 1
    assert api.get("/api/v1/agents/echo/versions/1/").json()["files"] == SOURCE


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"files": {}}, 400),
        ({"files": "text"}, 400),
        ({"files": {"agent.py": 7, "x": [1]}}, 400),
        ({"files": {"agent.py": "def broken(:\n"}}, 422),
        ({"files": {"agent.py": "import nowhere\n"}}, 422),
        ({"files": {"agent.py": "text = '\0'\n"}}, 422),
    ],
)
def test_a_bad_upload_says_where(api, body, status):
    post(api, "/api/v1/agents/", {"name": "Echo"}, 201)
    error = post(api, "/api/v1/agents/echo/versions/", body, status)["error"]
    assert error["message"]
    if status == 422:
        assert (error["code"], error["detail"]["file"], error["detail"]["line"]) == ("bad_source", "agent.py", 1)
    assert api.get("/api/v1/agents/echo/versions/").json()["count"] == 0


@pytest.mark.parametrize(
    "body",
    [
        '{"config": 5}',
        '{"config": [1]}',
        '{"config": {"a": "\\ud800"}}',
        '{"config": {"a": "\\u0000"}}',
        '{"limits": 5}',
    ],
)
def test_settings_that_cannot_be_kept_are_refused(api, echo, body):
    path = "/api/v1/agents/echo/settings/"
    before = api.get(path).json()
    answer = api.put(path, data=body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert api.get(path).json() == before


@pytest.mark.parametrize(
    "body", [{"rate_per_second": 0}, {"rate_per_second": 1e-300}, {"rate_per_second": 1e300}, {"burst": 0}]
)
def test_a_rate_that_is_none_is_refused(api, echo, body):
    assert api.put("/api/v1/agents/echo/settings/", body, format="json").status_code in (400, 422)


def test_a_grant_that_cannot_be_kept_is_refused(api, echo):
    body = {"capability": "http", "params": {"hosts": ["a\0"]}}
    assert post(api, "/api/v1/agents/echo/grants/", body, 422)["error"]["message"]


def test_a_path_that_is_no_text_is_refused(api, echo):
    answer = api.post(
        "/api/v1/agents/echo/versions/", data='{"files": {"\\ud800": "x"}}', content_type="application/json"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_source")


def test_a_body_that_is_much_too_large_is_413(api, echo):
    body = {"files": {"agent.py": "#" * 5_000_000}}
    assert post(api, "/api/v1/agents/echo/versions/", body, 413)["error"]["code"] == "too_large"


def test_a_number_that_is_none_is_passed_over(api, echo):
    assert api.get("/api/v1/agents/echo/versions/2/diff/?against=²").json()["against"] == 1


def test_publishing_answers_with_the_deployment(api, echo):
    assert set(echo) >= {"id", "kind", "version", "canary", "settings", "replaces", "reason", "actor", "created_at"}
    assert (echo["version"], echo["canary"], echo["replaces"]) == (1, None, None)
    body = {"version": 2, "expected": echo["id"], "reason": "louder"}
    second = post(api, "/api/v1/agents/echo/deployments/", body, 201)
    assert second["replaces"] == echo["id"]
    assert api.get("/api/v1/agents/echo/").json()["live"]["version"] == 2
    moved = post(api, "/api/v1/agents/echo/deployments/", body, 409)
    assert moved["error"]["detail"]["live"] == second["id"]


def test_expected_null_means_that_nothing_was_live(api, echo):
    assert post(api, "/api/v1/agents/echo/deployments/", {"version": 2, "expected": None}, 409)


def test_a_rollback_is_a_new_deployment(api, echo):
    post(api, "/api/v1/agents/echo/deployments/", {"version": 2}, 201)
    back = post(api, "/api/v1/agents/echo/rollback/", {"reason": "too loud"}, 201)
    assert (back["kind"], back["version"], back["reason"]) == ("rollback", 1, "too loud")
    assert api.get("/api/v1/agents/echo/deployments/").json()["count"] == 3


def test_a_canary_is_shown_with_its_share(api, echo):
    canary = post(api, "/api/v1/agents/echo/deployments/", {"version": 2, "percent": 10}, 201)
    assert canary["canary"] == {"version": 2, "percent": 10}


def test_a_difference_is_against_live_unless_told(api, echo):
    found = api.get("/api/v1/agents/echo/versions/2/diff/").json()
    assert (found["version"], found["against"]) == (2, 1)
    assert "+    return request.text.upper()" in found["files"][0]["unified"]
    assert api.get("/api/v1/agents/echo/versions/2/diff/?against=2").json()["files"] == []


@pytest.mark.parametrize("path", ["nobody/", "nobody/versions/", "echo/versions/9/", "echo/versions/9/diff/"])
def test_what_does_not_exist_is_404_and_says_what_does(api, echo, path):
    answer = api.get(f"/api/v1/agents/{path}")
    assert answer.status_code == 404
    assert "Existing" in answer.json()["error"]["message"]


def test_limits_are_a_new_revision(api, echo):
    answer = api.put("/api/v1/agents/echo/settings/", {"limits": {"wall_ms": 900}}, format="json")
    assert (answer.json()["number"], answer.json()["limits"]) == (2, {"wall_ms": 900})
    assert api.get("/api/v1/agents/echo/").json()["live"]["settings"] == 2
    bad = api.put("/api/v1/agents/echo/settings/", {"limits": {"walls": 1}}, format="json")
    assert bad.status_code == 422 and "walls" in bad.json()["error"]["message"]


def test_a_grant_is_given_and_revoked(api, echo):
    post(api, "/api/v1/agents/echo/grants/", {"capability": "http", "params": {"hosts": ["api.example.com"]}}, 201)
    assert api.get("/api/v1/agents/echo/grants/").json()["results"][0]["capability"] == "http"
    assert api.delete("/api/v1/agents/echo/grants/http/").status_code == 204
    assert api.get("/api/v1/agents/echo/grants/").json()["count"] == 0
    assert post(api, "/api/v1/agents/echo/grants/", {"capability": "telepathy"}, 422)


@pytest.mark.parametrize(
    ("scopes", "method", "path"),
    [
        (["invoke"], "get", "/api/v1/agents/"),
        (["read"], "post", "/api/v1/agents/"),
        (["read", "author"], "post", "/api/v1/agents/echo/deployments/"),
        (["read", "author"], "post", "/api/v1/agents/echo/rollback/"),
        (["read", "author"], "put", "/api/v1/agents/echo/settings/"),
    ],
)
def test_a_key_without_the_scope_is_refused_by_name(make_key, echo, scopes, method, path):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key(*scopes)[1]}")
    answer = getattr(client, method)(path, {}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "scope" in answer.json()["error"]["message"]
