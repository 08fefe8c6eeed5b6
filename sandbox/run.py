"""One run as its guest sees it: events out, capability calls, waiting, and the limits on all of it."""

import dataclasses
import json
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from sandbox import capabilities, guestjson
from sandbox.calls import Cancel, Failure, OnEvent, limit_failure
from sandbox.capabilities import Caller, Denied, Failed, TimedOut, Work
from sandbox.engine import Ticker
from sandbox.host import Stop
from sandbox.limits import Limits
from sandbox.slot import Slot
from sandbox.spans import Spans

logger = logging.getLogger(__name__)

#: Capability calls of one run that are under way at once; further ones wait their turn.
CONCURRENT_CALLS = 16
#: Characters of one run's requests that may wait for their answers.
_MOST_ASKED = 32_000_000
_LOOK_UP_SECONDS = 0.05


class Machine:
    """What all runs of a process share."""

    def __init__(self, slot: Slot, ticker: Ticker, executor: Executor) -> None:
        self.slot = slot
        self.ticker = ticker
        self.executor = executor


class Run:
    """One guest's dealings with its host. Used by the thread that runs it; capability threads only hand in results."""

    def __init__(
        self,
        machine: Machine,
        limits: Limits,
        on_event: OnEvent,
        *,
        span_id: str = "",
        caller: Caller | None = None,
        grants: Callable[[], Mapping[str, Mapping[str, Any]]] | None = None,
        cancel: Cancel | None = None,
        on_effect: Callable[[], None] | None = None,
        fetch: Callable[[str], str] | None = None,
        idle: bool = False,
        started: float | None = None,
    ) -> None:
        self.failure: Failure | None = None
        self.fault: BaseException | None = None
        self.effects = False
        self.tokens = 0
        self.waited = 0.0
        self.bytes_in = 0
        self.bytes_out = 0
        self.started = time.monotonic() if started is None else started
        self.deadline = self.started + limits.wall_ms / 1000
        self.cancel = cancel or Cancel()
        self._machine = machine
        self._limits = limits
        self._on_event = on_event
        self._caller = caller or Caller()
        self._fetch = fetch
        self._grants = grants
        self._on_effect = on_effect
        self._idle = idle
        self._spans = Spans(self._tell, span_id)
        self._computing = False
        self._lines = 0
        self._bytes = 0
        self._calls = 0
        self._called: Counter[str] = Counter()
        self._signal = threading.Condition()
        self._finished: deque[tuple[int, bool, Any, dict[str, Any]]] = deque()
        self._queued: deque[tuple[int, Callable[[Work], Any], Work]] = deque()
        self._asked = 0  # characters of requests that are not answered yet
        self._sizes: dict[int, int] = {}
        self._active: dict[int, Work] = {}

    # Computing and waiting

    def begin(self) -> None:
        """Take the compute slot. Raises Stop when the time is over, or the run cancelled, before it is free."""
        if self.cancel.is_set():
            self._stop_cancelled()
        if self._idle:
            self._machine.slot.wait_quiet()
        else:
            if not self._machine.slot.acquire(min(_LOOK_UP_SECONDS, self._left()), goes_on=self._may_go_on):
                raise Stop
        self._computing = True
        self._machine.ticker.start()

    def pause(self) -> None:
        """Give the compute slot to whoever waits for it."""
        if self._computing:
            self._computing = False
            self._machine.ticker.stop()
            if not self._idle:
                self._machine.slot.release()

    def end(self) -> None:
        """The guest is done: give up the slot, and every call that is still under way."""
        self.pause()
        with self._signal:
            left = [*self._active.values(), *(work for _, _, work in self._queued)]
            self._queued.clear()
        for work in left:
            work.abandon()
        self._spans.close()

    def tick(self) -> bool:
        """Whether the guest may go on computing; lets others compute in between."""
        if not self._may_go_on():
            return False
        if not self._idle and self._machine.slot.must_yield():
            self.pause()
            try:
                self.begin()
            except Stop:
                return False
        return True

    def broke(self, error: BaseException) -> None:
        """A host function of ours failed: the run ends, and the error is the caller's to see."""
        self.fault = self.fault or error

    def _left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def _may_go_on(self) -> bool:
        if self.failure is not None:
            return False
        if self.cancel.is_set():
            self.failure = Failure("cancelled", self.cancel.reason or "cancelled", {})
            return False
        now = time.monotonic()
        if now >= self.deadline:
            used = round((now - self.started) * 1000)
            self.failure = limit_failure("time_limit", "wall_ms", self._limits, used, "ms", "the time is over")
            return False
        return True

    def _stop_cancelled(self) -> None:
        self._may_go_on()
        raise Stop

    # Events

    def emit(self, kind: str, body: str) -> None:
        """An event from the guest. Raises Stop when there were too many."""
        self._lines += 1
        self._bytes += len(kind) + (len(body) if body.isascii() else len(body.encode()))
        for measured, name, unit in ((self._lines, "log_lines", "lines"), (self._bytes, "log_bytes", "bytes")):
            if measured > getattr(self._limits, name):
                self.failure = limit_failure("log_limit", name, self._limits, measured, unit, "too much was logged")
                raise Stop
        data = guestjson.event(kind, body)
        if data is None:
            return
        if kind == "span_start":
            self._spans.start(data)
        elif kind == "span_end":
            self._spans.end(data)
        else:
            self._tell(kind, data)

    def replay(self, events: list[tuple[str, dict[str, Any]]]) -> None:
        """Tell what was told while the module was loaded, perhaps before this run was asked for."""
        for kind, data in events:
            if kind in ("span_start", "span_end"):
                self._spans.replay(kind, data)
            else:
                self._tell(kind, data)

    def _tell(self, kind: str, data: dict[str, Any]) -> None:
        try:
            self._on_event(kind, data)
        except Exception:
            # The run goes on without its audience.
            logger.exception("an event could not be delivered")

    # Capability calls

    def start(self, capability: str, body: str) -> int:
        """Begin a capability call; gives the id by which `wait` tells its outcome, a refusal too."""
        self._calls += 1
        call_id = self._calls
        self.bytes_out += len(body)
        if call_id > self._limits.capability_calls:
            what = "too many capability calls"
            self.failure = limit_failure("capability_limit", "capability_calls", self._limits, call_id, "calls", what)
            raise Stop
        try:
            if self._asked + len(body) > _MOST_ASKED:
                raise Failed(f"more than {_MOST_ASKED:,} bytes of requests wait for their answers; await some first")
            perform, work = self._admit(call_id, capability, body)
        except (Denied, Failed) as error:
            code = "capability_denied" if isinstance(error, Denied) else "failed"
            self._spans.start_call(call_id, capability[:50], "", {})
            self._finish(call_id, False, {"code": code, "message": str(error), "kind": getattr(error, "kind", "")}, {})
        else:
            with self._signal:
                self._queued.append((call_id, perform, work))
                self._sizes[call_id] = len(body)
                self._asked += len(body)
            self._dispatch()
        return call_id

    def _admit(self, call_id: int, name: str, body: str) -> tuple[Callable[[Work], Any], Work]:
        if self._grants is None:
            raise Denied("capabilities cannot be used while the module is loading; call them from a skill")
        request, span_id = guestjson.capability_request(body)
        capability = capabilities.get(name)
        if capability is None:
            raise Denied(f"there is no capability {name[:50]!r}; there are: {', '.join(capabilities.names())}")
        grant = self._grants().get(name)
        if grant is None:
            raise Denied(f"the agent has no grant of {name}; an operator can grant it on the agent's page")
        self._called[name] += 1
        admitted = capability.admit(request, grant, dataclasses.replace(self._caller, calls=self._called[name]))
        if admitted.changes:
            # Before each, not only the first: an attempt that was given up meanwhile must change nothing more.
            if self._on_effect is not None:
                self._on_effect()
            self.effects = True
        self._spans.start_call(call_id, admitted.label, span_id, admitted.attributes)
        return admitted.perform, Work(self.deadline)

    def _dispatch(self) -> None:
        """Hand queued calls to threads, as many as one run may have at once; answers not taken yet count too."""
        while True:
            with self._signal:
                if not self._queued or len(self._active) + len(self._finished) >= CONCURRENT_CALLS:
                    return
                call_id, perform, work = self._queued.popleft()
                self._active[call_id] = work
            try:
                self._machine.executor.submit(self._perform, call_id, perform, work)
            except RuntimeError:
                # The system gives no further thread: the call waits in the executor's queue for one that there is.
                logger.warning("no thread can be started for a capability call; it waits for another to end")

    def _perform(self, call_id: int, perform: Callable[[Work], Any], work: Work) -> None:
        """In a capability thread: do the call and hand in what came of it."""
        try:
            work.remaining()
            outcome: tuple[bool, Any] = (True, perform(work))
        except Denied as error:
            outcome = (False, {"code": "capability_denied", "message": str(error)})
        except TimedOut as error:
            outcome = (False, {"code": "timeout", "message": str(error), "kind": error.kind})
        except Failed as error:
            outcome = (False, {"code": "failed", "message": str(error), "kind": error.kind})
        except Exception as error:
            logger.exception("a capability failed")
            outcome = (False, {"code": "failed", "message": f"the capability failed: {type(error).__name__}"})
        self._finish(call_id, *outcome, work.attributes)
        self._dispatch()

    def _finish(self, call_id: int, ok: bool, result: Any, attributes: dict[str, Any]) -> None:
        self._spans.call_done(call_id)
        with self._signal:
            self._active.pop(call_id, None)
            self._asked -= self._sizes.pop(call_id, 0)
            self._finished.append((call_id, ok, result, attributes))
            self._signal.notify()

    def wait(self, timeout_us: int) -> str:
        """Outcomes of calls, as [[id, ok, result], …]; waits for one, giving up the slot, at most so long."""
        if not self._finished and timeout_us != 0:
            self._wait(time.monotonic() + timeout_us / 1e6 if timeout_us > 0 else None)
        outcomes = []
        while self._finished:
            call_id, ok, result, attributes = self._finished.popleft()
            self._spans.end_call(call_id, ok, "" if ok else result["message"], attributes)
            outcomes.append([call_id, ok, result])
        if self._queued:
            self._dispatch()
        answer = json.dumps(outcomes)
        self.bytes_in += len(answer) if outcomes else 0
        return answer

    def fetch(self, question: str) -> str:
        """What is known of the packages that the version names: "+" and base64; empty when there is no such thing."""
        return self._fetch(question) if self._fetch is not None else ""

    def _wait(self, until: float | None) -> None:
        self.pause()
        began = time.monotonic()
        forget = self.cancel.on_cancel(self._wake)
        try:
            with self._signal:
                end = self.deadline if until is None else min(until, self.deadline)
                while not self._finished and not self.cancel.is_set() and (left := end - time.monotonic()) > 0:
                    self._signal.wait(left)
        finally:
            forget()
            self.waited += time.monotonic() - began
        if not self._may_go_on():
            raise Stop
        self.begin()

    def _wake(self) -> None:
        with self._signal:
            self._signal.notify_all()
