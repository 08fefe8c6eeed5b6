"""asyncio in the sandbox: a loop of our own that does what authors know from any other."""

from sandbox.tests.conftest import Agent
from sandbox.tests.web import Web


def test_asyncio_is_whole(agent: Agent) -> None:
    lines = """
import asyncio
async def after(seconds, value):
    await asyncio.sleep(seconds)
    return value
gathered = await asyncio.gather(after(0.02, 1), after(0.01, 2))
try:
    await asyncio.wait_for(after(60, 0), 0.01)
except TimeoutError:
    gathered.append("timeout")
async with asyncio.TaskGroup() as group:
    tasks = [group.create_task(after(0, n)) for n in range(3)]
queue = asyncio.Queue()
asyncio.get_running_loop().call_later(0.01, queue.put_nowait, "queued")
return [gathered, [t.result() for t in tasks], await queue.get(), await asyncio.to_thread(len, "abc")]
"""
    assert agent.body(lines).data == [[1, 2, "timeout"], [0, 1, 2], "queued", 3]


def test_code_that_is_not_a_coroutine_can_run_one(agent: Agent) -> None:
    coroutine = "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 5\n"
    assert agent.run(coroutine + "def handle(request):\n    return asyncio.run(f())").data == 5


def test_a_wait_that_nothing_can_end_is_said(agent: Agent) -> None:
    outcome = agent.body("import asyncio; await asyncio.Event().wait()")
    assert outcome.failure is not None
    assert "every task waits" in outcome.failure.message


def test_a_task_left_behind_does_not_keep_the_run_alive(agent: Agent) -> None:
    lines = "import asyncio\nkept = asyncio.create_task(asyncio.sleep(3600))\nawait asyncio.sleep(0)\nreturn 'done'"
    assert agent.body(lines).data == "done"


def test_three_web_calls_are_in_flight_together(agent: Agent, web: Web) -> None:
    """The service answers none of them before all three are there."""
    lines = f"""
import asyncio, httpx
async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
    tasks = [group.create_task(context.http.get("{web.url}/together?count=3")) for _ in range(2)]
    tasks.append(group.create_task(client.get("{web.url}/together?count=3")))
return [task.result().status_code for task in tasks]
"""
    outcome = agent.body(lines, grants={"http": {"hosts": [web.host]}})
    assert outcome.data == [200, 200, 200], outcome.failure


def test_a_call_that_takes_too_long_is_given_up_and_others_go_on(agent: Agent, web: Web) -> None:
    lines = f"""
import asyncio
told = []
try:
    async with asyncio.timeout(0.05):
        await context.http.get("{web.url}/hang")
except TimeoutError:
    told.append("timeout")
task = asyncio.create_task(context.http.get("{web.url}/hang"))
await asyncio.sleep(0.02)
task.cancel()
try:
    await task
except asyncio.CancelledError:
    told.append("cancelled")
return told + [(await context.http.get("{web.url}/")).status]
"""
    outcome = agent.body(lines, grants={"http": {"hosts": [web.host]}})
    assert outcome.data == ["timeout", "cancelled", 200], outcome.failure


def test_shield_events_locks_and_as_completed(agent: Agent) -> None:
    lines = """
import asyncio
told = []
async def work():
    await asyncio.sleep(0.02)
    told.append("worked")
inner = asyncio.ensure_future(work())
try:
    await asyncio.wait_for(asyncio.shield(inner), 0.001)
except TimeoutError:
    told.append("gave up")
await inner
event, lock, limit = asyncio.Event(), asyncio.Lock(), asyncio.Semaphore(2)
async def waiter(n):
    await event.wait()
    async with limit, lock:
        return n
waiters = [asyncio.create_task(waiter(n)) for n in range(3)]
asyncio.get_running_loop().call_soon(event.set)
told.append(sorted([await t for t in asyncio.as_completed(waiters)]))
sleeps = [asyncio.create_task(asyncio.sleep(n)) for n in (0, 60)]
done, pending = await asyncio.wait(sleeps, return_when="FIRST_COMPLETED")
told.append([len(done), len(pending)])
return told
"""
    assert agent.body(lines).data == ["gave up", "worked", [0, 1, 2], [1, 1]]


