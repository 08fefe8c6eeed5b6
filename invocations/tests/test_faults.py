"""What happens when something dies: workers are killed, messages are lost, the queue fills, the server restarts."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from invocations import settling
from invocations.admission import admit
from invocations.bus import events, keys
from invocations.bus.client import sync_client
from invocations.draft import Ask
from invocations.models import Event, Invocation, Status
from invocations.settling import Settlement
from invocations.trace import Trace
from invocations.worker import sweeper
from invocations.worker.execute import claim, execute

SLOW = "import asyncio\nasync def handle(request):\n    print('begun')\n    await asyncio.sleep(3)\n    return 'done'\n"
URL = "/api/v1/invocations/"


@pytest.fixture
def waiting(system, bus, publish_agent):
    """An admitted invocation that nobody has claimed."""
    publish_agent()
    return admit(system, Ask(agent="echo", text="hello")).invocation


def expire(invocation: Invocation) -> None:
    Invocation.objects.filter(pk=invocation.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_killed_workers_invocation_is_run_by_another(service, make_key, publish_agent):
    publish_agent("slow", SLOW)
    with service.client(make_key()[1]) as client:
        running = client.post(URL, json={"agent": "slow", "text": "x", "wait": 0}).json()["id"]
        _until(lambda: Event.objects.exists() or _streamed(running, "log"))
        service.kill_worker()
        service.start_worker()
        body = _settled(client, running, 40)
        assert (body["status"], body["data"]) == ("succeeded", "done")
        kinds = [event.kind for event in Event.objects.filter(invocation_id=running).order_by("seq")]
        assert "retried" in kinds and kinds.count("started") == 2 and kinds.count("settled") == 1
        attempts = [e.attempt for e in Event.objects.filter(invocation_id=running, kind="log").order_by("seq")]
        assert attempts == [1, 2], "what the dead attempt had streamed is kept"


def test_what_changed_something_outside_is_not_run_again(waiting):
    invocation = claim(str(waiting.pk))
    Invocation.objects.filter(pk=invocation.pk).update(effects=True)
    expire(invocation)
    sweeper.sweep()
    invocation.refresh_from_db()
    assert (invocation.status, invocation.error_code) == (Status.FAILED, "worker_lost")
    assert "not idempotent" in invocation.error["message"]


def test_an_idempotent_skill_is_run_again_even_so(system, bus, publish_agent):
    publish_agent(
        "idem",
        "from neuroflow import agent, skill\n@agent(name='i', description='i')\nclass I:\n"
        "    @skill(description='d', idempotent=True)\n    def go(self, request): return 'again'\n",
    )
    waiting = admit(system, Ask(agent="idem", text="x")).invocation
    invocation = claim(str(waiting.pk))
    Invocation.objects.filter(pk=invocation.pk).update(effects=True)
    expire(invocation)
    sweeper.sweep()
    execute(str(invocation.pk))
    invocation.refresh_from_db()
    assert (invocation.status, invocation.data, invocation.attempt) == (Status.SUCCEEDED, "again", 2)


def test_a_poisonous_invocation_ends_after_three_attempts(waiting):
    for _attempt in range(sweeper.MAX_ATTEMPTS):
        invocation = claim(str(waiting.pk))
        expire(invocation)
        sweeper.sweep()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error_code) == (Status.FAILED, "worker_lost")
    assert "3 times" in waiting.error["message"]
    seqs = list(Event.objects.filter(invocation=waiting).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_worker_thought_dead_can_write_nothing_any_more(waiting):
    old = claim(str(waiting.pk))
    trace = Trace(str(old.pk), old.root_span_id, old.attempt)
    trace.event("started")
    trace.flush()
    expire(old)
    sweeper.sweep()
    execute(str(waiting.pk))  # the second attempt
    trace.event("log", {"message": "from the grave"})
    trace.flush()
    assert trace.fenced
    assert not settling.settle(old, trace, Settlement(Status.SUCCEEDED, data="stale"))
    waiting.refresh_from_db()
    assert waiting.data == "hello"
    assert not Event.objects.filter(invocation=waiting, data__message="from the grave").exists()


def test_two_messages_for_one_invocation_run_it_once(waiting):
    execute(str(waiting.pk))
    execute(str(waiting.pk))
    waiting.refresh_from_db()
    assert waiting.attempt == 1
    assert Event.objects.filter(invocation=waiting, kind="settled").count() == 1


def test_two_workers_that_claim_at_once_get_one_attempt(waiting):
    claims = [claim(str(waiting.pk)), claim(str(waiting.pk))]
    assert [one is not None for one in claims] == [True, False]


def test_a_lost_wake_up_is_sent_again(waiting):
    client = sync_client()
    client.delete(keys.queue())
    Invocation.objects.filter(pk=waiting.pk).update(enqueued_at=timezone.now() - timedelta(seconds=10))
    sweeper.sweep()
    assert client.llen(keys.queue()) == 1
    sweeper.sweep()
    assert client.llen(keys.queue()) == 1, "not one message a second"


def test_a_lost_wake_up_of_a_second_attempt_is_sent_again(waiting):
    invocation = claim(str(waiting.pk))
    trace = Trace(str(invocation.pk), invocation.root_span_id, invocation.attempt)
    trace.event("started")
    trace.flush()
    expire(invocation)
    sweeper.sweep()
    client = sync_client()
    client.delete(keys.queue())
    Invocation.objects.filter(pk=waiting.pk).update(enqueued_at=timezone.now() - timedelta(seconds=10))
    sweeper.sweep()
    assert client.llen(keys.queue()) == 1


def test_what_is_told_while_a_batch_is_sent_is_not_lost(waiting):
    trace = Trace(str(waiting.pk), waiting.root_span_id, 1)
    stop = threading.Event()

    def flush() -> None:
        while not stop.is_set():
            trace.flush()

    flusher = threading.Thread(target=flush)
    flusher.start()
    for number in range(20_000):
        trace.event("log", {"n": number})
    stop.set()
    flusher.join()
    trace.flush()
    told = [event["data"]["n"] for event in events.read(str(waiting.pk)) if event["kind"] == "log"]
    assert told == list(range(20_000))


def test_what_another_thread_flushes_while_it_is_settled_changes_no_number(waiting, monkeypatch):
    invocation = claim(str(waiting.pk))
    trace = Trace(str(invocation.pk), invocation.root_span_id, invocation.attempt, before=waiting.admission)
    trace.event("started")
    write = settling._write

    def late(*args, **kwargs):
        trace.event("log", {"message": "late"})
        trace.flush()
        return write(*args, **kwargs)

    monkeypatch.setattr(settling, "_write", late)
    assert settling.settle(invocation, trace, Settlement(Status.SUCCEEDED, data=1))
    stored = list(Event.objects.filter(invocation=waiting).order_by("seq").values_list("seq", "kind"))
    assert [(event["seq"], event["kind"]) for event in events.read(str(waiting.pk))] == stored
    assert stored[-1][1] == "settled"


def test_admission_survives_a_broker_that_is_away(system, bus, publish_agent, monkeypatch):
    import redis

    def away(*_args, **_kwargs):
        raise redis.ConnectionError("away")

    publish_agent()
    with monkeypatch.context() as patched:
        patched.setattr(events, "append", away)
        invocation = admit(system, Ask(agent="echo", text="kept")).invocation
    Invocation.objects.filter(pk=invocation.pk).update(enqueued_at=timezone.now() - timedelta(seconds=10))
    sync_client().delete(keys.queue())
    sweeper.sweep()
    execute(str(invocation.pk))
    invocation.refresh_from_db()
    assert invocation.data == "kept"
    kinds = list(Event.objects.filter(invocation=invocation).order_by("seq").values_list("kind", flat=True))
    assert kinds[0] == "accepted" and kinds[-1] == "settled"


def test_an_outcome_is_stored_though_the_server_goes_away_while_it_runs(waiting, monkeypatch):
    import redis

    def away(*_args, **_kwargs):
        raise redis.ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(events, "_call", away)
        execute(str(waiting.pk))
    waiting.refresh_from_db()
    assert (waiting.status, waiting.data) == (Status.SUCCEEDED, "hello")
    told = list(Event.objects.filter(invocation=waiting).order_by("seq").values_list("seq", "kind"))
    assert [seq for seq, _ in told] == list(range(1, len(told) + 1))
    assert (told[0][1], told[-1][1]) == ("accepted", "settled")


def test_a_stream_that_the_server_forgot_is_numbered_on(waiting):
    invocation = claim(str(waiting.pk))
    trace = Trace(str(invocation.pk), invocation.root_span_id, invocation.attempt)
    trace.event("started")
    trace.flush()
    known = trace.seq
    sync_client().delete(keys.stream(str(invocation.pk)), keys.fence(str(invocation.pk)))
    trace.event("log", {"message": "after"})
    trace.flush()
    assert trace.seq == known + 1


def test_a_full_queue_refuses_with_retry_after(system, bus, publish_agent, settings, monkeypatch):
    from invocations import gates
    from invocations.errors import QueueFull

    publish_agent()
    settings.NEUROFLOW = {**settings.NEUROFLOW, "QUEUE_LIMIT": 3}
    monkeypatch.setattr(gates, "DEPTH_SECONDS", 0)
    for _ in range(3):
        admit(system, Ask(agent="echo", text="x"))
    with pytest.raises(QueueFull) as caught:
        admit(system, Ask(agent="echo", text="x"))
    assert (caught.value.http, caught.value.retry_after) == (503, 1.0)
    assert Invocation.objects.count() == 3


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_publishing_under_load_fails_and_mixes_nothing(service, make_key, publish_agent, upload, system):
    """Sixteen clients while versions are swapped forty times: each answer is of one version, and of the right one."""
    from agents.actions.deploy import publish

    def source(number: int) -> str:
        return (
            f"from neuroflow import agent, skill\nN = {number}\n@agent(name='a', description='v{number}')\nclass A:\n"
            "    @skill(description='d')\n    def go(self, request): return {'code': N, 'manifest': '"
            + f"v{number}"
            + "'}\n"
        )

    agent = publish_agent("swap", source(1))
    versions = [agent.live_deployment.version, upload(agent, source(2))]
    stop, wrong, counted = threading.Event(), [], []
    key = make_key()[1]

    def ask() -> None:
        with service.client(key) as client:
            while not stop.is_set():
                answer = client.post(URL, json={"agent": "swap", "text": "x"})
                body = answer.json()
                if answer.status_code != 200 or body["data"] != {
                    "code": body["version"],
                    "manifest": f"v{body['version']}",
                }:
                    wrong.append(body)
                counted.append(body.get("version"))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    with service.client(key) as client:
        for round_number in range(40):
            target = versions[(round_number + 1) % 2]
            publish(system, agent, target)
            body = client.post(URL, json={"agent": "swap", "text": "x"}).json()
            if body["version"] != target.number:
                wrong.append({"published": target.number, "served": body["version"]})
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert {1, 2} <= set(counted)


def _streamed(invocation_id: str, kind: str) -> bool:
    return any(event["kind"] == kind for event in events.read(invocation_id))


def _until(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _settled(client, invocation_id: str, seconds: float) -> dict:
    body: dict = {}

    def over() -> bool:
        body.update(client.get(f"{URL}{invocation_id}/").json())
        return bool(body["finished_at"])

    _until(over, seconds)
    return body
