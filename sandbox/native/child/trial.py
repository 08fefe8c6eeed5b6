"""Tries each layer of the fence for itself, in a process that ends afterwards."""

import os
import socket
from collections.abc import Callable
from typing import Any

from sandbox.native.child import fence, kernel

_MIB = 1 << 20


def try_all(terms: dict[str, Any], proc: int) -> dict[str, str | None]:
    """Each layer that was named, with None, or the reason against it."""
    return {name: _outcome(_trial(name, terms, proc)) for name in terms["try"]}


def _trial(name: str, terms: dict[str, Any], proc: int) -> Callable[[], None]:
    def users() -> None:
        fence.become_nobody()
        fence.own_users(0, (fence.NOBODY, fence.NOBODY), proc)

    def files() -> None:
        if os.geteuid() == 0:
            fence.own_namespaces(kernel.CLONE_NEWNS)
        else:
            fence.own_users(kernel.CLONE_NEWNS, (os.geteuid(), os.getegid()), proc)
        fence.build_base(terms["stage"], {path: path for path in terms["stdlib"]}, terms["cache"])
        fence.become_nobody()
        fence.own_users(kernel.CLONE_NEWNS, (fence.NOBODY, fence.NOBODY), proc)
        fence.enter_base([], _MIB)

    def privileges() -> None:
        with fence.layer("no_new_privs"):
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)

    def calls() -> None:
        privileges()
        fence.filter_calls(own_files=True)
        try:
            socket.socket().close()
        except PermissionError:
            return
        raise fence.Refused("seccomp", "the kernel took the filter and does not use it")

    def user() -> None:
        if os.geteuid() != 0:
            raise fence.Refused(
                "separate_user", "the workers are not started as the superuser, so the code runs as their own user"
            )
        if terms["isolation"] == "process":
            fence.reach([*terms["stdlib"], terms["kit"], terms["packages"], terms["cache"]])
        fence.become_nobody()
        for path in (*terms["stdlib"], terms["kit"], terms["packages"], terms["cache"]):
            if terms["isolation"] == "process" and not os.access(path, os.R_OK | os.X_OK):
                raise fence.Refused("separate_user", f"nobody may not read {path}")

    def limits() -> None:
        fence.limit(_MIB)
        fence.hold_to(1024 * _MIB, 60.0, None)

    def dropped() -> None:
        users()
        with fence.layer("capabilities"):
            kernel.drop_capabilities()

    other = {
        "user_namespace": users,
        "mount_namespace": files,
        "no_new_privs": privileges,
        "capabilities": dropped,
        "seccomp": calls,
        "rlimits": limits,
        "separate_user": user,
    }
    if name in other:
        return other[name]

    def namespace() -> None:
        fence.become_nobody()
        fence.own_users(fence.NAMESPACES[name], (fence.NOBODY, fence.NOBODY), proc)

    return namespace


def _outcome(trial: Callable[[], None]) -> str | None:
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            trial()
            reason = ""
        except fence.Refused as refused:
            reason = refused.reason
        except BaseException as error:
            reason = f"{type(error).__name__}: {error}"
        os.write(tell, reason.encode())
        os._exit(0)
    os.close(tell)
    said = b""
    while piece := os.read(told, 4096):
        said += piece
    os.close(told)
    _, status = os.waitpid(child, 0)
    if status:
        return f"the process that tried it ended with {os.waitstatus_to_exitcode(status)}"
    return said.decode() or None
