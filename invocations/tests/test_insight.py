"""What the agents' pages are told of past runs, compared with the rows that were written."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from agents.insight import Spread
from agents.models import Agent
from invocations import insight
from invocations.models import Event, Invocation, Span, Status

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
HOUR = 3600 * 1_000_000


@pytest.fixture
def agent(workspace):
    return Agent.objects.create(workspace=workspace, slug="one", name="One")


def record(agent, minutes_ago: float = 1, **fields) -> Invocation:
    now = timezone.now() - timedelta(minutes=minutes_ago)
    return Invocation.objects.create(
        **{"workspace": agent.workspace, "agent": agent, "created_at": now, "status": Status.SUCCEEDED, "total_ms": 1.0,
           "owner": "system", "trace_id": "0" * 32, "root_span_id": "0" * 16, **fields}
    )  # fmt: skip


def span(invocation: Invocation, name: str, start_us: int, status: str = "ok", kind: str = "capability") -> None:
    Span.objects.create(
        invocation=invocation, span_id=uuid4().hex[:16], name=name, kind=kind, start_us=start_us, end_us=start_us + 5,
        status=status,
    )  # fmt: skip


def test_use_is_that_of_the_last_runs(agent):
    for number in range(1, 101):
        made = record(agent, number, sandbox_ms=float(number), usage={"fuel": number * 10}, data="x" * number)
        for seq in range(1, number % 3 + 1):
            Event.objects.create(invocation=made, seq=seq, at_us=1, kind="log")
    record(agent, status=Status.CANCELLED)  # never ran
    found = insight.use(agent.pk)
    assert found.runs == 100
    assert found.spreads["wall_ms"] == Spread(50.0, 95.0, 100.0)
    assert found.spreads["fuel"] == Spread(500, 950, 1000)
    assert found.spreads["output_bytes"] == Spread(52, 97, 102)
    assert found.spreads["log_lines"] == Spread(1, 2, 2)
    assert found.spreads["capability_calls"] == Spread(0, 0, 0)
    assert "memory_bytes" not in found.spreads  # rows of before that was measured


def test_an_answer_of_nothing_is_measured_too(agent):
    for data in (None, "four"):
        record(agent, sandbox_ms=1.0, usage={}, data=data)
    assert insight.use(agent.pk).spreads["output_bytes"] == Spread(4, 6, 6)


def test_breaches_are_counted_by_code_within_the_day(agent):
    for code, minutes in (
        ("time_limit", 5),
        ("time_limit", 9),
        ("memory_limit", 5),
        ("agent_error", 5),
        ("fuel_limit", 1500),
    ):
        record(agent, minutes, status=Status.FAILED, error_code=code)
    assert insight.use(agent.pk).breaches == {"time_limit": 2, "memory_limit": 1}


def test_calls_are_counted_by_capability(agent, workspace):
    made, now = record(agent), 1_700_000_000_000_000
    span(made, "http GET a.example", now)
    span(made, "http POST b.example", now + HOUR, status="error")
    span(made, "state get", now)
    span(made, "http of its own", now + 2 * HOUR, kind="custom")
    other = Agent.objects.create(workspace=workspace, slug="two", name="Two")
    span(record(other), "http GET a.example", now)
    span(record(agent, 60 * 25), "http GET old.example", now)
    found = insight.calls(agent.pk)
    assert {name: (calls.count, calls.failed) for name, calls in found.items()} == {"http": (2, 1), "state": (1, 0)}
    assert found["http"].last_at.timestamp() == (now + HOUR) / 1e6


def test_past_inputs_are_ones_own_each_once_and_the_newest_first(agent, make_person):
    ada, bob = make_person("author"), make_person("author", "bob")
    for minutes, user, text in ((9, ada, "a"), (8, ada, "b"), (7, bob, "c"), (6, ada, "a"), (5, ada, "L" * 9000)):
        record(agent, minutes, user=user, text=text, skill="say")
    found = insight.past_inputs(agent.pk, ada, 12)
    assert [(entry["text"][:3], entry["whole"]) for entry in found] == [("LLL", False), ("a", True), ("b", True)]
    assert len(found[0]["text"]) == 200
    whole = insight.input_of(agent.workspace, found[0]["id"])
    assert whole is not None and len(whole["text"]) == 9000


def test_an_input_of_another_workspace_is_not_found(agent):
    from accounts.models import Workspace

    made = record(agent, text="mine")
    assert insight.input_of(Workspace.objects.create(slug="other", name="Other"), str(made.pk)) is None
    assert insight.input_of(agent.workspace, "no-id") is None
