"""Control groups: where the workers are given a cgroup v2 directory, each sandbox gets a group of its own in it."""

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

from sandbox.limits import Limits

#: Names the directory: it and its `cgroup.procs` must be the workers' to write, and no process may be in it.
VARIABLE = "NEUROFLOW_CGROUP"
_NEEDED = ("memory", "pids")
_numbers = itertools.count()
_END_SECONDS = 2.0


def directory() -> Path | None:
    """The directory that was named, or None."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def missing(home: Path | None) -> str | None:
    """Why sandboxes get no groups; None when they do. Tried by making one."""
    if home is None:
        return f"{VARIABLE} is not set, so limits of single processes stand in"
    try:
        offered = (home / "cgroup.controllers").read_text().split()
        lacking = [name for name in _NEEDED if name not in offered]
        if lacking:
            return f"{home} does not offer {' and '.join(lacking)}, so limits of single processes stand in"
        _enable(home)
        _try(home)
    except OSError as error:
        return f"{home} cannot be used ({error}), so limits of single processes stand in"
    return None


def _try(home: Path) -> None:
    """Hold a process of ours to limits, as a sandbox will be."""
    group = Group(home)
    waiting = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        group.add(waiting.pid)
        group.hold_to(Limits())
    finally:
        waiting.kill()
        waiting.communicate()
        group.close()


def _enable(home: Path) -> None:
    control = home / "cgroup.subtree_control"
    wanted = [name for name in _NEEDED if name not in control.read_text().split()]
    if wanted:
        control.write_text(" ".join(f"+{name}" for name in wanted))


class Group:
    """The group of one sandbox. Raises OSError where the kernel refuses something."""

    def __init__(self, home: Path) -> None:
        self.path = home / f"sandbox-{os.getpid()}-{next(_numbers)}"
        self.path.mkdir()

    def add(self, process: int) -> None:
        """Put a process in, and with it all that it will start."""
        (self.path / "cgroup.procs").write_text(str(process))

    def hold_to(self, limits: Limits) -> None:
        """Memory and numbers of processes and threads, counted over everything in the group."""
        (self.path / "memory.max").write_text(str(limits.memory_bytes))
        swap = self.path / "memory.swap.max"
        if swap.exists():
            swap.write_text("0")
        (self.path / "pids.max").write_text(str(limits.instances + 1))

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel ended something in it for want of memory."""
        try:
            lines = (self.path / "memory.events").read_text().splitlines()
        except OSError:
            return False
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in lines)

    def close(self) -> None:
        """End what is in it, and it."""
        try:
            (self.path / "cgroup.kill").write_text("1")
        except OSError:
            pass  # Older kernels have no such file; the process is ended by its handle as well.
        until = time.monotonic() + _END_SECONDS
        while True:
            try:
                self.path.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                # What was ended has not quite gone yet.
                if time.monotonic() > until:
                    return
                time.sleep(0.002)
