"""Keeps processes alive and stops them: restarted with back-off when they die, stopped in order, leaving none."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .output import Output

CHILD = Path(__file__).with_name("child.py")
HEALTHY_SECONDS = 30.0  # after so long a death is a new story, not the next chapter of a crash loop
LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class Program:
    """What to start and how to end it."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)  # on top of ours
    inherit: tuple[int, ...] = ()  # file descriptors
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 3.0  # between that and SIGKILL
    orphan_signal: int = signal.SIGTERM  # sent by the kernel when we are killed


async def spawn(program: Program) -> asyncio.subprocess.Process:
    """Start it in a session of its own (a terminal's Ctrl-C is ours to pass on), tied to our life."""
    shim = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(program.orphan_signal))]
    return await asyncio.create_subprocess_exec(
        *shim,
        *program.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
        pass_fds=program.inherit,
        start_new_session=True,
    )


async def finish(process: asyncio.subprocess.Process, output: Output) -> int:
    """Pass on what the process writes until it ends; return its exit code, negative for a signal."""

    async def pump() -> None:
        assert process.stdout
        while data := await process.stdout.read(65536):
            output.feed(data)

    pumping = asyncio.create_task(pump())
    code = await process.wait()
    # A grandchild may hold the pipe open for ever: what there is is read, and no more is waited for.
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(pumping, 0.5)
    output.flush()
    return code


def signal_group(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def end(process: asyncio.subprocess.Process, program: Program) -> None:
    """Ask it to stop, then make it; whatever it started goes too."""
    if process.returncode is None:
        signal_group(process, program.stop_signal)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.wait()), program.stop_seconds)
    signal_group(process, signal.SIGKILL)
    await process.wait()


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


class Supervised:
    """One program that is to run until it is stopped."""

    def __init__(self, program: Program, output: Output) -> None:
        self.program, self.output = program, output
        self.process: asyncio.subprocess.Process | None = None
        self.deaths = 0  # in a row, each before HEALTHY_SECONDS were over
        self._stopping = False
        self._task = asyncio.create_task(self._keep_alive(), name=program.name)

    async def _keep_alive(self) -> None:
        while not self._stopping:
            started = time.monotonic()
            ended = await self._once()
            if self._stopping:
                return
            self.deaths = 0 if time.monotonic() - started > HEALTHY_SECONDS else self.deaths + 1
            wait = min(0.25 * 2**self.deaths, LONGEST_WAIT)
            self.output.note(f"{self.program.name} {ended}: starting it again in {wait:g} s")
            await asyncio.sleep(wait)

    async def _once(self) -> str:
        """Start it, wait for its end, and say how it ended."""
        try:
            self.process = await spawn(self.program)
        except OSError as error:  # no more processes or memory for now
            return f"could not be started ({error})"
        if self._stopping:  # asked to stop while it was being started
            await end(self.process, self.program)
        code = await finish(self.process, self.output)
        signal_group(self.process, signal.SIGKILL)  # what it left behind would be in the way of the next one
        return f"ended ({how_it_ended(code)})"

    async def stop(self) -> None:
        """Stop it and do not start it again."""
        self._stopping = True
        if self.process is None or self.process.returncode is not None:
            self._task.cancel()
        else:
            await end(self.process, self.program)
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self.process is not None:
            await end(self.process, self.program)
        self.output.close()

    def kill(self) -> None:
        """At once; for the second Ctrl-C."""
        self._stopping = True
        if self.process is not None:
            signal_group(self.process, signal.SIGKILL)


class Supervisor:
    """Programs in the order in which they were started; stopped the other way round, a group at a time."""

    def __init__(self) -> None:
        self.groups: list[list[Supervised]] = []

    def start(self, *programs: tuple[Program, Output]) -> list[Supervised]:
        """Start these together; they will be stopped together, before those started earlier."""
        group = [Supervised(program, output) for program, output in programs]
        self.groups.append(group)
        return group

    async def stop(self) -> None:
        while self.groups:
            await asyncio.gather(*(program.stop() for program in self.groups[-1]))
            self.groups.pop()

    def kill(self) -> None:
        for group in self.groups:
            for program in group:
                program.kill()
