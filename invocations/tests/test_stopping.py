"""Stopping a run from outside: whatever it does at the moment, and however it is isolated, its sandbox ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection

import sandbox
from agents.actions.agents import create_agent
from agents.actions.deploy import publish
from agents.actions.grants import give_grant
from agents.actions.settings import update_settings
from agents.actions.upload_version import upload_version
from invocations.actions.cancel import cancel
from invocations.admission import admit
from invocations.bus import events
from invocations.draft import Ask
from invocations.models import Event, Invocation, Status
from invocations.trace import Trace
from invocations.worker.execute import execute
from invocations.worker.running import RUNNING, Running
from sandbox.tests.web import Web
from testing.workers import until

AGENT = """
from neuroflow import agent, skill


@agent(name="busy", description="never ends by itself", capabilities=["http"])
class Busy:
    @skill(description="computes")
    def compute(self, request):
        print("begun")
        while True:
            pass

    @skill(description="sleeps")
    async def sleep(self, request):
        import asyncio

        print("begun")
        await asyncio.sleep(600)

    @skill(description="waits for a web service")
    async def ask(self, request, context):
        print("begun")
        await context.http.get(request.text)
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


def begun(invocation: Invocation) -> bool:
    return any(event["kind"] == "log" for event in events.read(str(invocation.pk)))


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lifetime", sandbox.LIFETIMES)
@pytest.mark.parametrize("isolation", sandbox.ISOLATIONS)
def test_cancelling_stops_the_sandbox_whatever_it_does(
    listening, workspace, system, sandbox_image, web, isolation, lifetime
):
    """Its limit is two minutes, so that nothing but the cancellation ends a run within the test's patience."""
    agent = create_agent(system, "busy", "busy")
    update_settings(system, agent, limits={"wall_ms": 120_000}, isolation=isolation, lifetime=lifetime)
    version, _created = upload_version(system, agent, {"agent.py": AGENT})
    agent.refresh_from_db()
    publish(system, agent, version)
    give_grant(system, agent, "http", {"hosts": [web.host], "timeout_ms": 120_000})

    def run(invocation_id: UUID) -> None:
        try:
            execute(str(invocation_id))
        finally:
            connection.close()

    for skill in ("compute", "sleep", "ask"):
        ask = Ask(agent="busy", skill=skill, text=f"{web.url}/hang")
        invocation = admit(system, ask).invocation
        thread = threading.Thread(target=run, args=(invocation.pk,))
        thread.start()
        until(lambda invocation=invocation: begun(invocation))
        cancel(system, Invocation.objects.get(pk=invocation.pk))
        thread.join(30)
        assert not thread.is_alive(), f"{skill} goes on"
        invocation.refresh_from_db()
        assert (invocation.status, invocation.error_code) == (Status.CANCELLED, "cancelled")
        stored = list(Event.objects.filter(invocation=invocation).order_by("seq").values_list("kind", flat=True))
        assert stored[-1] == "settled" and stored.count("settled") == 1
    assert RUNNING.snapshot() == []


def test_a_cancellation_that_comes_between_the_claim_and_the_start_is_not_lost(system, bus, publish_agent):
    publish_agent()
    invocation = admit(system, Ask(agent="echo", text="x")).invocation
    RUNNING._obey({"type": "cancel", "invocation": str(invocation.pk)})
    running = Running(invocation.pk, 1, Trace(str(invocation.pk), invocation.root_span_id, 1), sandbox.Cancel())
    with RUNNING.track(running):
        assert running.cancel.is_set()


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_over_the_api_a_running_and_a_waiting_one_are_cancelled_and_the_next_one_runs(
    service, make_key, publish_agent, system
):
    """One run at once: that the third is answered shows that the first gave its place and its sandbox back."""
    loops = "def handle(request):\n    print('begun')\n    while request.text == 'loop': pass\n    return 'done'\n"
    publish_agent("one", loops, max_concurrent=1, limits={"wall_ms": 120_000})
    url = "/api/v1/invocations/"
    with service.client(make_key()[1]) as client:
        first = client.post(url, json={"agent": "one", "text": "loop", "wait": 0}).json()["id"]
        until(lambda: any(event["kind"] == "log" for event in events.read(first)))
        second = client.post(url, json={"agent": "one", "text": "loop", "wait": 0}).json()["id"]
        third = client.post(url, json={"agent": "one", "text": "end", "wait": 0}).json()["id"]
        until(lambda: all(any(e["kind"] == "waits" for e in events.read(one)) for one in (second, third)))
        assert client.get(f"{url}{second}/").json()["status"] == "queued"
        assert client.post(f"{url}{second}/cancel/").json()["status"] == "cancelled"
        assert client.get(f"{url}{third}/").json()["status"] == "queued"
        assert client.post(f"{url}{first}/cancel/").json()["status"] == "cancelled"
        until(lambda: client.get(f"{url}{third}/").json()["finished_at"])
        assert client.get(f"{url}{third}/").json()["data"] == "done"
