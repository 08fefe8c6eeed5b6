"""The process from which a worker's native sandboxes are forked: starting it, asking it, starting it again."""

import json
import os
import socket
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path
from typing import Any

from sandbox.calls import Failure
from sandbox.errors import IsolationUnavailable
from sandbox.limits import MIB
from sandbox.native.instance import Instance
from sandbox.operate import Trapped

_MAIN = Path(__file__).parent / "child" / "main.py"
_GUEST = Path(__file__).parent.parent / "guest"
#: The scratch directory of a sandbox, which is memory by another name.
SCRATCH_BYTES = 16 * MIB
_STARTING_SECONDS = 30.0
_ANSWERING_SECONDS = 10.0


def terms(isolation: str, packages: Path, native: Path) -> dict[str, Any]:
    """What the process must know. `packages` is what every agent may import, `native` a directory of ours."""
    (native / "stage").mkdir(parents=True, exist_ok=True)
    (native / "cache").mkdir(parents=True, exist_ok=True)
    variables = {"platbase": sys.base_exec_prefix, "installed_platbase": sys.base_exec_prefix}
    found = {os.path.dirname(os.__file__), sysconfig.get_path("platstdlib", vars=variables)}
    return {
        "isolation": isolation,
        "stdlib": sorted(os.path.realpath(path) for path in found if os.path.isdir(path)),
        "kit": str(_GUEST),
        "packages": str(packages.resolve()),
        "stage": str((native / "stage").resolve()),
        "cache": str((native / "cache").resolve()),
    }


def start(told: dict[str, Any], **more: Any) -> subprocess.Popen[bytes]:
    """Start the process with nothing of ours: no environment, no open files but the ones named."""
    python = getattr(sys, "_base_executable", None) or sys.executable
    # Where the interpreter's own library is found by the environment alone, it must be.
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    command = [python, "-I", "-S", "-B", "-X", "utf8", str(_MAIN), json.dumps(told)]
    return subprocess.Popen(command, env=kept, cwd="/", **more)


class Nursery:
    """Forks sandboxes. Thread-safe; a process that ended is replaced at the next request."""

    def __init__(self, told: dict[str, Any], groups: Path | None = None) -> None:
        """`groups` is the directory in which each sandbox gets a control group, where there is one."""
        self._told = told
        self._groups = groups
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def fork(self, wheels: list[str]) -> Instance:
        """A process behind its fence, with those unpacked packages. Raises Trapped when it did not come to be."""
        ours, theirs = socket.socketpair()
        status, reported = socket.socketpair()
        handle = -1
        try:
            with theirs, reported, self._lock:
                handle = self._ask({"wheels": wheels, "scratch": SCRATCH_BYTES}, theirs, reported)
        except (OSError, ValueError, IsolationUnavailable) as error:
            ours.close()
            status.close()
            self.close()
            raise Trapped(Failure("sandbox_error", f"the process of the sandbox was not started: {error}")) from None
        sandbox = Instance(ours, handle, status)
        try:
            if self._groups is not None:
                sandbox.join(self._groups)
            sandbox.ready()
        except Trapped:
            sandbox.close()
            raise
        return sandbox

    def _ask(self, wanted: dict[str, Any], channel: socket.socket, status: socket.socket) -> int:
        if self._process is None or self._process.poll() is not None:
            self.open()
        assert self._control is not None
        socket.send_fds(self._control, [json.dumps(wanted).encode()], [channel.fileno(), status.fileno()])
        answer, descriptors, _, _ = socket.recv_fds(self._control, 64, 1)
        if answer == b"refused":
            # It says itself, on its channel, what was refused to it.
            return -1
        if answer != b"made" or len(descriptors) != 1:
            raise ValueError("the process that forks sandboxes has ended")
        return descriptors[0]

    def open(self) -> None:
        """Start the process. Raises IsolationUnavailable, naming the layer, when it finds no place to work from."""
        self._stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = start(self._told, stdin=theirs, stdout=subprocess.DEVNULL)
        self._control = ours
        ours.settimeout(_STARTING_SECONDS)
        said = ours.recv(1 << 16)
        ours.settimeout(_ANSWERING_SECONDS)
        if not said:
            raise IsolationUnavailable(
                "the process that forks sandboxes ended at its start; see the log for its reason"
            )
        refused = json.loads(said)
        if refused:
            raise IsolationUnavailable(f"{refused['layer']} was refused: {refused['reason']}")

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(timeout=_ANSWERING_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the process, and with it every sandbox that it forked."""
        with self._lock:
            self._stop()
