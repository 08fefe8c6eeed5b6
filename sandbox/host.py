"""The host functions that a guest can call, and which run they belong to."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import wasmtime
from wasmtime import component as wc


class Stop(Exception):
    """Raised in a host function to end the guest; the run knows why."""


class Guest(Protocol):
    """What a run offers to the guest that it runs."""

    def emit(self, kind: str, body: str) -> None: ...

    def start(self, capability: str, body: str) -> int: ...

    def wait(self, timeout_us: int) -> str: ...

    def fetch(self, question: str) -> str: ...

    def tick(self) -> bool:
        """Asked every few milliseconds while guest code computes; False ends it."""

    def broke(self, error: BaseException) -> None:
        """A host function failed by a fault of ours."""


class _Current(threading.local):
    guest: Guest | None = None


_current = _Current()
_began = time.monotonic_ns()


@contextmanager
def entered(guest: Guest) -> Iterator[None]:
    """Whatever this thread's guest code asks for is asked of `guest`."""
    _current.guest = guest
    try:
        yield
    finally:
        _current.guest = None


def _guarded(ask: Callable[[Guest], Any]) -> Any:
    """Call into the run. wasmtime's package keeps a host function's exception in a global that threads would share,
    so none may leave here except its own error type, which it carries by value."""
    guest = _current.guest
    assert guest is not None
    try:
        return ask(guest)
    except Stop:
        raise wasmtime.WasmtimeError("the run was stopped") from None
    except BaseException as error:
        guest.broke(error)
        raise wasmtime.WasmtimeError("a host function failed") from None


def _emit(_store: Any, kind: str, body: str) -> None:
    _guarded(lambda guest: guest.emit(kind, body))


def _start(_store: Any, capability: str, body: str) -> int:
    return int(_guarded(lambda guest: guest.start(capability, body)))


def _wait(_store: Any, timeout_us: int) -> str:
    return str(_guarded(lambda guest: guest.wait(timeout_us)))


def _fetch(_store: Any, question: str) -> str:
    return str(_guarded(lambda guest: guest.fetch(question)))


#: What ends a guest that dug out the system's own wait.
NO_BLOCKING = "the guest tried to block on the system's clock"


def _no_blocking(*_arguments: Any) -> Any:
    raise wasmtime.WasmtimeError(NO_BLOCKING)


def make_linker(engine: wasmtime.Engine, seen: Callable[[], None] | None = None) -> wc.Linker:
    """Everything a guest can import: WASI with nothing in it, and our four functions.

    An epoch cannot interrupt a wait inside WASI, so those are taken out: its clock gives no timers, and it makes no
    sockets. The guest kit has replaced `time.sleep` and the like by our own `wait`; who digs out the original ends
    only the own run.
    """
    linker = wc.Linker(engine)
    linker.add_wasip2()
    linker.allow_shadowing = True
    with linker.root() as root:
        root.add_func("emit", _emit)
        root.add_func("start", _start)
        root.add_func("wait", _wait)
        root.add_func("fetch", _fetch)
        with root.add_instance("wasi:clocks/monotonic-clock@0.2.9") as clock:
            clock.add_func("now", _told(seen, lambda _store: time.monotonic_ns() - _began))
            clock.add_func("resolution", lambda _store: 1)
            clock.add_func("subscribe-instant", _no_blocking)
            clock.add_func("subscribe-duration", _no_blocking)
        for protocol in ("tcp", "udp"):
            with root.add_instance(f"wasi:sockets/{protocol}-create-socket@0.2.9") as sockets:
                sockets.add_func(f"create-{protocol}-socket", lambda _store, _family: "access-denied")
        if seen is not None:
            _watch(root, seen)
    return linker


def _told(seen: Callable[[], None] | None, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, or one that says first that it was asked."""
    if seen is None:
        return function

    def telling(*arguments: Any) -> Any:
        seen()
        return function(*arguments)

    return telling


def _watch(root: wc.LinkerInstance, seen: Callable[[], None]) -> None:
    """Have it told when the guest asks for randomness or the time of day."""
    for version in ("0.2.0", "0.2.9"):
        with root.add_instance(f"wasi:random/random@{version}") as random:
            random.add_func("get-random-bytes", _told(seen, lambda _store, count: os.urandom(count)))
            random.add_func("get-random-u64", _told(seen, lambda _store: int.from_bytes(os.urandom(8))))
        with root.add_instance(f"wasi:clocks/wall-clock@{version}") as clock:
            clock.add_func("now", _told(seen, _wall_clock))
            clock.add_func("resolution", _told(seen, _wall_clock))


def _wall_clock(_store: Any) -> wc.Record:
    now = wc.Record()
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    vars(now).update(seconds=seconds, nanoseconds=nanoseconds)
    return now
