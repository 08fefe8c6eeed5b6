"""Publish, canary and rollback: append-only, atomic, refused when somebody else was faster."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from accounts.models import AuditEntry, Workspace
from agents.actions.agents import archive_agent, create_agent
from agents.actions.deploy import publish, rollback
from agents.actions.settings import update_settings
from agents.actions.upload_version import upload_version
from agents.errors import AgentsError, Archived, Moved, NotReady
from agents.models import Agent, Deployment, Version


def source(number: int) -> dict[str, str]:
    return {"agent.py": f"def handle(request):\n    return {number}\n"}


@pytest.fixture
def agent(system, sandbox_image):
    return create_agent(system, "Echo", "echo")


@pytest.fixture
def versions(system, agent):
    return [upload_version(system, agent, source(number))[0] for number in (1, 2, 3)]


def live(agent: Agent) -> int:
    return Agent.objects.get(pk=agent.pk).live_deployment.version.number


def test_publishing_moves_the_pointer_and_raises_the_routing_generation(system, agent, versions):
    before = Workspace.objects.get(pk=system.workspace.pk).routing_generation
    deployment = publish(system, agent, versions[0], reason="first")
    assert live(agent) == 1
    assert (deployment.kind, deployment.replaces, deployment.actor) == ("publish", None, system.label)
    assert Workspace.objects.get(pk=system.workspace.pk).routing_generation == before + 1
    assert AuditEntry.objects.filter(action="deployment.publish").count() == 1


def test_publishing_over_what_one_did_not_see_is_refused_and_says_what_is_live(system, agent, versions):
    seen = publish(system, agent, versions[0])
    publish(system, agent, versions[1], expected=seen.pk)
    with pytest.raises(Moved, match="v2"):
        publish(system, agent, versions[2], expected=seen.pk)
    assert live(agent) == 2


def test_rolling_back_makes_a_new_deployment_of_what_served_before(system, agent, versions):
    publish(system, agent, versions[0])
    publish(system, agent, versions[1])
    deployment = rollback(system, agent, reason="it misbehaves")
    assert (live(agent), deployment.kind, deployment.reason) == (1, "rollback", "it misbehaves")
    assert agent.deployments.count() == 3


def test_rolling_back_twice_returns_to_where_one_was(system, agent, versions):
    publish(system, agent, versions[0])
    publish(system, agent, versions[1])
    rollback(system, agent)
    rollback(system, agent)
    assert live(agent) == 2


def test_rolling_back_to_a_version_that_never_served_is_refused(system, agent, versions):
    publish(system, agent, versions[0])
    with pytest.raises(NotReady, match="never served"):
        rollback(system, agent, to=3)


def test_the_first_version_has_nothing_before_it(system, agent, versions):
    publish(system, agent, versions[0])
    with pytest.raises(NotReady, match="nothing before"):
        rollback(system, agent)


def test_a_canary_shares_requests_and_rolling_back_ends_it(system, agent, versions):
    publish(system, agent, versions[0])
    canary = publish(system, agent, versions[1], percent=25)
    assert (canary.kind, canary.version.number, canary.canary_version.number) == ("canary", 1, 2)
    ended = rollback(system, agent)
    assert (ended.version.number, ended.canary_version) == (1, None)


def test_a_canary_needs_something_live_beside_it(system, agent, versions):
    with pytest.raises(AgentsError, match="Nothing is live"):
        publish(system, agent, versions[0], percent=5)


def test_a_rejected_version_goes_live_only_by_an_override_with_a_reason(system, agent, versions):
    Version.objects.filter(pk=versions[2].pk).update(state="rejected")
    rejected = Version.objects.get(pk=versions[2].pk)
    for options in ({}, {"override": True}, {"override": True, "reason": "  "}):
        with pytest.raises(NotReady):
            publish(system, agent, rejected, **options)
    deployment = publish(system, agent, rejected, override=True, reason="the check is wrong")
    assert deployment.override and live(agent) == 3


def test_new_limits_are_a_new_revision_and_a_new_deployment(system, agent, versions):
    publish(system, agent, versions[0])
    update_settings(system, agent, limits={"wall_ms": 500}, reason="too slow")
    agent.refresh_from_db()
    assert agent.live_deployment.settings.number == 2
    assert agent.live_deployment.version.number == 1


def test_an_unknown_limit_is_refused_by_name(system, agent):
    with pytest.raises(AgentsError, match="wall_clock"):
        update_settings(system, agent, limits={"wall_clock": 5})


def test_an_archived_agent_takes_nothing_more(system, agent, versions):
    archive_agent(system, agent)
    with pytest.raises(Archived):
        publish(system, agent, versions[0])


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_two_publishes_at_once_one_wins_and_the_other_is_told(system, agent, versions):
    seen = publish(system, agent, versions[0])
    barrier, results = threading.Barrier(2), []

    def attempt(version: Version) -> None:
        barrier.wait()
        try:
            results.append(publish(system, agent, version, expected=seen.pk))
        except Moved as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(version,)) for version in versions[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(result).__name__ for result in results) == ["Deployment", "Moved"]
    assert Deployment.objects.filter(agent=agent).count() == 2
