"""The runtime: runs agents' code, each request in a sandbox of its own."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox import guestjson
from sandbox.calls import Call, Cancel, Failure, OnEvent, Outcome, Usage, limit_failure
from sandbox.engine import Ticker
from sandbox.errors import ImageFault, SourceError
from sandbox.image import compiled_image
from sandbox.instance import Image, Instance
from sandbox.limits import Limits
from sandbox.operate import Prepared, Reply, operate
from sandbox.pool import Pool
from sandbox.run import Machine, Run
from sandbox.slot import Slot
from sandbox.source import check_source, checksum

_MOST_SOURCES = 256
_CAPABILITY_THREADS = 64

Files = Mapping[str, str]


class _Source:
    """A version's files, compiled: the body of the operation that loads them."""

    def __init__(self, files: Files, body: str) -> None:
        self.files = files
        self.body = body
        #: The same for a sandbox that is prepared while nobody waits: it also rehearses a request.
        self.rehearsed = body[:-1] + ', "rehearse": true}'


class Runtime:
    """Runs any number of agents from any number of threads of one process. Open it once a process, after forking."""

    def __init__(self, compiled: Path) -> None:
        try:
            self._image = Image(compiled)
        except Exception as error:
            said = f"the sandbox image {compiled} cannot be loaded ({error}); delete it and build it again"
            raise ImageFault(said) from None
        self._slot = Slot()
        self._ticker = Ticker(self._image.engine)
        self._executor = ThreadPoolExecutor(_CAPABILITY_THREADS, "sandbox-capability")
        self._machine = Machine(self._slot, self._ticker, self._executor)
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        self._lock = threading.Lock()
        self._running = 0
        self._cancels: set[Cancel] = set()
        self._pool = Pool(self._rehearsed, self._slot.wait_quiet)

    @classmethod
    def open(cls, image_dir: Path) -> "Runtime":
        """A runtime on the image in that directory. Raises ImageMissing, saying what to run, when there is none."""
        return cls(compiled_image(Path(image_dir)))

    def run(
        self,
        files: Files,
        source_id: str,
        call: Call,
        limits: Limits,
        *,
        grants: Mapping[str, Mapping[str, Any]],
        on_event: OnEvent,
        cancel: Cancel | None = None,
        on_effect: Callable[[], None] | None = None,
        grants_now: Callable[[], Mapping[str, Mapping[str, Any]]] | None = None,
    ) -> Outcome:
        """Run one request to its end, in a fresh sandbox.

        `source_id` stands for `files` in the pool of prepared sandboxes. `grants` maps a capability's name to its
        grant; where `grants_now` is given it is asked at every call instead. `on_event(kind, data)` is called in
        this thread while the guest runs. `on_effect` is called before the first capability call that may change
        something outside. Whatever the agent does is told by the outcome; an exception is a fault of the host.
        """
        started = time.monotonic()
        cancel = cancel or Cancel()
        self._entered(cancel, 1)
        run = Run(
            self._machine,
            limits,
            on_event,
            span_id=call.span_id,
            config=call.config,
            grants=grants_now or (lambda: grants),
            cancel=cancel,
            on_effect=on_effect,
            started=started,
        )
        try:
            try:
                prepared = self._prepared(files, source_id, limits, cancel, started)
            except SourceError as error:
                prepared = Prepared(None, Reply(failure=_source_failure(error)))  # type: ignore[arg-type]
            run.replay(prepared.events)
            reply = prepared.reply
            if reply.failure is None:
                body = self._body(call, run)
                try:
                    _, reply = operate(run, prepared.instance, limits, "run", body, spent=prepared.reply.fuel)
                finally:
                    self._pool.discard(prepared.instance)
                reply.fuel += prepared.reply.fuel
                reply.cpu_ms += prepared.reply.cpu_ms
                reply.memory_bytes = max(reply.memory_bytes, prepared.reply.memory_bytes)
            return self._outcome(run, reply, limits)
        finally:
            self._entered(cancel, -1)

    @staticmethod
    def _body(call: Call, run: Run) -> str:
        body = {
            "skill": call.skill,
            "text": call.text,
            "payload": call.payload,
            "session": call.session,
            "invocation_id": call.invocation_id,
            "trace_id": call.trace_id,
            "span_id": call.span_id,
            "config": call.config,
            "agent": call.agent,
            "version": call.version,
            "remaining": run.deadline - time.monotonic(),
        }
        return json.dumps(body)

    @staticmethod
    def _outcome(run: Run, reply: Reply, limits: Limits) -> Outcome:
        failure, data = reply.failure, None
        if failure is None:
            size = len(reply.body.encode())
            if size > limits.output_bytes:
                what = "the answer is too large"
                failure = limit_failure("output_limit", "output_bytes", limits, size, "bytes", what)
            else:
                try:
                    data = guestjson.loads(reply.body)
                except guestjson.BadJson as error:
                    failure = Failure("agent_error", f"the answer is {error}", {})
        elapsed = (time.monotonic() - run.started) * 1000
        usage = Usage(
            fuel=reply.fuel,
            cpu_ms=round(reply.cpu_ms, 3),
            memory_bytes=reply.memory_bytes,
            tokens=run.tokens,
            sandbox_ms=round(elapsed, 3),
            host_call_ms=round(run.waited * 1000, 3),
        )
        return Outcome(failure is None, data, failure, usage, run.effects)

    # Sources

    def _prepared(self, files: Files, source_id: str, limits: Limits, cancel: Cancel, started: float) -> Prepared:
        source = self._source(files, source_id)
        prepared = self._pool.take(source_id, lambda rehearse: self._prepare_idle(source, limits, rehearse))
        return prepared or self._load(source, limits, cancel=cancel, started=started)

    def _source(self, files: Files, source_id: str) -> _Source:
        with self._lock:
            source = self._sources.get(source_id)
            if source is not None and (source.files is files or source.files == files):
                self._sources.move_to_end(source_id)
                return source
        check_source(files)
        source = _Source(files, self._compile(files))
        with self._lock:
            self._sources[source_id] = source
            while len(self._sources) > _MOST_SOURCES:
                self._sources.popitem(last=False)
        return source

    def _compile(self, files: Files) -> str:
        """The body of the load operation. Raises SourceError naming file and line."""
        limits = Limits()
        run = Run(self._machine, limits, lambda kind, data: None)
        instance, reply = operate(run, self._fresh, limits, "compile", json.dumps({"files": dict(files)}))
        if instance is not None:
            self._pool.discard(instance)
        if reply.failure is not None:
            raise SourceError(None, None, f"the source cannot be compiled: {reply.failure.message}")
        answer = guestjson.loads(reply.body)
        if "fault" in answer:
            fault = answer["fault"]
            raise SourceError(fault["file"], fault["line"], fault["reason"])
        return json.dumps({"files": dict(files), "code": answer["code"]})

    def _fresh(self) -> Instance:
        return self._pool.bare() or self._image.instantiate()

    def _rehearsed(self) -> Instance:
        """A fresh sandbox that has been through the motions, so that its pages are there."""
        run = Run(self._machine, Limits(), lambda kind, data: None, idle=True)
        instance, _ = operate(run, self._image.instantiate, Limits(), "rehearse", "{}")
        assert instance is not None
        return instance

    def _load(
        self,
        source: _Source,
        limits: Limits,
        *,
        cancel: Cancel | None = None,
        started: float | None = None,
        idle: bool = False,
        rehearse: bool = False,
    ) -> Prepared:
        events: list[tuple[str, dict[str, Any]]] = []
        run = Run(
            self._machine,
            limits,
            lambda kind, data: events.append((kind, data)),
            cancel=cancel,
            started=started,
            idle=idle,
        )
        # What is rehearsed with its code need not be rehearsed without it before.
        fresh = self._image.instantiate if idle else self._fresh
        body = source.rehearsed if rehearse else source.body
        instance, reply = operate(run, fresh, limits, "load", body)
        if reply.failure is not None and instance is not None:
            self._pool.discard(instance)
        return Prepared(instance, reply, events)  # type: ignore[arg-type]

    def _prepare_idle(self, source: _Source, limits: Limits, rehearse: bool) -> Prepared | None:
        prepared = self._load(source, limits, idle=True, rehearse=rehearse)
        return None if prepared.reply.failure is not None else prepared

    # Reading a version

    def read_manifest(self, files: Files, limits: Limits | None = None) -> dict[str, Any]:
        """What the code says of itself, read by running it. Raises SourceError naming file, line and reason.

        Gives {"name", "description", "version", "skills": [{"name", "description", "examples", "input_schema",
        "idempotent"}], "tools", "capabilities"}.
        """
        reply = self._ask(files, limits or Limits(), "describe")
        if reply.failure is not None:
            detail = reply.failure.detail
            raise SourceError(detail.get("file") or "agent.py", detail.get("line"), reply.failure.message)
        manifest: dict[str, Any] = guestjson.loads(reply.body)
        return manifest

    def health_check(self, files: Files, limits: Limits | None = None) -> Failure | None:
        """Run the agent's own health check; None when it is well or has none. Raises SourceError."""
        return self._ask(files, limits or Limits(), "health").failure

    def about(self) -> dict[str, Any]:
        """What the image offers: {"python", "packages", "left_out": {module: why}}."""
        run = Run(self._machine, Limits(), lambda kind, data: None)
        instance, reply = operate(run, self._fresh, Limits(), "about", "{}")
        if instance is not None:
            self._pool.discard(instance)
        if reply.failure is not None:
            raise ImageFault(f"the sandbox image does not answer: {reply.failure.message}")
        told: dict[str, Any] = guestjson.loads(reply.body)
        return told

    def run_tests(self, files: Files, limits: Limits | None = None) -> list[dict[str, Any]]:
        """Run the version's test functions (`test_*` in files named `test_*.py`), each result as {"name", "failure"}.

        A failure is None or {"code", "message", "detail"}. When the run itself fails, that is the one result.
        """
        reply = self._ask(files, limits or Limits(), "test")
        if reply.failure is not None:
            failure = reply.failure
            told = {"code": failure.code, "message": failure.message, "detail": failure.detail}
            return [{"name": "tests", "failure": told}]
        outcomes: list[dict[str, Any]] = guestjson.loads(reply.body)
        return outcomes

    def _ask(self, files: Files, limits: Limits, operation: str) -> Reply:
        check_source(files)
        source = self._source(files, checksum(files))
        prepared = self._load(source, limits)
        if prepared.reply.failure is not None:
            return prepared.reply
        run = Run(self._machine, limits, lambda kind, data: None, grants=dict)
        try:
            _, reply = operate(run, prepared.instance, limits, operation, "{}", spent=prepared.reply.fuel)
        finally:
            self._pool.discard(prepared.instance)
        return reply

    # The process

    def warm(self, source_id: str, files: Files, count: int, limits: Limits | None = None) -> None:
        """Keep so many sandboxes ready for a source before its first request. Raises SourceError."""
        source = self._source(files, source_id)
        self._pool.warm(source_id, lambda rehearse: self._prepare_idle(source, limits or Limits(), rehearse), count)

    def stats(self) -> dict[str, int]:
        """Numbers for monitoring: pool hits and misses, sandboxes prepared, runs running."""
        return {
            "hits": self._pool.hits,
            "misses": self._pool.misses,
            "prepared": self._pool.prepared(),
            "running": self._running,
        }

    def _entered(self, cancel: Cancel, by: int) -> None:
        with self._lock:
            self._running += by
            if by > 0:
                self._cancels.add(cancel)
            else:
                self._cancels.discard(cancel)

    def close(self) -> None:
        """Cancel what still runs and give everything back."""
        with self._lock:
            running = list(self._cancels)
        for cancel in running:
            cancel.cancel("the worker is stopping")
        while self._running:
            time.sleep(0.005)
        self._pool.close()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._ticker.close()


def _source_failure(error: SourceError) -> Failure:
    detail = {"type": "SourceError", "message": error.reason, "file": error.file, "line": error.line}
    return Failure("agent_error", str(error), detail)