def test_a_failing_group_cancels_its_members(agent: Agent) -> None:
    lines = """
import asyncio
told = []
async def long():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        told.append("cancelled")
        raise
async def bad():
    raise ValueError("no")
try:
    async with asyncio.TaskGroup() as group:
        group.create_task(long())
        group.create_task(bad())
except* ValueError as group:
    told.append(str(group.exceptions[0]))
return told
"""
    assert agent.body(lines).data == ["cancelled", "no"]


def test_a_plain_skill_may_run_and_rerun_coroutines(agent: Agent) -> None:
    source = """
import asyncio
async def twice(n):
    await asyncio.sleep(0.001)
    return n * 2
async def numbers():
    try:
        yield 1
    finally:
        print("closed")
async def first():
    async for n in numbers():
        return n
def handle(request, context):
    with asyncio.Runner() as runner:
        answers = [runner.run(twice(1)), runner.run(twice(2)), asyncio.run(first())]
    return answers
"""
    outcome = agent.run(source)
    assert outcome.data == [2, 4, 1], outcome.failure
    assert agent.told("log")[0]["message"] == "closed"


def test_a_coroutine_inside_a_coroutine_cannot_be_run_by_run(agent: Agent) -> None:
    outcome = agent.body("import asyncio\nasync def f(): pass\nasyncio.run(f())")
    assert outcome.failure is not None
    assert "cannot be called from a running event loop" in outcome.failure.message


def test_what_is_left_behind_is_ended_in_order(agent: Agent) -> None:
    lines = """
import asyncio
async def left():
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.01)
        print("tidied")
async def numbers():
    try:
        yield 1
        yield 2
    finally:
        await asyncio.sleep(0)
        print("closed")
kept = globals()
kept["task"], kept["numbers"] = asyncio.create_task(left()), numbers()
await anext(kept["numbers"])
return "done"
"""
    assert agent.body(lines).data == "done"
    assert [line["message"] for line in agent.told("log")] == ["tidied", "closed"]


def test_one_that_will_not_end_is_left(agent: Agent) -> None:
    lines = """
import asyncio
async def stubborn():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("no")
asyncio.create_task(stubborn())
await asyncio.sleep(0)
return "done"
"""
    assert agent.body(lines).data == "done"
    assert agent.told("log")[0]["message"] == "no"


def test_an_exception_that_nobody_awaited_is_logged(agent: Agent) -> None:
    lines = """
import asyncio
async def dropped():
    raise ValueError("first")
async def kept():
    raise ValueError("second")
async def awaited():
    raise ValueError("third")
asyncio.create_task(dropped())
globals()["task"] = asyncio.create_task(kept())
seen = asyncio.create_task(awaited())
await asyncio.sleep(0.001)
assert isinstance(seen.exception(), ValueError)
return "done"
"""
    assert agent.body(lines).data == "done"
    first, second = agent.told("log")
    assert first["level"] == second["level"] == "error"
    assert "dropped failed, and nothing awaits it" in first["message"]
    assert 'raise ValueError("first")' in first["message"]
    assert "kept failed" in second["message"]


def test_to_thread_works_without_threads(agent: Agent) -> None:
    lines = """
import asyncio, contextvars
name = contextvars.ContextVar("name")
name.set("here")
def look(extra):
    return name.get() + extra
def fail():
    raise KeyError("gone")
told = await asyncio.gather(asyncio.to_thread(look, "!"), asyncio.to_thread(fail), return_exceptions=True)
return [str(one) for one in told] + [await asyncio.get_running_loop().run_in_executor(None, look, "?")]
"""
    assert agent.body(lines).data == ["here!", "'gone'", "here?"]


def test_an_answer_that_was_not_awaited_is_said(agent: Agent) -> None:
    outcome = agent.body("async def price(): return 1\nreturn {'price': price()}")
    assert outcome.failure is not None
    assert "was not awaited; write `await" in outcome.failure.message
