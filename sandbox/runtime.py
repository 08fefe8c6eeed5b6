"""The runtime: runs agents' code, each request in a sandbox of its own."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox import guestjson
from sandbox.backend import Backend
from sandbox.backend import Image as SandboxImage
from sandbox.calls import Call, Cancel, Failure, OnEvent, Outcome, Usage
from sandbox.capabilities import Secret
from sandbox.engine import Ticker
from sandbox.errors import ImageFault, IsolationUnavailable, SourceError
from sandbox.image import compiled_image, native_paths
from sandbox.instance import Image
from sandbox.limits import Limits
from sandbox.operate import Reply
from sandbox.run import CONCURRENT_CALLS, Machine
from sandbox.slot import Slot
from sandbox.source import Source, check_source

# A call that waits holds a thread and no core. A run has CONCURRENT_CALLS at most, so with this many threads no slow
# service keeps the calls of others waiting until 128 runs of a process all use up theirs. They start when needed.
_CAPABILITY_THREADS = 128 * CONCURRENT_CALLS
#: The ways to isolate code, the default first.
ISOLATIONS = ("wasm", "namespace", "process")
LIFETIMES = ("fresh", "reuse")

Code = Source | Mapping[str, str]
Grants = Mapping[str, Mapping[str, Any]]


class Runtime:
    """Runs any number of agents from any number of threads of one process. Open it once a process, after forking.

    Where code is asked for, the files of a source without packages will do.
    """

    def __init__(self, compiled: Path) -> None:
        try:
            image = Image(compiled)
        except Exception as error:
            said = f"the sandbox image {compiled} cannot be loaded ({error}); delete it and build it again"
            raise ImageFault(said) from None
        self._ticker = Ticker(image.engine)
        self._executor = ThreadPoolExecutor(_CAPABILITY_THREADS, "sandbox-capability")
        self._machine = Machine(Slot(), self._ticker, self._executor)
        packages = compiled.parent.parent / ".packages" / compiled.parent.name
        self._backends = {"wasm": Backend(image, self._machine, image, packages)}
        self._refused: dict[str, str] = {}
        self._opening = threading.Lock()
        self._compiled = compiled
        self._lock = threading.Lock()
        self._running = 0
        self._cancels: set[Cancel] = set()

    @classmethod
    def open(cls, image_dir: Path) -> "Runtime":
        """A runtime on the image in that directory. Raises ImageMissing, saying what to run, when there is none."""
        return cls(compiled_image(Path(image_dir)))

    def run(
        self,
        code: Code,
        call: Call,
        limits: Limits,
        *,
        grants: Grants,
        on_event: OnEvent,
        isolation: str = "wasm",
        lifetime: str = "fresh",
        cancel: Cancel | None = None,
        on_effect: Callable[[], None] | None = None,
        grants_now: Callable[[], Grants] | None = None,
        secrets: Callable[[str], Secret | None] | None = None,
    ) -> Outcome:
        """Run one request to its end, in a fresh sandbox, or, where `lifetime` is `reuse`, in one that served before.

        `grants` maps a capability's name to its grant; where `grants_now` is given it is asked at every call instead.
        `on_event(kind, data)` is called in this thread while the guest runs. `on_effect` is called before each
        capability call that may change something outside. `secrets` gives the values that grants name. Whatever the
        agent does is told by the outcome; an exception is a fault of the host.
        """
        try:
            backend = self._backend(isolation)
        except IsolationUnavailable as error:
            return Outcome(
                False, None, Failure("isolation_unavailable", str(error)), Usage(0, 0.0, 0, 0, 0.0, 0.0), False
            )
        cancel = cancel or Cancel()
        self._entered(cancel, 1)
        try:
            return backend.run(
                Source.of(code),
                call,
                limits,
                grants=grants,
                grants_now=grants_now or (lambda: grants),
                on_event=on_event,
                cancel=cancel,
                on_effect=on_effect,
                secret=secrets or (lambda name: None),
                reuse=lifetime == "reuse",
            )
        finally:
            self._entered(cancel, -1)

    def _backend(self, isolation: str) -> Backend:
        """Raises IsolationUnavailable, saying why, where this machine cannot isolate in that way.

        What is not the default is opened when it is first asked for, and asked of the machine once.
        """
        if isolation not in ISOLATIONS:
            raise IsolationUnavailable(f"there is no isolation {isolation!r}; there are: {', '.join(ISOLATIONS)}")
        with self._opening:
            if isolation in self._refused:
                raise IsolationUnavailable(self._refused[isolation])
            if isolation not in self._backends:
                try:
                    self._backends[isolation] = Backend(_native(isolation, self._compiled), self._machine)
                except IsolationUnavailable as error:
                    self._refused[isolation] = str(error)
                    raise
            return self._backends[isolation]

    # Reading a version

    def read_manifest(self, code: Code, limits: Limits | None = None, *, isolation: str = "wasm") -> dict[str, Any]:
        """What the code says of itself, read by running it. Raises SourceError naming file, line and reason.

        Gives {"name", "description", "version", "skills": [{"name", "description", "examples", "input_schema",
        "idempotent"}], "tools", "capabilities"}.
        """
        reply = self._ask(code, limits, "describe", isolation)
        if reply.failure is not None:
            detail = reply.failure.detail
            raise SourceError(detail.get("file") or "agent.py", detail.get("line"), reply.failure.message)
        try:
            return guestjson.manifest(reply.body)
        except guestjson.BadJson as error:
            raise SourceError("agent.py", None, f"what the code says of itself is {error}") from None

    def health_check(self, code: Code, limits: Limits | None = None, *, isolation: str = "wasm") -> Failure | None:
        """Run the agent's own health check; None when it is well or has none. Raises SourceError."""
        return self._ask(code, limits, "health", isolation).failure

    def run_tests(self, code: Code, limits: Limits | None = None, *, isolation: str = "wasm") -> list[dict[str, Any]]:
        """Run the version's test functions (`test_*` in files named `test_*.py`), each result as {"name", "failure"}.

        A failure is None or {"code", "message", "detail"}. When the run itself fails, that is the one result.
        """
        reply = self._ask(code, limits, "test", isolation)
        failure = reply.failure
        if failure is None:
            try:
                return guestjson.test_outcomes(reply.body)
            except guestjson.BadJson as error:
                failure = Failure("agent_error", f"what the tests told is {error}", {})
        told = {"code": failure.code, "message": failure.message, "detail": failure.detail}
        return [{"name": "tests", "failure": told}]

    def _ask(self, code: Code, limits: Limits | None, operation: str, isolation: str) -> Reply:
        source = Source.of(code)
        check_source(source.files)
        return self._backend(isolation).ask(source, limits or Limits(), operation)

    def about(self) -> dict[str, Any]:
        """What the image offers: {"python", "packages": {name: version}, "modules", "left_out": {module: why}}."""
        return self._backend("wasm").about()

    # The process

    def warm(self, code: Code, count: int, limits: Limits | None = None, *, isolation: str = "wasm") -> None:
        """Keep so many sandboxes ready for a source before its first request. Raises SourceError."""
        self._backend(isolation).warm(Source.of(code), count, limits or Limits())

    def stats(self) -> dict[str, int]:
        """Numbers for monitoring: pool hits and misses, sandboxes prepared and kept for reuse, runs running."""
        backends = list(self._backends.values())
        return {
            "hits": sum(each.pool.hits for each in backends),
            "misses": sum(each.pool.misses for each in backends),
            "prepared": sum(each.pool.prepared() for each in backends),
            "kept": sum(each.kept.count() for each in backends),
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
        for backend in self._backends.values():
            backend.close()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._ticker.close()


def _native(isolation: str, compiled: Path) -> SandboxImage:
    # Most workers never need it, and should not wait for its import.
    from sandbox.native.image import Image as NativeImage

    return NativeImage(isolation, *native_paths(compiled))
