"""A cap on the runs of an agent that are under way at once: who waits, who is next, and what may go wrong meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agents.actions.agents import archive_agent
from agents.actions.settings import update_settings
from invocations import caps, gates, settling
from invocations.actions.cancel import cancel
from invocations.admission import admit
from invocations.bus import events, keys
from invocations.bus.client import sync_client
from invocations.draft import Ask
from invocations.errors import QueueFull
from invocations.models import Event, Invocation, Span, Status
from invocations.settling import Settlement
from invocations.trace import Trace
from invocations.worker import sweeper
from invocations.worker.execute import claim, execute

ECHO = "def handle(request):\n    return request.text\n"


@pytest.fixture
def requests(system, bus, publish_agent):
    """requests(n, cap) → so many admitted invocations of an agent with that cap, in order of arrival."""

    def make(count: int, cap: int | None = 1) -> list[Invocation]:
        publish_agent("few", ECHO, max_concurrent=cap)
        return [admit(system, Ask(agent="few", text=str(n))).invocation for n in range(count)]

    return make


def queued_messages() -> int:
    return sync_client().llen(keys.queue())


def take_messages() -> int:
    """Forget the messages, as if workers had taken them; how many there were."""
    count = queued_messages()
    sync_client().delete(keys.queue())
    return count


def end(invocation: Invocation) -> None:
    """Settle a claimed one."""
    trace = Trace(str(invocation.pk), invocation.root_span_id, invocation.attempt, before=invocation.admission)
    trace.uncertain = True
    assert settling.settle(invocation, trace, Settlement(Status.SUCCEEDED, data="done"))


def expire(invocation: Invocation) -> None:
    Invocation.objects.filter(pk=invocation.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_no_more_run_than_the_cap_allows_and_the_others_wait_in_order_of_arrival(requests):
    first, second, third, fourth = requests(4, cap=2)
    # The messages may come in any order; it is the order of arrival that counts.
    running = [claim(str(fourth.pk)), claim(str(second.pk))]
    assert [one.pk for one in running] == [first.pk, second.pk]
    assert claim(str(first.pk)) is None and claim(str(third.pk)) is None
    take_messages()
    end(running[0])
    assert queued_messages() == 1, "the run that ended wakes the next one"
    assert claim(str(fourth.pk)).pk == third.pk
    end(running[1])
    assert claim(str(fourth.pk)).pk == fourth.pk


def test_a_message_for_one_that_runs_already_serves_the_next(requests):
    first, second = requests(2, cap=2)
    assert claim(str(second.pk)).pk == first.pk
    assert claim(str(first.pk)).pk == second.pk


def test_the_trace_says_once_what_a_request_waits_for_and_is_numbered_without_gaps(requests):
    first, second = requests(2)
    running = claim(str(first.pk))
    assert claim(str(second.pk)) is None and claim(str(second.pk)) is None
    told = [event for event in events.read(str(second.pk)) if event["kind"] == "waits"]
    assert [event["data"]["reason"] for event in told] == ["waits: 1 of 1 runs under way"]
    end(running)
    execute(str(second.pk))
    second.refresh_from_db()
    assert (second.status, second.data) == (Status.SUCCEEDED, "1")
    stored = list(Event.objects.filter(invocation=second).order_by("seq").values_list("seq", "kind"))
    assert [seq for seq, _kind in stored] == list(range(1, len(stored) + 1))
    assert [kind for _seq, kind in stored].count("waits") == 1
    assert [(event["seq"], event["kind"]) for event in events.read(str(second.pk))] == stored
    queue = Span.objects.get(invocation=second, kind="queue")
    assert queue.attributes == {"waits": "waits: 1 of 1 runs under way"}


def test_the_reason_is_kept_though_the_server_forgot_the_stream(requests):
    first, second = requests(2)
    running = claim(str(first.pk))
    claim(str(second.pk))
    sync_client().delete(keys.stream(str(second.pk)), keys.fence(str(second.pk)))
    end(running)
    execute(str(second.pk))
    stored = list(Event.objects.filter(invocation=second).order_by("seq").values_list("seq", "kind"))
    assert [seq for seq, _kind in stored] == list(range(1, len(stored) + 1))
    assert stored[0][1] == "accepted" and "waits" in [kind for _seq, kind in stored]


def test_an_agent_without_a_cap_is_not_looked_at_twice(requests, django_assert_num_queries, settings):
    (only,) = requests(1, cap=None)
    take_messages()
    with django_assert_num_queries(1):
        invocation = claim(str(only.pk))
    assert not invocation.capped
    end(invocation)
    assert queued_messages() == 0


def test_cancelling_one_that_runs_lets_the_next_run(requests, system):
    first, second = requests(2)
    running = claim(str(first.pk))
    assert claim(str(second.pk)) is None
    take_messages()
    cancel(system, Invocation.objects.get(pk=running.pk))
    assert queued_messages() == 1
    assert claim(str(second.pk)).pk == second.pk


def test_cancelling_one_that_waits_leaves_its_turn_to_the_next(requests, system):
    first, second, third = requests(3)
    running = claim(str(first.pk))
    assert claim(str(second.pk)) is None and claim(str(third.pk)) is None
    take_messages()
    cancel(system, Invocation.objects.get(pk=second.pk))
    assert take_messages() == 0, "nothing ended that had run"
    end(running)
    assert queued_messages() == 1
    # The wake-up may have been sent for the one that was cancelled then.
    assert claim(str(second.pk)).pk == third.pk
    second.refresh_from_db()
    assert second.status == Status.CANCELLED


def test_a_killed_workers_run_gives_its_place_back(requests):
    first, second = requests(2)
    running = claim(str(first.pk))
    assert claim(str(second.pk)) is None
    take_messages()
    expire(running)
    sweeper.sweep()
    assert queued_messages() >= 1
    again = claim(str(first.pk))
    assert (again.pk, again.attempt) == (first.pk, 2), "it arrived first"
    assert claim(str(second.pk)) is None
    end(again)
    assert claim(str(second.pk)).pk == second.pk


def test_a_lost_run_that_may_not_be_repeated_wakes_the_next(requests):
    first, second = requests(2)
    running = claim(str(first.pk))
    Invocation.objects.filter(pk=running.pk).update(effects=True)
    take_messages()
    expire(running)
    sweeper.sweep()
    first.refresh_from_db()
    assert first.error_code == "worker_lost"
    assert queued_messages() >= 1
    assert claim(str(second.pk)).pk == second.pk


def test_what_waits_is_found_again_when_redis_lost_its_memory(requests):
    first, second, third = requests(3)
    running = claim(str(first.pk))
    assert claim(str(second.pk)) is None and claim(str(third.pk)) is None
    take_messages()
    sweeper.sweep()
    assert queued_messages() == 0, "there is no room: nobody is woken for nothing"
    end(running)
    take_messages()  # the message of the run that ended is lost
    sweeper.sweep()
    assert queued_messages() == 1
    assert claim(str(second.pk)).pk == second.pk


def test_a_run_ends_well_though_redis_is_away_and_the_sweeper_wakes_the_next(requests, monkeypatch):
    import redis

    from invocations import dispatch

    def away(*_args, **_kwargs):
        raise redis.ConnectionError("away")

    first, second = requests(2)
    running = claim(str(first.pk))
    with monkeypatch.context() as patched:
        patched.setattr(dispatch, "enqueue", away)
        patched.setattr(events, "_call", away)
        assert claim(str(second.pk)) is None
        end(running)
    take_messages()
    sweeper.sweep()
    assert queued_messages() == 1
    execute(str(second.pk))
    second.refresh_from_db()
    assert second.status == Status.SUCCEEDED
    stored = list(Event.objects.filter(invocation=second).order_by("seq").values_list("seq", "kind"))
    assert "waits" in [kind for _seq, kind in stored], "the row had kept it"
    assert [seq for seq, _kind in stored] == list(range(1, len(stored) + 1))


def test_the_sweeper_sends_no_message_a_second_in_front_of_a_full_queue(requests):
    requests(3)
    before = queued_messages()
    sweeper.sweep()
    sweeper.sweep()
    assert queued_messages() == before


@pytest.mark.parametrize("cap", [3, None])
def test_a_cap_that_is_raised_or_taken_away_lets_those_run_that_wait(
    requests, system, cap, django_capture_on_commit_callbacks
):
    first, *waiting = requests(4)
    claim(str(first.pk))
    assert all(claim(str(one.pk)) is None for one in waiting)
    take_messages()
    with django_capture_on_commit_callbacks(execute=True):
        update_settings(system, first.agent, max_concurrent=cap)
    free = len(waiting) if cap is None else cap - 1
    assert queued_messages() == free
    assert [claim(str(one.pk)) is not None for one in waiting] == [n < free for n in range(len(waiting))]


def test_a_cap_that_is_lowered_holds_from_the_next_run_on(requests, system):
    first, second, third = requests(3, cap=None)
    running = [claim(str(first.pk)), claim(str(second.pk))]
    update_settings(system, first.agent, max_concurrent=1)
    assert claim(str(third.pk)) is None
    take_messages()
    end(running[0])
    assert claim(str(third.pk)) is None, "one is still under way"
    end(running[1])
    sweeper.sweep()  # those two did not know of a cap, so they woke nobody
    assert queued_messages() == 1
    assert claim(str(third.pk)).pk == third.pk


def test_what_an_archived_agent_had_accepted_is_run_to_the_last(requests, system):
    first, second = requests(2)
    running = claim(str(first.pk))
    assert claim(str(second.pk)) is None
    archive_agent(system, first.agent)
    take_messages()
    end(running)
    assert queued_messages() == 1
    execute(str(second.pk))
    second.refresh_from_db()
    assert second.status == Status.SUCCEEDED


def test_what_waits_for_a_cap_is_limited_like_every_queue(requests, system, settings, monkeypatch):
    settings.NEUROFLOW = {**settings.NEUROFLOW, "QUEUE_LIMIT": 3}
    monkeypatch.setattr(gates, "DEPTH_SECONDS", 0)
    for invocation in requests(3):
        claim(str(invocation.pk))
    take_messages()
    admit(system, Ask(agent="few", text="the third that waits"))
    take_messages()
    with pytest.raises(QueueFull, match="3 requests wait for few already, which runs 1 at once"):
        admit(system, Ask(agent="few", text="one too many"))


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_the_same_moment_keep_to_the_cap(workspace, bus, publish_agent, system):
    """Sixteen threads with connections of their own want forty; each ends what it got before it takes the next."""
    publish_agent("few", ECHO, max_concurrent=3)
    waiting = [str(admit(system, Ask(agent="few", text=str(n))).invocation.pk) for n in range(40)]
    take_messages()
    seen, wrong = [], []
    start = threading.Barrier(16)

    def work() -> None:
        try:
            start.wait()
            while Invocation.objects.filter(status=Status.QUEUED).exists():
                got = claim(waiting[0])
                if got is not None:
                    seen.append(Invocation.objects.filter(status=Status.RUNNING).count())
                    end(got)
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0]
    assert max(seen) <= 3
    assert Invocation.objects.filter(status=Status.SUCCEEDED, attempt=1).count() == 40


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_the_planner_does_not_walk_through_all_that_an_agent_ever_ran(workspace, publish_agent):
    agent = publish_agent("few", ECHO, max_concurrent=3)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + caps._WAITING, [agent.pk, Status.QUEUED, 10])
        else:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute("EXPLAIN " + caps._WAITING, [agent.pk, Status.QUEUED, 10])
        plan = "\n".join(str(row) for row in cursor.fetchall())
        if connection.vendor != "sqlite":
            cursor.execute("RESET enable_seqscan")
    assert "invocation_open" in plan, plan
