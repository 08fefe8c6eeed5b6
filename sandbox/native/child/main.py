"""The process that sandboxes are forked from: a plain interpreter with the guest kit imported, and nothing of the host.

Started by `sandbox.native.nursery`, with its terms as JSON in its one argument and a socket as its standard input. It
is alone in its memory: it has the host's environment, files and secrets neither to give nor to lose.
"""

import json
import os
import select
import signal
import socket
import struct
import sys
import types
from typing import Any

if __name__ == "__main__":
    # The package of the host beside us must not be imported: two names without a body stand for it.
    _here = os.path.dirname(os.path.abspath(__file__))
    for _name, _path in (("sandbox", "../.."), ("sandbox.native", "..")):
        sys.modules[_name] = types.ModuleType(_name)
        sys.modules[_name].__path__ = [os.path.normpath(os.path.join(_here, _path))]

from sandbox.native.child import app, fence, kernel, trial, wit_world

_LONGEST = 1 << 16
_THREAD_STACK = 2 << 20
_NO_MEMORY = 'failed\n{"code": "memory_limit", "message": "MemoryError", "detail": {}}'
_STATUS = struct.Struct("=iQQ")
_ALL = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS


class Nursery:
    """Forks one sandbox for each message, and tells how each ended."""

    def __init__(self, terms: dict[str, Any], control: socket.socket, proc: int, answer: Any) -> None:
        self._own_root = terms["isolation"] == "namespace"
        self._seccomp = terms["seccomp"]
        self._cache = terms["cache"]
        self._control = control
        self._proc = proc
        self._answer = answer
        self._status: dict[int, socket.socket] = {}

    def serve(self) -> None:
        """Until the host is gone."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        while True:
            control = self._control.fileno()
            ready, _, _ = select.select([control, woken], [], [])
            if woken in ready:
                os.read(woken, 4096)
                self._reap()
            if control in ready:
                data, descriptors, _, _ = socket.recv_fds(self._control, _LONGEST, 2)
                if not data:
                    return
                self._fork(json.loads(data), *descriptors)

    def _fork(self, wanted: dict[str, Any], channel: int, status: int) -> None:
        told, tell = os.pipe()
        first = os.fork()
        if first == 0:
            self._in_child(wanted, channel, tell)
        os.close(tell)
        os.close(channel)
        number = b""
        while piece := os.read(told, 64):
            number += piece
        os.close(told)
        if self._own_root:
            os.waitpid(first, 0)
        if not number:
            os.close(status)
            self._control.send(b"refused")
            return
        child = int(number)
        self._status[child] = socket.socket(fileno=status)
        try:
            handle = os.pidfd_open(child)
        except ProcessLookupError:
            self._control.send(b"refused")
            return
        socket.send_fds(self._control, [b"made"], [handle])
        os.close(handle)

    def _in_child(self, wanted: dict[str, Any], channel: int, tell: int) -> None:
        """Never returns: becomes the sandbox, or forks it and ends."""
        os.dup2(channel, wit_world.CHANNEL)
        try:
            fence.plain_signals()
            paths = self._fence_namespace(wanted, tell) if self._own_root else self._fence_process(wanted, tell)
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
            app.begin(paths)
            if self._seccomp:
                fence.filter_calls(self._own_root)
        except fence.Refused as refused:
            wit_world.send(b"x", refused.layer, refused.reason)
            os._exit(0)
        except BaseException as error:
            wit_world.send(b"x", "start", f"{type(error).__name__}: {error}")
            os._exit(0)
        _serve(self._answer, self._own_root)

    def _fence_namespace(self, wanted: dict[str, Any], tell: int) -> list[str]:
        fence.become_nobody()
        fence.own_users(_ALL, (fence.NOBODY, fence.NOBODY), self._proc)
        second = os.fork()
        if second:
            os.write(tell, str(second).encode())
            os._exit(0)
        os.close(tell)
        kernel.set_host_name("sandbox")
        paths = fence.enter_base(wanted["wheels"], wanted["scratch"])
        fence.close_all_but(wit_world.CHANNEL)
        fence.limit(wanted["scratch"])
        fence.give_up_privileges()
        return paths

    def _fence_process(self, wanted: dict[str, Any], tell: int) -> list[str]:
        os.write(tell, str(os.getpid()).encode())
        os.close(tell)
        os.setsid()
        os.chdir("/")
        fence.close_all_but(wit_world.CHANNEL)
        fence.limit(0)
        superuser = os.geteuid() == 0
        if superuser:
            with fence.layer("capabilities"):
                kernel.drop_bounding_set()
        with fence.layer("separate_user"):
            fence.become_nobody()
        # A change of user forgets this, so it comes after.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        with fence.layer("no_new_privs"):
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        return [f"{self._cache}/{name}" for name in wanted["wheels"]]

    def _reap(self) -> None:
        while True:
            try:
                child, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            report = self._status.pop(child, None)
            if report is not None:
                spent = int((used.ru_utime + used.ru_stime) * 1e9)
                try:
                    report.send(_STATUS.pack(status, spent, used.ru_maxrss * 1024))
                except OSError:
                    pass  # Nobody waits for it any more.
                report.close()


def _serve(answer: Any, own_users: bool) -> None:
    """One operation after the other, until the host closes the channel."""
    held = False
    wit_world.send(b"r")
    while True:
        _, text = wit_world.receive()
        memory, seconds, threads, operation, body = text.split("\0", 4)
        del text
        if not held:
            held = True
            try:
                fence.hold_to(int(memory), float(seconds), int(threads) if own_users else None)
            except fence.Refused as refused:
                wit_world.send(b"x", refused.layer, refused.reason)
                os._exit(0)
            wit_world.send(b"r")
        try:
            wit_world.send(b"a", answer(operation, body))
        except MemoryError:
            wit_world.send(b"a", _NO_MEMORY)


def _settle(terms: dict[str, Any], proc: int) -> tuple[str, str]:
    """Find a place from which sandboxes can be made; gives where the kit and the packages are seen from there."""
    os.umask(0o022)
    if terms["isolation"] == "namespace":
        flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID
        if os.geteuid() == 0:
            fence.own_namespaces(flags)
        else:
            fence.own_users(flags, (os.geteuid(), os.getegid()), proc)
        # The first process of a namespace of processes: when it ends, the kernel ends all sandboxes with it.
        first = os.fork()
        if first:
            os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 0xFF)
        shown = {path: path for path in terms["stdlib"]}
        shown |= {fence.KIT: terms["kit"], fence.PACKAGES: terms["packages"]}
        fence.build_base(terms["stage"], shown, terms["cache"])
        return fence.KIT, fence.PACKAGES
    if os.geteuid() == 0:
        fence.reach([*terms["stdlib"], terms["kit"], terms["packages"], terms["cache"]])
    return terms["kit"], terms["packages"]


def main() -> None:
    terms = json.loads(sys.argv[1])
    # Agents need not know where things lie on their host.
    sys.argv[:] = sys.orig_argv[:] = ["agent"]
    nothing = os.open("/dev/null", os.O_RDWR)
    given, out = os.dup(0), os.dup(1)
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    for number in (0, 1, wit_world.CHANNEL):  # the last is kept free for the sandboxes' own end
        os.dup2(nothing, number)
    kernel.set_thread_stack(_THREAD_STACK)
    if "try" in terms:
        os.write(out, json.dumps(trial.try_all(terms, proc)).encode())
        return
    control = socket.socket(fileno=given)
    try:
        kit, packages = _settle(terms, proc)
        answer = app.prepare(kit, packages)
    except fence.Refused as refused:
        control.send(json.dumps({"layer": refused.layer, "reason": refused.reason}).encode())
        return
    control.send(b"{}")
    Nursery(terms, control, proc, answer).serve()


if __name__ == "__main__":
    main()
