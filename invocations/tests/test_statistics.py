"""Figures of a window, counted by the database, compared with the same counted by hand."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Workspace
from agents.models import Agent
from invocations import statistics
from invocations.models import Invocation, Status

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


def nearest_rank(values: list[float], percent: int) -> float:
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


@pytest.fixture
def agents(workspace):
    return [Agent.objects.create(workspace=workspace, slug=slug, name=slug) for slug in ("one", "two")]


def record(workspace, agent, minutes_ago: float, status: str = Status.SUCCEEDED, ms: float | None = 10.0, **fields):
    return Invocation.objects.create(
        workspace=workspace,
        agent=agent,
        created_at=timezone.now() - timedelta(minutes=minutes_ago),
        status=status,
        total_ms=ms,
        owner="system",
        trace_id="0" * 32,
        root_span_id="0" * 16,
        **fields,
    )


def test_percentiles_are_those_of_the_rows(workspace, agents) -> None:
    chance = random.Random(7)
    durations = [round(chance.expovariate(1 / 40), 3) for _ in range(173)]
    for index, ms in enumerate(durations):
        record(workspace, agents[index % 2], chance.uniform(1, 50), ms=ms)
    found = statistics.report(workspace, timedelta(hours=1))
    assert found.whole.requests == 173
    assert found.whole.p50_ms == nearest_rank(durations, 50)
    assert found.whole.p95_ms == nearest_rank(durations, 95)
    for index, agent in enumerate(agents):
        own = durations[index::2]
        assert found.agents[agent.pk].p50_ms == nearest_rank(own, 50)
        assert found.agents[agent.pk].p95_ms == nearest_rank(own, 95)


def test_outcomes_are_counted_apart(workspace, agents) -> None:
    record(workspace, agents[0], 1)
    record(workspace, agents[0], 1, Status.FAILED, 30.0, sandbox_ms=12.5)
    record(workspace, None, 1, Status.BLOCKED, 1.0)
    record(workspace, agents[1], 1, Status.RUNNING, None)
    whole = statistics.report(workspace, timedelta(hours=1)).whole
    assert (whole.requests, whole.failed, whole.blocked, whole.open) == (4, 1, 1, 1)
    assert whole.error_rate == 0.25
    assert whole.sandbox_ms == 12.5
    assert whole.p95_ms == 30.0, "what did not run has no duration of its own"


def test_each_request_is_in_the_slice_of_its_time(workspace, agents) -> None:
    for minutes in (2, 2, 31):
        record(workspace, agents[0], minutes)
    record(workspace, agents[0], 200)  # before the window
    found = statistics.report(workspace, timedelta(hours=1), slices=60)
    assert found.step == timedelta(minutes=1)
    assert sum(each.requests for each in found.slices) == 3
    filled = [index for index, each in enumerate(found.slices) if each.requests]
    assert filled in ([28, 57], [27, 56])  # a minute may turn between writing and reading
    assert found.slices[filled[-1]].requests == 2


def test_other_workspaces_are_not_counted(workspace, agents) -> None:
    elsewhere = Workspace.objects.create(slug="elsewhere", name="Elsewhere")
    record(elsewhere, None, 1)
    assert statistics.report(workspace, timedelta(hours=1)).whole.requests == 0


def test_one_agent_alone(workspace, agents) -> None:
    record(workspace, agents[0], 1)
    record(workspace, agents[1], 1)
    assert statistics.report(workspace, timedelta(hours=1), agent="two").whole.requests == 1


def test_activity_is_what_the_agents_pages_show(workspace, agents) -> None:
    for minutes in (5, 70, 130):
        record(workspace, agents[0], minutes, ms=20.0)
    record(workspace, agents[0], 5, Status.FAILED, 50.0)
    activity = statistics.activity(workspace)
    assert set(activity) == {agents[0].pk}
    own = activity[agents[0].pk]
    assert (own.requests, own.failed, own.p95_ms, own.health) == (4, 1, 50.0, "failing")
    assert sum(own.slices) == 4
    assert len(own.slices) == 24


def test_what_is_unfinished_is_counted_by_version(workspace, agents) -> None:
    from agents.models import Version

    version = Version.objects.create(
        agent=agents[0], number=1, checksum="c", files={"agent.py": ""}, manifest={}, author="ada"
    )
    record(workspace, agents[0], 1, Status.RUNNING, None, version=version)
    record(workspace, agents[0], 1, Status.SUCCEEDED, 5.0, version=version)
    assert statistics.open_by_version(agents[0].pk) == {version.pk: 1}
