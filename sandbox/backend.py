"""One way to isolate code: makes sandboxes of one image, holds some ready, and runs requests in them."""

import dataclasses
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from sandbox import guestjson
from sandbox.calls import Call, Cancel, Failure, OnEvent, Outcome, Usage, limit_failure
from sandbox.capabilities import Caller, Secret
from sandbox.errors import ImageFault, SourceError
from sandbox.kept import Kept
from sandbox.limits import MIB, Limits
from sandbox.operate import Instance, Prepared, Reply, operate
from sandbox.packages import Packages, Store
from sandbox.pool import Pool
from sandbox.run import Machine, Run
from sandbox.snapshots import Loaded, Restorable, Snapshots
from sandbox.source import Source, check_source

_MOST_SOURCES = 256
#: A source that was asked for so often is worth a snapshot.
_ASKED_BEFORE_SNAPSHOT = 8
#: One that takes so long to load is worth it at once.
_LONG_LOAD_MS = 25.0
#: For so long after loading failed, a source is not held ready.
_FAILED_SECONDS = 60.0
_PREPARING_MS = 10_000


class Image(Protocol):
    """What a backend makes its sandboxes from."""

    #: Whether a sandbox can be made before it is known what it will run.
    generic: bool

    def instantiate(self, source: Source | None = None) -> Instance:
        """A fresh sandbox that has loaded nothing."""

    def close(self) -> None:
        """Nothing is made of it any more, and what was made has been closed."""


class _Compiled:
    """A source, the body of the operation that loads it, and what loading leaves behind where that is kept."""

    def __init__(self, source: Source, code: dict[str, str], packages: Packages | None = None) -> None:
        self.source = source
        self._packages = packages
        self._tops = f', "packages": {json.dumps(packages.tops())}' if packages else ""
        self.loaded: Loaded | None = None
        self.unfit = False  # loading is not the same each time, so it is not kept
        self.asked = 0  # requests so far
        self._long = False
        self.proved = False  # it was loaded once, so that holding it ready is worth while
        self._failed = -_FAILED_SECONDS
        self._files = json.dumps(dict(source.files))
        self._code = json.dumps(code)

    def good(self) -> bool:
        """Whether it can be held ready: it was loaded before, and not in vain lately."""
        return self.proved and time.monotonic() - self._failed >= _FAILED_SECONDS

    def worth_a_snapshot(self) -> bool:
        """Whether loading may be kept and there are enough requests to gain by it."""
        return not self.unfit and (self._long or self.asked >= _ASKED_BEFORE_SNAPSHOT)

    def note(self, reply: Reply) -> None:
        """How loading it went."""
        if reply.failure is None:
            self.proved = True
            self._long = self._long or reply.cpu_ms > _LONG_LOAD_MS
        elif reply.failure.code != "cancelled":
            self._failed = time.monotonic()

    def body(self, limits: Limits, rehearse: bool) -> str:
        """Of `load`. A sandbox that is prepared while nobody waits also rehearses a request."""
        told = f'"recursion_depth": {limits.recursion_depth}, "rehearse": {json.dumps(rehearse)}'
        return f'{{"files": {self._files}, "code": {self._code}, {told}{self._tops}}}'

    def fetch(self, question: str) -> str:
        """What a sandbox asks of the packages that the version names."""
        return "" if self._packages is None else self._packages.fetch(question)


