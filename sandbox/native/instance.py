"""One sandbox that is a process, as the runtime sees it: the host's end of its channel, and its end."""

import os
import select
import signal
import socket
import struct
import time
from pathlib import Path

from sandbox.calls import Failure
from sandbox.host import Guest, Stop
from sandbox.limits import MIB, Limits
from sandbox.native import process
from sandbox.native.channel import Broken, Channel, Closed, Stopped, TooLarge
from sandbox.native.groups import Group
from sandbox.operate import Trapped

#: Fuel that a nanosecond of processor time counts for: what WebAssembly does on a fast core.
FUEL_PER_NS = 15
_STATUS = struct.Struct("=iQQ")
#: What a frame may have beyond the answer that is allowed: events, bodies of calls, compiled code.
_FRAME_BYTES = 32 * MIB
_FIRST_BYTES = 1 << 16
_END_SECONDS = 5.0
_STARTING_SECONDS = 10.0


class Instance:
    """A process behind its fence that waits for work. Not safe for use by two threads at once."""

    def __init__(self, ours: socket.socket, handle: int, status: socket.socket) -> None:
        self._channel = Channel(ours)
        self._handle = handle
        self._status = status
        self._process = process.process_of(handle) if handle >= 0 else 0
        self._clock = process.processor_clock(self._process)
        self._closed = False
        self._held = False
        self._used = 0  # processor ns
        self._before = 0  # of them before the last operation
        self._allowed = 0  # fuel for the last operation
        self._peak = 0
        self._files = 0  # the most that it has had mapped of files, which is shared and not counted
        self._over_memory = 0
        self._group: Group | None = None

    def join(self, home: Path) -> None:
        """Count its memory and threads in a control group of its own. Raises Trapped when the kernel refuses."""
        try:
            self._group = Group(home)
            self._group.add(self._process)
        except OSError as error:
            raise Trapped(unavailable("cgroup", str(error))) from None

    def ready(self) -> None:
        """Wait until the fence is up. Raises Trapped, naming the layer, when it is not to be had."""
        until = time.monotonic() + _STARTING_SECONDS
        try:
            kind, text = self._channel.receive(_FIRST_BYTES, lambda: time.monotonic() < until)
        except (Broken, TooLarge, Closed, Stopped):
            raise Trapped(Failure("sandbox_error", "the process of the sandbox did not start")) from None
        if kind == b"x":
            raise Trapped(unavailable(*_fields(text)))

    def call(self, operation: str, body: str, guest: Guest, fuel: int, limits: Limits) -> tuple[str, int]:
        """Do one operation for at most so much fuel, which stands for processor time, and memory.

        Gives the answer and the fuel it took. Raises Trapped, after which the sandbox is good for nothing.
        """
        self._before, self._allowed = self._processor_ns(), fuel
        seconds = (self._before + fuel / FUEL_PER_NS) / 1e9
        threads = min(limits.instances, 1000)
        terms = "\0".join((str(limits.memory_bytes), str(seconds), str(threads), operation, body))
        try:
            if self._group is not None:
                self._group.hold_to(limits)
            answer = self._converse(terms, guest, limits)
        except Trapped:
            self._end()
            raise
        except (Stop, Stopped):
            failure = self._over(limits) or Failure("sandbox_error", "the run was stopped")
            self._end()
            raise Trapped(failure) from None
        except TooLarge as error:
            self._end()
            raise Trapped(_too_large(error, limits)) from None
        except Broken as error:
            self._end()
            raise Trapped(Failure("agent_error", f"the sandbox broke off its talk with the host: {error}")) from None
        except Closed:
            raise Trapped(self._how_it_ended(limits)) from None
        except BaseException as error:
            self._end()
            guest.broke(error)
            raise Trapped(Failure("sandbox_error", "a host function failed")) from None
        self._processor_ns()
        return answer, self._fuel_used()

    def _converse(self, terms: str, guest: Guest, limits: Limits) -> str:
        def tick() -> bool:
            return self._over(limits) is None and guest.tick()

        largest = limits.output_bytes * 2 + _FRAME_BYTES
        self._channel.send(terms, tick)
        if not self._held:
            # What comes first comes from our own code, before any of the agent's was run.
            self._held = True
            kind, text = self._channel.receive(_FIRST_BYTES, tick)
            if kind == b"x":
                raise Trapped(unavailable(*_fields(text)))
        while True:
            kind, text = self._channel.receive(largest, tick)
            if kind == b"e":
                guest.emit(*_fields(text))
            elif kind == b"s":
                self._channel.send(str(guest.start(*_fields(text))), tick)
            elif kind == b"w":
                self._channel.send(guest.wait(_number(text)), tick)
            elif kind == b"f":
                self._channel.send(guest.fetch(text), tick)
            elif kind == b"a":
                return text
            else:
                raise Broken("what it sends is out of turn")

    # What it used

    def _processor_ns(self) -> int:
        try:
            self._used = max(self._used, time.clock_gettime_ns(self._clock))
        except OSError:
            pass  # It has ended; what it used to the end is told with its end.
        return self._used

    def _fuel_used(self) -> int:
        return (self._used - self._before) * FUEL_PER_NS

    def _over(self, limits: Limits) -> Failure | None:
        """The limit that it has passed, if it has: of processor time, or of memory in use."""
        self._processor_ns()
        if self._fuel_used() > self._allowed:
            return self._fuel_failure(limits)
        if self._over_memory == 0:
            now = self._resident()
            self._over_memory = now if now > limits.memory_bytes else 0
        return _memory_failure(limits, self._over_memory) if self._over_memory else None

    def _resident(self) -> int:
        now, peak, files = process.memory_bytes(self._process)
        self._peak = max(self._peak, peak)
        self._files = max(self._files, files)
        return now

    def _fuel_failure(self, limits: Limits) -> Failure:
        used, allowed = self._used // 1_000_000, limits.fuel // FUEL_PER_NS // 1_000_000
        measured = self._used * FUEL_PER_NS
        message = (
            f"too much was computed: {measured:,} units used, fuel allows {limits.fuel:,} (at {FUEL_PER_NS} units a "
            f"nanosecond of processor time: {used:,} ms used, {allowed:,} ms allowed)"
        )
        detail = {"limit": "fuel", "allowed": limits.fuel, "measured": measured, "cpu_ms": used}
        return Failure("fuel_limit", message, detail)

    def fuel_left(self) -> int:
        """Fuel that the last operation did not use."""
        return max(0, self._allowed - self._fuel_used())

    def memory_bytes(self) -> int:
        """The most memory it has had in use; files that are mapped, such as libraries, are not counted."""
        if not self._closed:
            self._resident()
        return self._peak

    def cpu_ms(self) -> float:
        """Processor time that the last operation used."""
        return (self._used - self._before) / 1e6

    # Its end

    def _how_it_ended(self, limits: Limits) -> Failure:
        """Why the process closed its end of the channel by itself."""
        starved = self._group is not None and self._group.ran_out_of_memory()
        status = self._end()
        if starved:
            return _memory_failure(limits, max(self._peak, limits.memory_bytes))
        if status is None:
            return Failure("agent_error", "the code closed the sandbox's connection to its host")
        if not os.WIFSIGNALED(status):
            code = os.waitstatus_to_exitcode(status)
            return Failure("agent_error", f"the code ended the interpreter with exit code {code}", {"exit_code": code})
        number = os.WTERMSIG(status)
        name = signal.Signals(number).name if number in signal.valid_signals() else str(number)
        detail = {"signal": name}
        if self._fuel_used() > self._allowed or number == signal.SIGXCPU:
            return self._fuel_failure(limits)
        if number == signal.SIGSYS:
            message = (
                "the code was ended by SIGSYS: it made a system call that no sandbox allows, such as those that trace "
                "other processes, mount file systems or change the kernel"
            )
        elif number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE):
            message = f"the code was ended by {name}: native code crashed or aborted, or a recursion used up the stack"
        elif number == signal.SIGKILL:
            message = "the code was ended by SIGKILL: by the kernel, for want of memory, or from outside"
        else:
            message = f"the code was ended by {name}"
        return Failure("agent_error", message, detail)

    def _end(self) -> int | None:
        """End the process and whatever it started, and learn how it ended: by itself, or (None) only now by us."""
        if self._closed:
            return None
        self._closed = True
        if self._handle < 0:
            self._let_go()
            return None
        ended = select.poll()
        ended.register(self._handle, select.POLLIN)
        # One that closed its channel by ending is gone in a moment; one that did not has no time to lose.
        by_itself = bool(ended.poll(50))
        if not by_itself:
            self._resident()
            process.signal_process(self._handle, signal.SIGKILL)
        status = self._read_status()
        self._let_go()
        return status if by_itself else None

    def _let_go(self) -> None:
        self._channel.close()
        self._status.close()
        if self._handle >= 0:
            os.close(self._handle)
        if self._group is not None:
            self._group.close()

    def _read_status(self) -> int:
        self._status.settimeout(_END_SECONDS)
        try:
            report = self._status.recv(_STATUS.size)
        except OSError:
            return 0
        if len(report) != _STATUS.size:
            return 0
        status, used, peak = _STATUS.unpack(report)
        self._used = max(self._used, used)
        self._peak = max(self._peak, peak - self._files)
        return int(status)

    def close(self) -> None:
        """End the process. Doing it twice is no harm."""
        if not self._closed:
            if self._handle >= 0:
                process.signal_process(self._handle, signal.SIGKILL)
            self._end()

    def __del__(self) -> None:
        self.close()


def unavailable(layer: str, reason: str) -> Failure:
    """The kernel refused a layer when it was asked for it."""
    return Failure("isolation_unavailable", f"the sandbox was not started without {layer}: {reason}", {"layer": layer})


def _fields(text: str) -> tuple[str, str]:
    first, separator, second = text.partition("\0")
    if not separator:
        raise Broken("what it sends lacks a part")
    return first, second


def _number(text: str) -> int:
    if len(text) > 20 or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise Broken("what it sends is not a number")
    return int(text)


def _too_large(error: TooLarge, limits: Limits) -> Failure:
    if error.kind != b"a":
        return Failure("agent_error", f"the sandbox broke off its talk with the host: {error}")
    message = f"the answer is too large: {error.size:,} bytes used, output_bytes allows {limits.output_bytes:,}"
    detail = {"limit": "output_bytes", "allowed": limits.output_bytes, "measured": error.size}
    return Failure("output_limit", message, detail)


def _memory_failure(limits: Limits, measured: int) -> Failure:
    allowed = limits.memory_bytes
    message = f"no memory was left: {measured:,} bytes used, memory_bytes allows {allowed:,}"
    return Failure("memory_limit", message, {"limit": "memory_bytes", "allowed": allowed, "measured": measured})
