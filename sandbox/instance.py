"""One sandbox: a store and an instance of the image, used for one run and then thrown away."""

import ctypes
from collections.abc import Callable
from pathlib import Path

import wasmtime
from wasmtime import _ffi as ffi
from wasmtime import component as wc

from sandbox import engine, host
from sandbox.calls import Failure
from sandbox.limits import MIB, Limits
from sandbox.memory import Area, Memories, keep_no_large_pieces
from sandbox.operate import Trapped
from sandbox.snapshot import Snapshot, take
from sandbox.source import Source

_LOADING_FUEL = 1 << 62


class Image:
    """The compiled component with its imports linked; makes sandboxes. Safe for use by many threads."""

    generic = True

    def __init__(self, compiled: Path) -> None:
        keep_no_large_pieces()
        self.engine = engine.make_engine()
        self.memories = Memories(compiled)
        self._component = engine.load_component(self.engine, compiled)
        self._linker = host.make_linker(self.engine)
        self._export = self._component.get_export_index("call")

    def instantiate(self, source: Source | None = None) -> "Instance":
        """A fresh interpreter that has loaded nothing. Costs about half a millisecond of computing."""
        return self._instantiate(self._linker)

    def watched(self, seen: Callable[[], None]) -> "Instance":
        """The same, and `seen` is called when the guest asks for randomness or the time."""
        return self._instantiate(host.make_linker(self.engine, seen))

    def restored(self, kept: Snapshot) -> "Instance":
        """A fresh interpreter that begins where a snapshot was taken."""
        instance = self._instantiate(self._linker)
        if not instance.restore(kept):
            instance.close()
            raise RuntimeError("a sandbox's memory is not as large as its snapshot")
        return instance

    def _instantiate(self, linker: wc.Linker) -> "Instance":
        store = wasmtime.Store(self.engine)
        store.set_fuel(_LOADING_FUEL)
        # Memory for the image's own pages; `call` sets the run's limit.
        store.set_limits(memory_size=1024 * MIB)
        store.set_epoch_deadline(1 << 40)
        store.set_wasi(wasmtime.WasiConfig())
        with self.memories.lock:
            instance = linker.instantiate(store, self._component)
            area = self.memories.find_new()
        function = instance.get_func(store, self._export)
        assert function is not None
        return Instance(store, function, self.memories, area)

    def close(self) -> None:
        """Nothing to do: wasmtime gives an engine back when nobody holds it."""


class Instance:
    """A fresh interpreter. Not safe for use by two threads at once."""

    def __init__(self, store: wasmtime.Store, function: wc.Func, memories: Memories, area: Area | None) -> None:
        self._store = store
        self._function = function
        self._memories = memories
        self._area = area
        self._closed = False

    def call(self, operation: str, body: str, guest: "host.Guest", fuel: int, limits: Limits) -> tuple[str, int]:
        """Do one operation for at most so much fuel and memory.

        Gives the answer and the fuel it took. Raises Trapped, after which the sandbox is good for nothing.
        """
        self._store.set_fuel(fuel)
        self._store.set_limits(
            memory_size=limits.memory_bytes, table_elements=limits.table_elements, instances=limits.instances
        )
        number = engine.watch_store(self._store, guest.tick)
        try:
            with host.entered(guest):
                answer = self._enter(operation, body)
        except wasmtime.WasmtimeError as error:
            raise Trapped(failure_of(str(error))) from None
        finally:
            engine.unwatch_store(number)
        return answer, fuel - self._store.get_fuel()

    def _enter(self, operation: str, body: str) -> str:
        arguments = (ffi.wasmtime_component_val_t * 2)()
        for value, text in zip(arguments, (operation, body), strict=True):
            value.kind = ffi.WASMTIME_COMPONENT_STRING
            value.of.string = ffi.str_to_capi(text)
        result = ffi.wasmtime_component_val_t()
        try:
            error = ffi.wasmtime_component_func_call(
                ctypes.byref(self._function._func), self._store._context(), arguments, 2, ctypes.byref(result), 1
            )
            if error:
                raise wasmtime.WasmtimeError._from_ptr(error)
            string = result.of.string
            text = ctypes.string_at(string.data, string.size).decode() if string.size else ""
            ffi.wasmtime_component_val_delete(ctypes.byref(result))
            return text
        finally:
            for value in arguments:
                ffi.wasmtime_component_val_delete(ctypes.byref(value))

    def fuel_left(self) -> int:
        """Fuel that the last operation did not use."""
        return int(self._store.get_fuel())

    def memory_bytes(self) -> int:
        """The most linear memory it has had."""
        return self._memories.size(self._area)

    def snapshot(self, untouched: "Instance") -> Snapshot | None:
        """What this sandbox has that an untouched one has not; None where that cannot be told, or it has grown."""
        area = self._area
        if area is None or untouched._area is None or self.memory_bytes() != area[1] - area[0]:
            return None
        return take(area, untouched._area)

    def restore(self, kept: Snapshot) -> bool:
        """Begin where the snapshot was taken; only for a sandbox that has done nothing."""
        return self._area is not None and kept.restore(self._area)

    def cpu_ms(self) -> float:
        """None: a guest computes in the thread that calls it."""
        return 0.0

    def close(self) -> None:
        """Give the memory back. Doing it twice is no harm."""
        if not self._closed:
            self._closed = True
            with self._memories.lock:
                self._store.close()
                self._memories.forget(self._area)

    def __del__(self) -> None:
        self.close()


def failure_of(text: str) -> Failure:
    """What a trap that no limit of ours explains was."""
    cause = text.rpartition("Caused by:")[2].strip() or text
    if "all fuel consumed" in cause:
        return Failure("fuel_limit", "the run used up its fuel", {})
    if "call stack exhausted" in cause:
        message = "the call stack is exhausted: a recursion, or data nested too deeply"
        return Failure("stack_limit", message, {})
    if "Exited with" in cause:
        return Failure("agent_error", "the code ended the interpreter", {"cause": cause})
    if "unreachable" in cause:
        message = "the interpreter aborted, by os.abort or by an error that Python could not survive"
        return Failure("agent_error", message, {"cause": cause})
    if "wasm trap" in cause or host.NO_BLOCKING in cause:
        return Failure("agent_error", f"the interpreter crashed: {cause[:200]}", {"cause": cause[:500]})
    return Failure("sandbox_error", "the sandbox failed", {"cause": cause[:500]})