class Backend:
    """Runs any number of sources from any number of threads of one process."""

    def __init__(
        self, image: Image, machine: Machine, restorable: Restorable | None = None, packages: Path | None = None
    ) -> None:
        """`packages` is a directory for packages made ready, for an image whose sandboxes ask for them."""
        self._image = image
        self._snapshots = Snapshots(restorable, machine) if restorable is not None else None
        self._machine = machine
        self._store = Store(packages, self._compile_package) if packages else None
        self._sources: OrderedDict[str, _Compiled] = OrderedDict()
        self._lock = threading.Lock()
        self.kept = Kept(lambda instance: self.pool.discard(instance))
        self.pool = Pool(self._rehearsed if image.generic else None, machine.slot.wait_quiet, self.kept.drop_old)

    def run(
        self,
        source: Source,
        call: Call,
        limits: Limits,
        *,
        grants: Mapping[str, Mapping[str, Any]],
        grants_now: Callable[[], Mapping[str, Mapping[str, Any]]],
        on_event: OnEvent,
        cancel: Cancel,
        on_effect: Callable[[], None] | None,
        secret: Callable[[str], Secret | None],
        reuse: bool,
    ) -> Outcome:
        """Run one request to its end; see `Runtime.run`."""
        compiled: _Compiled | None = None
        failure: Failure | None = None
        try:
            compiled = self._compiled(source)
        except SourceError as error:
            failure = _source_failure(error)
        # Compiling what this process meets for the first time is not the agent's doing, and not of its time.
        started = time.monotonic()
        run = Run(
            self._machine,
            limits,
            on_event,
            span_id=call.span_id,
            caller=Caller(call.config, call.owner, call.session, secret=secret),
            grants=grants_now,
            cancel=cancel,
            on_effect=on_effect,
            fetch=compiled.fetch if compiled else None,
            started=started,
        )
        if compiled is None:
            return self._outcome(run, Reply(failure=failure), limits)
        key = f"{source.id} {call.owner}"
        prepared = self.kept.take(key) if reuse else None
        if prepared is None:
            prepared = self._prepared(compiled, limits, cancel, started)
            run.replay(prepared.events)
        reply = prepared.reply
        if prepared.instance is not None and reply.failure is None:
            body = _run_body(call, grants, run, limits, prepared.reseed)
            instance, reply = operate(run, prepared.instance, limits, "run", body, spent=prepared.reply.fuel)
            keep = reuse and reply.failure is None
            if instance is not None and not (keep and self.kept.put(key, prepared, instance)):
                self.pool.discard(instance)
            reply.fuel += prepared.reply.fuel
            reply.cpu_ms += prepared.reply.cpu_ms
            reply.memory_bytes = max(reply.memory_bytes, prepared.reply.memory_bytes)
        return self._outcome(run, reply, limits)

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
            bytes_in=run.bytes_in,
            bytes_out=run.bytes_out,
        )
        return Outcome(failure is None, data, failure, usage, run.effects)

    # Sources

    def _prepared(self, compiled: _Compiled, limits: Limits, cancel: Cancel, started: float) -> Prepared:
        def prepare(rehearse: bool) -> Prepared | None:
            return self._prepare_idle(compiled, limits, rehearse)

        compiled.asked += 1
        if compiled.good():
            prepared = self.pool.take(compiled.source.id, prepare)
            if prepared is not None or (prepared := self._restored(compiled)) is not None:
                return prepared
        else:
            self.pool.missed()
        first = not compiled.proved
        loaded = self._load(compiled, limits, cancel=cancel, started=started)
        compiled.note(loaded.reply)
        if first and compiled.proved:
            self.pool.warm(compiled.source.id, prepare, 2)
        return loaded

    def _restored(self, compiled: _Compiled) -> Prepared | None:
        """A sandbox that begins where loading ended, to be made when the run has its turn."""
        if self._snapshots is None or (loaded := compiled.loaded) is None:
            return None
        prepared = self._snapshots.restored(loaded)
        if prepared is None:
            # Given up for sources that were used more; should this one be used more again, it is worth a new one.
            compiled.loaded = None
        return prepared

    def _compiled(self, source: Source) -> _Compiled:
        """What loads the source; found by its id, and compiled where it is new. Raises SourceError."""
        with self._lock:
            known = self._sources.get(source.id)
            if known is not None and (known.source.files is source.files or known.source.files == source.files):
                self._sources.move_to_end(source.id)
                return known
        check_source(source.files)
        packages = Packages([self._store.open(wheel) for wheel in source.wheels]) if self._store else None
        compiled = _Compiled(source, self._compile(source.files), packages if source.wheels else None)
        if known is not None:
            self.pool.forget(source.id)
        with self._lock:
            self._sources[source.id] = compiled
            while len(self._sources) > _MOST_SOURCES:
                self._sources.popitem(last=False)
        return compiled

    def _compile(self, files: Mapping[str, str]) -> dict[str, str]:
        """Code of each Python file, in base64. Raises SourceError naming file and line."""
        limits = Limits()
        run = Run(self._machine, limits, lambda kind, data: None)
        instance, reply = operate(run, self._fresh, limits, "compile", json.dumps({"files": dict(files)}))
        if instance is not None:
            self.pool.discard(instance)
        if reply.failure is not None:
            raise SourceError(None, None, f"the source cannot be compiled: {reply.failure.message}")
        answer = guestjson.loads(reply.body)
        if "fault" in answer:
            fault = answer["fault"]
            raise SourceError(fault["file"], fault["line"], fault["reason"])
        code: dict[str, str] = answer["code"]
        return code

    def _compile_package(self, body: str) -> Reply:
        """Do the operation `compile` in a sandbox that has done nothing before."""
        limits = Limits(wall_ms=60_000, memory_bytes=512 * MIB)
        run = Run(self._machine, limits, lambda kind, data: None)
        instance, reply = operate(run, self._image.instantiate, limits, "compile", body)
        if instance is not None:
            self.pool.discard(instance)
        return reply

    def _fresh(self) -> Instance:
        return self.pool.bare() or self._image.instantiate()

    def _rehearsed(self) -> Instance:
        """A fresh sandbox that has been through the motions, so that its pages are there."""
        run = Run(self._machine, Limits(), lambda kind, data: None, idle=True)
        instance, _ = operate(run, self._image.instantiate, Limits(), "rehearse", "{}")
        assert instance is not None
        return instance

    def _load(
        self,
        compiled: _Compiled,
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
            fetch=compiled.fetch,
            started=started,
            idle=idle,
        )

        def fresh() -> Instance:
            # What is rehearsed with its code need not be rehearsed without it before.
            bare = None if idle else self.pool.bare()
            return bare or self._image.instantiate(compiled.source)

        instance, reply = operate(run, fresh, limits, "load", compiled.body(limits, rehearse))
        if reply.failure is not None and instance is not None:
            self.pool.discard(instance)
        return Prepared(instance, reply, events)

    def _prepare_idle(self, compiled: _Compiled, limits: Limits, rehearse: bool) -> Prepared | None:
        if self._snapshots is not None and compiled.loaded is None and compiled.worth_a_snapshot():
            compiled.loaded = self._snapshots.take(
                compiled.source.id, compiled.body, compiled.fetch, _preparing(limits)
            )
            compiled.unfit = compiled.loaded is None
        # Loading touches the pages that a run needs: while nobody waits it is the better way, unless it takes long.
        if compiled.loaded is not None and (compiled.loaded.took_ms > _LONG_LOAD_MS or not rehearse):
            restored = self._restored(compiled)
            if restored is not None:
                return self._made(restored, rehearse)
        prepared = self._load(compiled, _preparing(limits), idle=True, rehearse=rehearse)
        compiled.note(prepared.reply)
        return None if prepared.reply.failure is not None else prepared

    def _made(self, restored: Prepared, rehearse: bool) -> Prepared | None:
        """The same with its sandbox made, and its pages touched where there is time."""
        assert callable(restored.instance)
        if not rehearse:
            self._machine.slot.wait_quiet()
            return dataclasses.replace(restored, instance=restored.instance())
        run = Run(self._machine, Limits(), lambda kind, data: None, idle=True)
        instance, reply = operate(run, restored.instance, Limits(), "rehearse", '{"reseed": true}')
        if reply.failure is not None:
            return None
        return dataclasses.replace(restored, instance=instance, reseed=False)

    def ask(self, source: Source, limits: Limits, operation: str) -> Reply:
        """Load the source and do one operation that is no request. Raises SourceError."""
        compiled = self._compiled(source)
        prepared = self._load(compiled, limits)
        if prepared.reply.failure is not None:
            return prepared.reply
        assert prepared.instance is not None
        run = Run(self._machine, limits, lambda kind, data: None, grants=dict, fetch=compiled.fetch)
        instance, reply = operate(run, prepared.instance, limits, operation, "{}", spent=prepared.reply.fuel)
        if instance is not None:
            self.pool.discard(instance)
        return reply

    def about(self) -> dict[str, Any]:
        """What the image offers; see `Runtime.about`."""
        run = Run(self._machine, Limits(), lambda kind, data: None)
        instance, reply = operate(run, self._fresh, Limits(), "about", "{}")
        if instance is not None:
            self.pool.discard(instance)
        if reply.failure is not None:
            raise ImageFault(f"the sandbox image does not answer: {reply.failure.message}")
        told: dict[str, Any] = guestjson.loads(reply.body)
        return told

    def warm(self, source: Source, count: int, limits: Limits) -> None:
        """Keep so many sandboxes ready for a source before its first request. Raises SourceError."""
        compiled = self._compiled(source)
        self.pool.warm(source.id, lambda rehearse: self._prepare_idle(compiled, limits, rehearse), count)

    def close(self) -> None:
        """Give everything back; nothing may be running any more."""
        self.kept.close()
        self.pool.close()
        self._image.close()


def _preparing(limits: Limits) -> Limits:
    """What loading may use when nobody waits for it: one source must not keep the others from being prepared."""
    return dataclasses.replace(limits, wall_ms=min(limits.wall_ms, _PREPARING_MS))


def _run_body(call: Call, grants: Mapping[str, Mapping[str, Any]], run: Run, limits: Limits, reseed: bool) -> str:
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
        "grants": grants,
        "recursion_depth": limits.recursion_depth,
        "reseed": reseed,
        "remaining": run.deadline - time.monotonic(),
    }
    return json.dumps(body)


def _source_failure(error: SourceError) -> Failure:
    detail = {"type": "SourceError", "message": error.reason, "file": error.file, "line": error.line}
    return Failure("agent_error", str(error), detail)
