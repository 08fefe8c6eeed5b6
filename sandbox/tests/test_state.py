"""The state capability from inside an agent."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.capabilities import state
from sandbox.tests.conftest import Agent

STATE: dict[str, Any] = {"state": {}}


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    state.use(state.MemoryStore())
    yield
    state.use(state.MemoryStore())


def test_an_agent_remembers(agent: Agent) -> None:
    lines = """
seen = await context.state.get("seen", {"count": 0, "é": None})
seen["count"] += 1
await context.state.set("seen", seen)
return seen
"""
    first = agent.body(lines, grants=STATE, owner="7")
    assert first.data == {"count": 1, "é": None}, first.failure
    assert first.effects is True
    assert agent.body(lines, grants=STATE, owner="7").data["count"] == 2
    assert agent.body(lines, grants=STATE, owner="8").data["count"] == 1


def test_all_of_it(agent: Agent) -> None:
    lines = """
s = context.state
return [
    await s.get("n"), await s.increment("n"), await s.increment("n", 4), await s.delete("n"), await s.delete("n"),
    await s.compare_and_set("l", None, {"b": 1, "a": 2}), await s.compare_and_set("l", {"a": 2, "b": 1}, [3]),
    await s.compare_and_set("l", None, 1), await s.get("l"), await s.keys(), await s.keys("x"),
    await s.set("gone", 1, ttl=0.001), await s.session.set("l", "mine"), await s.session.get("l"),
    await s.session.keys(),
]
"""
    outcome = agent.body(lines, grants=STATE, owner="7", session="talk")
    expected = [None, 1, 5, True, False, True, True, False, [3], ["l"], [], None, None, "mine", ["l"]]
    assert outcome.data == expected, outcome.failure


def test_sessions_are_apart(agent: Agent) -> None:
    lines = 'await context.state.session.increment("n")\nreturn await context.state.session.get("n")'
    for session, expected in (("one", 1), ("two", 1), ("one", 2), ("a:", 1)):
        assert agent.body(lines, grants=STATE, owner="7", session=session).data == expected


def test_reading_is_no_effect_and_spans_show_keys_and_no_values(agent: Agent) -> None:
    outcome = agent.body('await context.state.get("k")\nawait context.state.keys()', grants=STATE, owner="7")
    assert outcome.success and outcome.effects is False
    agent.body('await context.state.set("k", "the value", ttl=5)', grants=STATE, owner="7")
    spans = agent.told("span_end")
    assert [span["name"] for span in spans] == ["state get", "state keys", "state set"]
    assert spans[2]["attributes"] == {"op": "set", "scope": "agent", "key": "k", "ttl": 5.0, "bytes": 11}
    assert "the value" not in str(agent.events)


@pytest.mark.parametrize(
    ("call", "terms", "said"),
    [
        ("context.state.session.get('k')", {}, "belongs to no session"),
        ("context.state.get('')", {}, "not empty"),
        ("context.state.get(5)", {}, "a key of state is text"),
        ("context.state.get('é' * 200)", {}, "at most 256 bytes"),
        ("context.state.set('k', 'x' * 50)", {"max_value_bytes": 20}, "max_value_bytes of the grant allows 20"),
        ("context.state.set('k', 1, ttl=-1)", {}, "ttl is in seconds"),
        ("context.state.set('k', 1, ttl='soon')", {}, "ttl is in seconds"),
        ("context.state.increment('k', 1.5)", {}, "whole numbers"),
        ("context.state.increment('k', 2**60)", {}, "whole numbers"),
        ("context.state.keys(5)", {}, "prefix"),
        ("context.call('state', op='drop')", {}, "it can: get, set"),
        ("context.call('state')", {}, "it can: get, set"),
        ("context.call('state', op='get', scope='../8', key='k')", {}, "'agent' or 'session'"),
        ("context.call('files')", {}, "no grant of files"),
    ],
)
def test_what_cannot_be_done_is_said(agent: Agent, call: str, terms: dict[str, Any], said: str) -> None:
    outcome = agent.body(f"await {call}", grants={"state": terms}, owner="7")
    assert outcome.failure is not None
    assert said in outcome.failure.message


def test_without_a_grant_there_is_none(agent: Agent) -> None:
    outcome = agent.body('await context.state.get("k")', owner="7")
    assert outcome.failure.code == "capability_denied"


def test_a_guest_cannot_name_another_agent_or_session(agent: Agent) -> None:
    agent.body('await context.state.set("k", 1)', grants=STATE, owner="8")
    lines = 'return await context.call("state", op="get", key="k", owner="8", session="x", place={"owner": "8"})'
    assert agent.body(lines, grants=STATE, owner="7").data is None


def test_files_has_nothing_to_call(agent: Agent) -> None:
    outcome = agent.body("await context.call('files')", grants={"files": {}})
    assert "below /tmp" in outcome.failure.message
