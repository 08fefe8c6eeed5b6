"""What a sandbox does not have says so, and says what to use instead.

These are explanations, not the fence: below them WebAssembly offers no files, no sockets and no processes.
"""

import builtins
import importlib
import io
import os
import time
from collections.abc import Callable
from typing import Any

from neuroflow import _bridge, _loader
from neuroflow.errors import SandboxDenied

_FILES = "a sandbox has no files; open() reads the version's own files, results belong in the return value"
_NETWORK = "a sandbox has no sockets; use `await context.http.get(url)` or httpx, with a grant of the http capability"
_PROCESSES = "a sandbox cannot start processes; do the work in Python, or call a service with context.http"
_THREADS = "a sandbox has no threads; use asyncio tasks, which wait for capabilities at the same time"
_INPUT = "nobody is there to type; the request's words are in request.text"

_FILE_CALLS = (
    "open mkdir makedirs remove unlink rmdir removedirs rename renames replace listdir scandir stat lstat chmod link "
    "symlink readlink truncate utime walk chdir chroot mkfifo mknod access"
)
_PROCESS_CALLS = (
    "fork forkpty system popen posix_spawn posix_spawnp execv execve execvp execvpe execl execle execlp execlpe "
    "spawnl spawnle spawnlp spawnv spawnve spawnvp spawnvpe kill killpg wait waitpid startfile"
)


def _refuse(what: str, why: str) -> Callable[..., Any]:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise SandboxDenied(f"{what}: {why}")

    refused.__name__ = refused.__qualname__ = what.rpartition(".")[2]
    return refused


def _open(file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None, *rest: Any, **more: Any) -> Any:
    own = _loader.open_own(file, mode, encoding)
    if own is not None:
        return own
    raise SandboxDenied(f"open({file!r}): {_FILES}")


def before_imports() -> None:
    """What other modules take by reference must be replaced before they are imported."""
    time.sleep = _bridge.sleep  # type: ignore[assignment]


def _wait(self: Any, timeout: float | None = None) -> bool:
    """For threading.Condition.wait: there is no other thread that could notify."""
    if timeout is None:
        raise SandboxDenied(f"threading: {_THREADS}")
    self.release()
    try:
        time.sleep(max(0.0, timeout))
    finally:
        self.acquire()
    return False


def install() -> None:
    """Replace the functions that cannot work by ones that explain themselves."""
    import threading

    builtins.open = io.open = _open  # type: ignore[assignment]
    builtins.input = _refuse("input()", _INPUT)
    threading.Condition.wait = _wait  # type: ignore[assignment]
    for name in _FILE_CALLS.split():
        setattr(os, name, _refuse(f"os.{name}", _FILES))
    for name in _PROCESS_CALLS.split():
        setattr(os, name, _refuse(f"os.{name}", _PROCESSES))
    for module, target, attribute, why in (
        ("io", "FileIO", "__init__", _FILES),
        ("subprocess", "Popen", "__init__", _PROCESSES),
        ("multiprocessing.process", "BaseProcess", "start", _PROCESSES),
        ("threading", "Thread", "start", _THREADS),
        ("socket", "socket", "__init__", _NETWORK),
        ("socket", "", "create_connection", _NETWORK),
        ("socket", "", "socketpair", _NETWORK),
        ("socket", "", "getaddrinfo", _NETWORK),
        ("socket", "", "gethostbyname", _NETWORK),
        ("_thread", "", "start_new_thread", _THREADS),
        ("_thread", "", "start_joinable_thread", _THREADS),
        ("tempfile", "", "mkstemp", _FILES),
        ("tempfile", "", "mkdtemp", _FILES),
    ):
        _replace(module, target, attribute, why)


def _replace(module: str, target: str, attribute: str, why: str) -> None:
    try:
        holder: Any = importlib.import_module(module)
    except ImportError:
        return
    holder = getattr(holder, target) if target else holder
    shown = f"{module}.{target or attribute}" if attribute == "__init__" else f"{module}.{attribute}"
    try:
        setattr(holder, attribute, _refuse(shown, why))
    except TypeError:
        pass  # A type written in C keeps its own error.
