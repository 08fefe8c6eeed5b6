"""The HTTP contract, against a running web process and a running worker."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from invocations.models import Invocation

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
SLEEPER = (
    "import asyncio\nasync def handle(request):\n    await asyncio.sleep(float(request.text))\n    return 'woke'\n"
)
URL = "/api/v1/invocations/"


@pytest.fixture
def api(service, make_key) -> httpx.Client:
    with service.client(make_key()[1]) as client:
        yield client


def test_a_named_agent_answers(api, publish_agent):
    publish_agent()
    answer = api.post(URL, json={"agent": "echo", "text": "hello"})
    body = answer.json()
    assert answer.status_code == 200, body
    assert (body["status"], body["success"], body["data"], body["error"]) == ("succeeded", True, "hello", None)
    assert (body["agent"], body["version"], body["skill"]) == ("echo", 1, "handle")
    assert set(body["usage"]) == {
        "fuel", "cpu_ms", "memory_bytes", "tokens", "host_call_ms", "bytes_in", "bytes_out",
    }  # fmt: skip
    assert set(body["timing"]) == {"queued_ms", "sandbox_ms", "total_ms"}
    assert api.get(f"{URL}{body['id']}/").json() == body


def test_not_finished_within_wait_is_202_and_can_be_looked_up(api, publish_agent):
    publish_agent("sleeper", SLEEPER)
    answer = api.post(URL, json={"agent": "sleeper", "text": "0.5", "wait": 0})
    assert answer.status_code == 202
    assert answer.json()["status"] in ("queued", "running")
    assert _settled(api, answer.json()["id"])["data"] == "woke"


def test_the_waiting_request_holds_no_thread(api, publish_agent, service):
    publish_agent("sleeper", SLEEPER)
    publish_agent("echo")
    answers: list[httpx.Response] = []

    def wait_for_one() -> None:
        with service.client(api.headers["Authorization"].removeprefix("Bearer ")) as client:
            answers.append(client.post(URL, json={"agent": "sleeper", "text": "3"}))

    threads = [threading.Thread(target=wait_for_one) for _ in range(30)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert api.post(URL, json={"agent": "echo", "text": "meanwhile"}).json()["data"] == "meanwhile"
    assert not answers
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 30


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"not json", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"{}", 400, "malformed"),
        (b'{"text": 1}', 400, "malformed"),
        (b'{"agent": "echo", "colour": "red"}', 400, "malformed"),
        (b'{"text": "a\\u0000b", "agent": "echo"}', 400, "malformed"),
        (b'{"skill": "x", "text": "y"}', 400, "malformed"),
        (b'"' + b"x" * 1_100_000 + b'"', 413, "too_large"),
        (b'"' + b"x" * 5_000_000 + b'"', 413, "too_large"),
        (b'{"text": "\\ud800"}', 400, "malformed"),
        (b'{"agent": "nobody", "text": "x"}', 404, "not_found"),
        (b'{"agent": "echo", "skill": "fly", "text": "x"}', 404, "not_found"),
        (b'{"agent": "echo", "version": 9, "text": "x"}', 404, "not_found"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_with_its_code(api, publish_agent, body, status, code):
    publish_agent()
    answer = api.post(URL, content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Invocation.objects.exists()


def test_an_unknown_agent_is_told_which_exist(api, publish_agent):
    publish_agent()
    assert "echo" in api.post(URL, json={"agent": "nobody", "text": "x"}).json()["error"]["message"]


def test_a_payload_that_does_not_fit_is_refused_with_its_path(api, publish_agent):
    publish_agent(
        "typed",
        "from neuroflow import agent, skill\n@agent(name='t', description='t')\nclass T:\n"
        "    @skill(description='d', input_schema={'type': 'object', 'required': ['a'],"
        " 'properties': {'a': {'type': 'object', 'properties': {'b': {'type': 'integer'}}}}})\n"
        "    def go(self, request): return request.payload\n",
    )
    answer = api.post(URL, json={"agent": "typed", "skill": "go", "payload": {"a": {"b": "x"}}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_payload")
    assert answer.json()["error"]["detail"]["path"] == "payload.a.b"
    assert [problem["path"] for problem in answer.json()["error"]["detail"]["problems"]] == ["payload.a.b"]
    assert api.post(URL, json={"agent": "typed", "skill": "go", "payload": {"a": {"b": 1}}}).json()["data"] == {
        "a": {"b": 1}
    }


@pytest.mark.parametrize("key", ["", "Bearer nf_wrong", "Basic abc", "Bearer nf_00000000_nothing"])
def test_without_a_good_key_it_is_401(service, key):
    with service.client() as client:
        answer = client.post(URL, json={"text": "x"}, headers={"Authorization": key} if key else {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")


def test_a_key_without_the_scope_is_403(service, make_key):
    with service.client(make_key("read")[1]) as client:
        answer = client.post(URL, json={"agent": "echo", "text": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_another_workspaces_invocation_is_404(api, publish_agent, service):
    from accounts.actions.keys import create_key
    from accounts.actor import system
    from accounts.models import Workspace

    publish_agent()
    mine = api.post(URL, json={"agent": "echo", "text": "x"}).json()["id"]
    other = Workspace.objects.create(slug="other", name="Other")
    with service.client(create_key(system(other), "k", {"read", "invoke"})[1]) as client:
        assert client.get(f"{URL}{mine}/").status_code == 404
        assert client.get("/api/v1/agents/echo/").status_code == 404
        assert client.post(URL, json={"agent": "echo", "text": "x"}).status_code == 404


def test_the_same_idempotency_key_gives_the_first_result(api, publish_agent):
    publish_agent()
    headers = {"Idempotency-Key": "order-7"}
    first = api.post(URL, json={"agent": "echo", "text": "x"}, headers=headers)
    again = api.post(URL, json={"text": "x", "agent": "echo", "wait": 5}, headers=headers)
    assert first.json() == again.json()
    assert Invocation.objects.count() == 1
    other = api.post(URL, json={"agent": "echo", "text": "y"}, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_a_second_request_with_the_key_joins_the_first_while_it_runs(api, publish_agent, service):
    publish_agent("sleeper", SLEEPER)
    headers = {"Idempotency-Key": "slow"}
    body = {"agent": "sleeper", "text": "1"}
    first = api.post(URL, json={**body, "wait": 0}, headers=headers)
    second = api.post(URL, json=body, headers=headers)
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["id"] == second.json()["id"]


def test_twenty_at_once_with_one_key_make_one_invocation(api, publish_agent, service):
    publish_agent()
    key = api.headers["Authorization"].removeprefix("Bearer ")
    answers = []

    def send() -> None:
        with service.client(key) as client:
            answers.append(
                client.post(URL, json={"agent": "echo", "text": "x"}, headers={"Idempotency-Key": "one"}).json()["id"]
            )

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20 and len(set(answers)) == 1
    assert Invocation.objects.count() == 1


def test_a_running_invocation_can_be_cancelled(api, publish_agent):
    publish_agent("sleeper", SLEEPER)
    running = api.post(URL, json={"agent": "sleeper", "text": "25", "wait": 0}).json()["id"]
    time.sleep(0.5)
    answer = api.post(f"{URL}{running}/cancel/", json={"reason": "not needed"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    again = api.post(f"{URL}{running}/cancel/", json={})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_finished")
    events = _events(api, running)
    assert events[-1]["kind"] == "settled" and events[-1]["data"]["status"] == "cancelled"


def test_a_busy_loop_can_be_cancelled(api, publish_agent, upload):
    publish_agent("loop", "def handle(request):\n    while True: pass\n", limits={"wall_ms": 30_000})
    publish_agent("echo")
    running = api.post(URL, json={"agent": "loop", "text": "x", "wait": 0}).json()["id"]
    time.sleep(0.5)
    assert api.post(f"{URL}{running}/cancel/", json={}).json()["status"] == "cancelled"
    assert api.post(URL, json={"agent": "echo", "text": "free"}).json()["data"] == "free"


def test_a_replay_runs_the_same_input_on_what_is_live_now(api, publish_agent, upload, system):
    from agents.actions.deploy import publish

    agent = publish_agent()
    first = api.post(URL, json={"agent": "echo", "text": "abc"}).json()
    publish(system, agent, upload(agent, "def handle(request):\n    return request.text.upper()\n"))
    again = api.post(f"{URL}{first['id']}/replay/", json={}).json()
    assert (again["data"], again["version"]) == ("ABC", 2)
    old = api.post(f"{URL}{first['id']}/replay/", json={"version": 1}).json()
    assert (old["data"], old["version"]) == ("abc", 1)


def test_a_rate_limit_of_the_key_is_429_with_retry_after(service, make_key, publish_agent):
    publish_agent()
    with service.client(make_key(rate_per_second=0.5, burst=2)[1]) as client:
        answers = [client.post(URL, json={"agent": "echo", "text": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_rate_limit_of_the_key_holds_for_every_call(service, make_key):
    with service.client(make_key(rate_per_second=0.5, burst=2)[1]) as client:
        answers = [client.get("/api/v1/agents/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["error"]["code"] == "rate_limited"


def test_a_rate_limit_of_the_agent_is_429(api, publish_agent):
    publish_agent(rate_per_second=0.5, burst=1)
    assert [api.post(URL, json={"agent": "echo", "text": "x"}).status_code for _ in range(2)] == [200, 429]


def test_a_version_that_is_not_live_can_be_tested_with_the_scope(api, service, make_key, publish_agent, upload):
    agent = publish_agent()
    upload(agent, "def handle(request):\n    return 'new'\n")
    body = {"agent": "echo", "version": 2, "text": "x"}
    assert api.post(URL, json=body).json()["data"] == "new"
    with service.client(make_key("invoke", "read")[1]) as client:
        assert client.post(URL, json=body).status_code == 403
    assert api.post(URL, json={"agent": "echo", "text": "x"}).json()["version"] == 1


def test_events_arrive_while_it_runs_and_can_be_resumed(api, publish_agent):
    publish_agent(
        "ticker",
        "import asyncio\nasync def handle(request):\n    for n in range(4):\n"
        "        print('tick', n)\n        await asyncio.sleep(0.3)\n",
    )
    running = api.post(URL, json={"agent": "ticker", "text": "x", "wait": 0}).json()["id"]
    seen, times = [], []
    with api.stream("GET", f"{URL}{running}/events/") as stream:
        for line in stream.iter_lines():
            if line.startswith("id: "):
                seen.append(int(line[4:]))
            if line.startswith("event: log"):
                times.append(time.monotonic())
    assert seen == list(range(1, len(seen) + 1))
    assert len(times) == 4 and times[-1] - times[0] > 0.6, "the lines came one by one, not all at the end"
    assert [event["seq"] for event in _events(api, running, after=5)] == seen[5:]
    assert _events(api, running) == _events(api, running)
    over = api.get(f"{URL}{running}/events/", headers={"Last-Event-ID": str(seen[-1])})
    assert over.status_code == 204, "an EventSource that has seen all is told not to come back"


def test_the_list_filters(api, publish_agent):
    publish_agent()
    publish_agent("bad", "def handle(request):\n    return 1 / 0\n")
    for agent in ("echo", "echo", "bad"):
        api.post(URL, json={"agent": agent, "text": "x"})
    assert api.get(URL).json()["count"] == 3
    assert api.get(URL, params={"agent": "echo"}).json()["count"] == 2
    assert api.get(URL, params={"status": "failed", "error": "agent_error"}).json()["count"] == 1
    assert api.get(URL, params={"status": "nonsense"}).status_code == 400


def _settled(api: httpx.Client, invocation_id: str) -> dict:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        body = api.get(f"{URL}{invocation_id}/").json()
        if body["finished_at"]:
            return body
        time.sleep(0.05)
    raise AssertionError(f"not settled: {body}")


def _events(api: httpx.Client, invocation_id: str, after: int = 0) -> list[dict]:
    import json

    text = api.get(f"{URL}{invocation_id}/events/", headers={"Last-Event-ID": str(after)}).text
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
