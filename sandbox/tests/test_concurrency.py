"""Many runs in one process: waiting ones hold nobody up, computing ones take turns, ended ones end alone."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox import Cancel, Limits, Outcome, Runtime
from sandbox.slot import Slot
from sandbox.tests.conftest import Agent
from sandbox.tests.web import Web


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def test_thirty_agents_wait_for_a_service_at_the_same_time(runtime: Runtime, web: Web) -> None:
    """The service answers none of them before all thirty have asked."""
    lines = f'return (await context.http.get("{web.url}/together?count=30")).status'
    grants = {"http": {"hosts": [web.host]}}
    outcomes = at_once(30, lambda n: Agent(runtime).body(lines, grants=grants))
    assert [o.data for o in outcomes] == [200] * 30, [o.failure for o in outcomes if o.failure]


def test_each_run_gets_its_own_request_and_its_own_log(runtime: Runtime) -> None:
    def work(n: int) -> tuple[Outcome, list[dict[str, Any]]]:
        agent = Agent(runtime)
        lines = (
            "import asyncio\nprint(request.text)\nawait asyncio.sleep(0.01)\nprint(request.text)\nreturn request.text"
        )
        return agent.body(lines, text=f"text {n}"), agent.told("log")

    for n, (outcome, log) in enumerate(at_once(24, work)):
        assert outcome.data == f"text {n}"
        assert [line["message"] for line in log] == [f"text {n}"] * 2


def test_an_endless_loop_takes_turns_with_others(runtime: Runtime) -> None:
    """Runs that need a moment of computing finish while another one computes without end."""
    cancel = Cancel()
    stuck: list[Outcome] = []
    loop = threading.Thread(
        target=lambda: stuck.append(
            Agent(runtime).body("while True: pass", cancel=cancel, limits=Limits(wall_ms=60_000))
        )
    )
    loop.start()
    outcomes = [Agent(runtime).body("return sum(range(1000))") for _ in range(10)]
    assert not stuck
    cancel.cancel()
    loop.join()
    assert [o.data for o in outcomes] == [499_500] * 10
    assert stuck[0].failure is not None
    assert stuck[0].failure.code == "cancelled"


def test_runs_that_fail_in_every_way_leave_the_others_alone(runtime: Runtime) -> None:
    bodies = [
        ("return 'well'", None),
        ("while True: pass", "time_limit"),
        ("x = []\nwhile True: x.append(bytearray(10**6))", "memory_limit"),
        ("import os; os.abort()", "agent_error"),
        ("import json; json.loads('[' * 200_000)", "stack_limit"),
        ("1 / 0", "agent_error"),
    ]

    def work(n: int) -> tuple[str | None, str | None]:
        lines, code = bodies[n % len(bodies)]
        outcome = Agent(runtime).body(lines, limits=Limits(wall_ms=5000))
        return (outcome.failure.code if outcome.failure else None), code

    for found, expected in at_once(24, work):
        assert found == expected


def test_a_run_cancelled_before_it_starts_does_not_start(agent: Agent) -> None:
    cancel = Cancel()
    cancel.cancel("too late")
    outcome = agent.body("print('ran')", cancel=cancel)
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.message) == ("cancelled", "too late")
    assert agent.events == []


def test_log_lines_arrive_while_the_agent_runs(runtime: Runtime) -> None:
    """The agent's second line is printed only after its first one was seen."""
    cancel = Cancel()
    seen: list[str] = []

    def on_event(kind: str, data: dict[str, Any]) -> None:
        seen.append(data["message"])
        cancel.cancel("seen")

    outcome = Agent(runtime).body("print('first')\nwhile True: pass", on_event=on_event, cancel=cancel)
    assert seen == ["first"]
    assert outcome.failure is not None
    assert outcome.failure.code == "cancelled"


def test_an_audience_that_fails_does_not_harm_the_run(agent: Agent) -> None:
    def on_event(kind: str, data: dict[str, Any]) -> None:
        raise RuntimeError("nobody listens")

    assert agent.body("print('x')\nreturn 5", on_event=on_event).data == 5


def test_the_slot_is_handed_over_in_order_and_prepares_last() -> None:
    slot = Slot()
    order: list[str] = []
    assert slot.acquire()
    ready = threading.Barrier(2)

    def queue(name: str, idle: bool) -> threading.Thread:
        def work() -> None:
            ready.wait()
            slot.acquire(idle=idle)
            order.append(name)
            slot.release()

        thread = threading.Thread(target=work)
        thread.start()
        ready.wait()
        while not (slot._idle if idle else slot._waiting) or len(slot._waiting) + len(slot._idle) < len(threads) + 1:
            pass
        return thread

    threads: list[threading.Thread] = []
    for name, idle in (("prepare", True), ("first", False), ("second", False)):
        threads.append(queue(name, idle))
    slot.release()
    for thread in threads:
        thread.join()
    assert order == ["first", "second", "prepare"]


def test_who_looks_up_while_it_waits_keeps_its_place() -> None:
    slot = Slot()
    order: list[str] = []
    looked = threading.Semaphore(0)
    assert slot.acquire()

    def wait(name: str, timeout: float | None) -> None:
        assert slot.acquire(timeout, goes_on=lambda: looked.release() is None)
        order.append(name)
        slot.release()

    early = threading.Thread(target=wait, args=("early", 0.001))
    early.start()
    looked.acquire()
    late = threading.Thread(target=wait, args=("late", None))
    late.start()
    while len(slot._waiting) < 2:
        pass
    for _ in range(3):
        looked.acquire()
    slot.release()
    early.join()
    late.join()
    assert order == ["early", "late"]


def test_waiting_for_the_slot_ends_with_its_time() -> None:
    slot = Slot()
    assert slot.acquire()
    assert not slot.acquire(timeout=0.01)
    slot.release()
    assert slot.acquire(timeout=0.01)
