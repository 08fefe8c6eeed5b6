"""`lifetime="reuse"`: one sandbox serves request after request, which only agents that are trusted may have."""

import threading
import time
from typing import Any

import pytest

from sandbox import Cancel, Limits, Outcome, Runtime, kept, pool
from sandbox.tests.conftest import Agent
from sandbox.tests.web import Web

COUNTER = """
import asyncio
SEEN = []

async def handle(request, context):
    SEEN.append(request.text)
    if request.text == "fail":
        raise ValueError("as asked")
    if request.text == "loop":
        while True: pass
    if request.text.startswith("http"):
        asyncio.ensure_future(context.http.get(request.text))
        await asyncio.sleep(0)
    if request.text == "wait":
        await asyncio.sleep(0.3)
    return len(SEEN)
"""


def reuse(agent: Agent, text: str = "", **options: Any) -> Outcome:
    # Each test has a source of its own, so that none finds what another left.
    return agent.run(COUNTER, lifetime="reuse", text=text, **{"owner": "1", **options})


def test_state_lives_on_only_where_reuse_was_chosen(agent: Agent) -> None:
    assert [reuse(agent, owner="a").data for _ in range(4)] == [1, 2, 3, 4]
    assert agent.run(COUNTER, owner="a").data == 1
    assert reuse(agent, owner="a").data == 5


def test_two_agents_with_the_same_code_share_nothing(agent: Agent) -> None:
    assert [reuse(agent, owner="b").data for _ in range(3)] == [1, 2, 3]
    assert reuse(agent, owner="c").data == 1


def test_a_sandbox_is_not_used_again_after_a_failure(agent: Agent) -> None:
    assert [reuse(agent, owner="d").data for _ in range(2)] == [1, 2]
    assert reuse(agent, "fail", owner="d").failure.code == "agent_error"
    assert reuse(agent, owner="d").data == 1
    assert reuse(agent, "loop", owner="d", limits=Limits(wall_ms=200)).failure.code == "time_limit"
    assert reuse(agent, owner="d").data == 1


def test_a_cancelled_sandbox_is_not_used_again(agent: Agent) -> None:
    assert reuse(agent, owner="e").data == 1
    cancel = Cancel()
    timer = threading.Timer(0.1, cancel.cancel)
    timer.start()
    assert reuse(agent, "loop", owner="e", cancel=cancel).failure.code == "cancelled"
    timer.join()
    assert reuse(agent, owner="e").data == 1


def test_two_requests_at_once_have_a_sandbox_each(agent: Agent) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(reuse(agent, "wait", owner="f").data)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1, 1, 1]
    assert reuse(agent, owner="f").data == 2


def test_a_call_that_nobody_waited_for_does_not_answer_the_next_request(agent: Agent, web: Web) -> None:
    grants = {"http": {"hosts": [web.host]}}
    left = reuse(agent, f"{web.url}/hang", owner="g", grants=grants)
    assert left.data == 1
    assert [reuse(agent, owner="g", grants=grants).data for _ in range(3)] == [2, 3, 4]


def test_fuel_is_counted_for_each_request(agent: Agent) -> None:
    used = [reuse(agent, owner="h").usage.fuel for _ in range(4)]
    assert used[0] > 2 * used[2]
    assert max(used[1:]) < 1.5 * min(used[1:])


def test_what_waits_to_be_used_again_is_told(agent: Agent, runtime: Runtime) -> None:
    reuse(agent, owner="i")
    assert runtime.stats()["kept"] >= 1


def test_what_is_not_used_again_goes_though_nobody_asks(
    agent: Agent, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    reuse(agent, owner="j")
    assert runtime.stats()["kept"] >= 1
    monkeypatch.setattr(kept, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(pool, "_TRIM_SECONDS", 0.01)
    end = time.monotonic() + 10
    while runtime.stats()["kept"]:
        assert time.monotonic() < end
        agent.run("def handle(request): pass")  # of another agent; it wakes the thread that prepares
        time.sleep(0.01)
