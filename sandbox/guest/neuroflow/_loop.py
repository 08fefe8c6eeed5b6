"""An asyncio event loop without sockets or threads: its idle step lets the host wait."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from neuroflow import _bridge


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


class Loop(asyncio.BaseEventLoop):
    """Timers, tasks, gather, wait_for, TaskGroup and queues work as anywhere; capability calls are concurrent."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Idle()

    def _process_events(self, events: list[Any]) -> None:
        """Outcomes are handed to their futures while waiting, so nothing is left to do."""

    def _write_to_self(self) -> None:
        """There is no other thread that could need waking."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the function at once: there are no threads, and `asyncio.to_thread` should still work."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


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


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end on the sandbox's one loop."""
    global _loop
    if _loop is None:
        _loop = Loop()
    if not _loop.is_running():
        # The runtime below us announces a loop of its own, for components with async exports; ours has none.
        asyncio.events._set_running_loop(None)
    try:
        return _loop.run_until_complete(coroutine)
    finally:
        for task in asyncio.all_tasks(_loop):
            task.cancel()
        # Cancelled tasks get one turn to tidy up; what they then still wait for is dropped with the sandbox.
        _loop.call_soon(_loop.stop)
        _loop.run_forever()


def install() -> None:
    """Make `asyncio.run` and friends use this loop."""
    asyncio.events.new_event_loop = asyncio.new_event_loop = Loop  # type: ignore[assignment]
    asyncio.runners.events.new_event_loop = Loop  # type: ignore[attr-defined]
