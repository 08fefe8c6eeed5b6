"""The wasmtime engine: its settings, its clock of epochs, and the two C functions its Python package leaves out."""

import ctypes
import threading
import time
from collections.abc import Callable
from pathlib import Path

import wasmtime
from wasmtime import _bindings
from wasmtime import component as wc

#: Part of an image's key: an image compiled with other settings cannot be loaded.
SETTINGS = "fuel epochs stack=1MiB v1"
_MAX_STACK = 1 << 20
TICK_SECONDS = 0.005
#: The ticker sleeps after so many ticks in which no guest computed.
_QUIET_TICKS = 20


def make_engine() -> wasmtime.Engine:
    """An engine that counts fuel and can be interrupted by epochs."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.epoch_interruption = True
    _bindings.wasmtime_config_max_wasm_stack_set(config.ptr(), _MAX_STACK)
    return wasmtime.Engine(config)


def compile_component(wasm: Path) -> bytes:
    """Machine code of a component, for `load_component` on the same kind of machine."""
    return bytes(wc.Component.from_file(make_engine(), wasm).serialize())


def load_component(engine: wasmtime.Engine, compiled: Path) -> wc.Component:
    """Map a compiled component into memory; processes share its pages. Takes milliseconds."""
    return wc.Component.deserialize_file(engine, str(compiled))


class Ticker:
    """One thread a process that moves the engine's epoch on, and sleeps while no guest computes."""

    def __init__(self, engine: wasmtime.Engine) -> None:
        self._engine = engine
        self._computing = 0
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sandbox-ticker", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """A guest begins to compute."""
        with self._lock:
            self._computing += 1
            if not self._wanted.is_set():
                self._wanted.set()

    def stop(self) -> None:
        """A guest stops computing."""
        with self._lock:
            self._computing -= 1

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wanted.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        quiet = 0
        while not self._closed:
            quiet = 0 if self._computing else quiet + 1
            if quiet > _QUIET_TICKS:
                # Not after every run: waking a thread for each request costs more than a tick now and then.
                self._wanted.clear()
                if not self._computing:
                    self._wanted.wait()
                quiet = 0
            time.sleep(TICK_SECONDS)
            self._engine.increment_epoch()


_Context = ctypes.POINTER(_bindings.wasmtime_context_t)
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    _Context,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(_bindings.wasmtime_update_deadline_kind_t),
)
_no_finalizer = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()

#: What to ask at each tick of each store, by the number the store carries.
_ticks: dict[int, Callable[[], bool]] = {}
_numbers = iter(range(1, 1 << 62))
_STOP = "the run was stopped"


@_Callback
def _on_tick(context, data, delta, kind):  # type: ignore[no-untyped-def]
    goes_on = False
    try:
        goes_on = _ticks[data]()
    finally:
        # Any exception ends the run as well: it must not pass into C.
        delta[0] = 1
        kind[0] = 0
        if not goes_on:
            error = wasmtime.WasmtimeError(_STOP)
            return ctypes.cast(error._consume(), ctypes.c_void_p).value  # noqa: B012
        return 0  # noqa: B012


def watch_store(store: wasmtime.Store, tick: Callable[[], bool]) -> int:
    """Ask `tick` at every epoch while this store computes; it ends the computation by answering False.

    Gives a number for `unwatch_store`.
    """
    number = next(_numbers)
    _ticks[number] = tick
    _bindings.wasmtime_store_epoch_deadline_callback(store.ptr(), _on_tick, number, _no_finalizer)
    store.set_epoch_deadline(1)
    return number


def unwatch_store(number: int) -> None:
    """Forget a store that was closed."""
    _ticks.pop(number, None)
