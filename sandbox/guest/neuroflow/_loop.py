"""An asyncio event loop without sockets or threads: its idle step lets the host wait."""

import asyncio
import contextvars
import logging
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from neuroflow import _bridge, _trace
from neuroflow.errors import SandboxDenied

#: Seconds that tasks left behind by a finished run have for tidying up after they were cancelled.
_TIDYING = 1.0


class Deadlock(RuntimeError):
    """Every task waits for another one: nothing outside can ever wake them."""


class _Idle:
    """Stands where a selector loop has its selector."""

    def select(self, timeout: float | None) -> list[Any]:
        if _bridge.outstanding() or (timeout is not None and timeout > 0):
            _bridge.wait(timeout)
        elif timeout is None:
            raise Deadlock("every task waits, and no call or timer is left that could wake one")
        return []


def _refusal(name: str, why: str) -> Callable[..., NoReturn]:
    def refused(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise SandboxDenied(f"asyncio: {why}")

    refused.__name__ = name
    return refused


_NETWORK = "a sandbox has no sockets; use `await context.http.get(url)` or httpx, with a grant of the http capability"
_PROCESSES = "a sandbox cannot start processes; do the work in Python, or call a service with context.http"
_SIGNALS = "a sandbox gets no signals; the time that is left is in context.remaining(), asyncio.timeout() bounds a wait"


class Loop(asyncio.BaseEventLoop):
    """Timers, tasks, gather, wait_for, TaskGroup and queues work as anywhere; capability calls are concurrent."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Idle()

        #: Tasks that the agent made: an exception of one that it keeps and never awaits would not be told.
        self.made: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """As usual; the task is remembered as long as it lives."""
        task = super().create_task(coro, **options)
        self.made.add(task)
        return task

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Log what nobody awaited or could be given."""
        task, error = context.get("task") or context.get("future"), context.get("exception")
        said = context.get("message", "an exception in the event loop")
        if said == "Task exception was never retrieved":
            name = getattr(getattr(task, "get_coro", lambda: None)(), "__qualname__", task)
            said = f"the task {name} failed, and nothing awaits it"
        told = "" if error is None else "\n" + _trace.format_exception(error).rstrip("\n")
        logging.getLogger("asyncio").error("%s", said + told)

    def _process_events(self, events: list[Any]) -> None:
        """Outcomes are handed to their futures while waiting, so nothing is left to do."""

    def _write_to_self(self) -> None:
        """There is no other thread that could need waking."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the function in one go, in the loop's next turn: there are no threads, and `asyncio.to_thread` should
        still work. Nothing else runs meanwhile; what waits in it holds up all tasks."""
        future = self.create_future()

        def run() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(func(*args))
            except Exception as error:
                if isinstance(error, StopIteration):
                    error = RuntimeError(f"{func!r} raised StopIteration")
                future.set_exception(error)

        self.call_soon(run, context=contextvars.copy_context())
        return future

    add_reader = add_writer = _refusal("add_reader", _NETWORK)  # type: ignore[assignment]
    create_connection = create_server = _refusal("create_connection", _NETWORK)
    create_datagram_endpoint = getaddrinfo = getnameinfo = create_connection
    create_unix_connection = create_unix_server = create_connection
    subprocess_exec = subprocess_shell = _refusal("subprocess_exec", _PROCESSES)
    add_signal_handler = _refusal("add_signal_handler", _SIGNALS)  # type: ignore[assignment]


async def call(capability: str, request: dict[str, Any], span_id: str) -> Any:
    """Make a capability call and wait for it without holding up other tasks."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def done(result: _bridge.Result) -> None:
        if not future.done():
            future.set_result(result)

    call_id = _bridge.start(capability, request, span_id, done)
    try:
        return _bridge.unwrap(await future)
    finally:
        _bridge.forget(call_id)


_loop: Loop | None = None


def running() -> bool:
    """Whether the code that asks runs inside a coroutine of the sandbox's loop."""
    return _loop is not None and _loop.is_running()


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end on the sandbox's one loop, and end what it left behind, as `asyncio.run` does."""
    global _loop
    if _loop is None:
        _loop = Loop()
    if _loop.is_running():
        coroutine.close()
        raise RuntimeError("a coroutine is running already; `await` the call instead of making it from plain code")
    # The runtime below us announces a loop of its own, for components with async exports; ours has none.
    asyncio.events._set_running_loop(None)
    try:
        return _loop.run_until_complete(asyncio.Task(coroutine, loop=_loop))
    finally:
        left = asyncio.all_tasks(_loop)
        if left or _loop.made or _loop._asyncgens or _loop._ready:  # type: ignore[attr-defined]
            _loop.run_until_complete(_tidy(_loop, left))


async def _tidy(loop: Loop, left: set[asyncio.Task[Any]]) -> None:
    """Cancel the tasks that nobody waited for, give them time to end, close generators, and tell what went wrong."""
    for task in left:
        task.cancel("the run has ended")
    if left:
        await asyncio.wait(left, timeout=_TIDYING)
    for task in list(loop.made):
        if task.done() and not task.cancelled() and task._log_traceback and (error := task.exception()) is not None:
            told = {"message": "Task exception was never retrieved", "exception": error, "task": task}
            loop.call_exception_handler(told)
    if loop._asyncgens:  # type: ignore[attr-defined]
        await asyncio.wait({asyncio.ensure_future(loop.shutdown_asyncgens())}, timeout=_TIDYING)
        # As after `asyncio.run`, but this loop may serve again.
        loop._asyncgens_shutdown_called = False  # type: ignore[attr-defined]


def install() -> None:
    """Make `asyncio.run` and friends use this loop."""
    asyncio.events.new_event_loop = asyncio.new_event_loop = Loop
    asyncio.runners.events.new_event_loop = Loop  # type: ignore[attr-defined]
