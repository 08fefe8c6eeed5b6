"""What a sandbox does not have says so, and says what to use instead.

These are explanations, not the fence: below them WebAssembly offers no files, no sockets and no processes.
"""

import builtins
import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from neuroflow import _bridge, _os
from neuroflow.errors import SandboxDenied

_NETWORK = "a sandbox has no sockets; use `await context.http.get(url)` or httpx, with a grant of the http capability"
_PROCESSES = "a sandbox cannot start processes; do the work in Python, or call a service with context.http"
_THREADS = "a sandbox has no threads; use asyncio tasks, which wait for capabilities at the same time"
_INPUT = "nobody is there to type; the request's words are in request.text"
_DEBUGGER = "nobody is there to debug; write what you want to see with log.debug(), or try the code on your own machine"
_SIGNALS = "a sandbox gets no signals; the time that is left is in context.remaining(), asyncio.timeout() bounds a wait"
_NATIVE = "a sandbox loads no native code; use a pure-Python package, or struct, array and memoryview for raw data"
_SYSTEM = "a sandbox is on no system of its own: it has no users, terminals and devices"
_SQLITE = 'a sandbox has no files for SQLite; connect to ":memory:"'
_ENVIRONMENT = (
    "the environment of a sandbox is empty; settings are in context.config, and a secret is named in the grant of the "
    "http capability: it is put into the request outside, and the code never sees it"
)
_COMPRESSION = "a sandbox has no such compression; use zlib, gzip or zipfile"

_FILE_CALLS = "link symlink readlink chdir fchdir chroot mkfifo mknod chown lchown fchmod fchown statvfs pipe dup dup2"
_PROCESS_CALLS = (
    "fork forkpty system popen posix_spawn posix_spawnp execv execve execvp execvpe execl execle execlp execlpe "
    "spawnl spawnle spawnlp spawnv spawnve spawnvp spawnvpe kill killpg wait waitpid startfile"
)
#: Modules that are not there, or cannot work, with the reason that their import gives.
_ABSENT = {
    **dict.fromkeys(("ctypes", "_ctypes", "cffi", "numpy", "pandas", "scipy", "torch", "lxml", "PIL"), _NATIVE),
    **dict.fromkeys(
        ("fcntl", "termios", "tty", "pty", "pwd", "grp", "resource", "syslog", "readline", "curses"), _SYSTEM
    ),
    **dict.fromkeys(("mmap",), "a sandbox has no files to map; use bytearray and memoryview"),
    **dict.fromkeys(("_multiprocessing", "_posixsubprocess", "_posixshmem"), _PROCESSES),
    **dict.fromkeys(("multiprocessing.shared_memory", "multiprocessing.sharedctypes"), _PROCESSES),
    **dict.fromkeys(("_interpreters", "_interpchannels", "_interpqueues", "concurrent.interpreters"), _THREADS),
    **dict.fromkeys(("bz2", "lzma", "_bz2", "_lzma", "_zstd"), _COMPRESSION),
    **dict.fromkeys(("compression.bz2", "compression.lzma", "compression.zstd"), _COMPRESSION),
    **dict.fromkeys(("tkinter", "turtle", "idlelib"), "a sandbox has no screen; give the result as the return value"),
    **dict.fromkeys(("venv", "ensurepip", "pip"), "packages are named with the version when it is uploaded"),
    **dict.fromkeys(("requests", "urllib3", "aiohttp"), "it needs sockets; use httpx or `await context.http.get(url)`"),
    "pytest": "tests here use neuroflow.testing, which has ask, raises, approx, parametrize and http_answers",
    "dbm": "a sandbox has no files; keep what must last with a capability",
}


def _refuse(what: str, why: str) -> Callable[..., Any]:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise SandboxDenied(f"{what}: {why}")

    refused.__name__ = refused.__qualname__ = what.rpartition(".")[2].removesuffix("()")
    return refused


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


class NoVariable(SandboxDenied, KeyError):
    """A variable that the environment does not have."""

    __str__ = SandboxDenied.__str__


class _Environment(os._Environ):  # type: ignore[type-arg]
    """`os.environ`, empty at the start; a missing variable is told with what to use instead."""

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError:
            raise NoVariable(f"os.environ[{key!r}]: {_ENVIRONMENT}") from None


class _Absent(importlib.abc.MetaPathFinder):
    """Says of modules that cannot be there why, and what to import instead."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        why = _ABSENT.get(fullname) or _ABSENT.get(fullname.partition(".")[0])
        # Others than an import, such as importlib.util.find_spec, only ask whether it is there.
        if why is not None and sys._getframe(2).f_code.co_name == "_find_and_load_unlocked":
            raise ModuleNotFoundError(f"No module named {fullname!r}: {why}", name=fullname)
        return None


def install_finder() -> None:
    """Ask the explanations last but one: what a version brings itself is found before."""
    sys.meta_path.insert(len(sys.meta_path) - 1, _Absent())


def install() -> None:
    """Replace the functions that cannot work by ones that explain themselves."""
    import threading

    _os.install()
    os.environ.__class__ = _Environment
    builtins.input = _refuse("input()", _INPUT)
    builtins.breakpoint = _refuse("breakpoint()", _DEBUGGER)
    sys.breakpointhook = builtins.breakpoint
    threading.Condition.wait = _wait  # type: ignore[method-assign]
    for name in _FILE_CALLS.split():
        setattr(os, name, _refuse(f"os.{name}", _os.ADVICE))
    for name in _PROCESS_CALLS.split():
        setattr(os, name, _refuse(f"os.{name}", _PROCESSES))
    for module, target, attribute, why in (
        ("io", "FileIO", "__init__", _os.ADVICE),
        ("subprocess", "Popen", "__init__", _PROCESSES),
        ("multiprocessing.process", "BaseProcess", "start", _PROCESSES),
        ("multiprocessing.context", "BaseContext", "Pool", _PROCESSES),
        ("multiprocessing.context", "BaseContext", "Queue", _PROCESSES),
        ("multiprocessing.context", "BaseContext", "Manager", _PROCESSES),
        ("concurrent.futures.process", "ProcessPoolExecutor", "__init__", _PROCESSES),
        ("threading", "Thread", "start", _THREADS),
        ("socket", "socket", "__init__", _NETWORK),
        ("socket", "", "create_connection", _NETWORK),
        ("socket", "", "socketpair", _NETWORK),
        ("socket", "", "getaddrinfo", _NETWORK),
        ("socket", "", "gethostbyname", _NETWORK),
        ("_thread", "", "start_new_thread", _THREADS),
        ("_thread", "", "start_joinable_thread", _THREADS),
        ("signal", "", "signal", _SIGNALS),
        ("signal", "", "alarm", _SIGNALS),
        ("signal", "", "setitimer", _SIGNALS),
        ("signal", "", "pause", _SIGNALS),
        ("getpass", "", "getpass", _INPUT),
        ("pdb", "Pdb", "__init__", _DEBUGGER),
    ):
        _replace(module, target, attribute, why)
    _explain_multiprocessing()
    _keep_sqlite_in_memory()
    _keep_signals_out_of_asyncio()


def _replace(module: str, target: str, attribute: str, why: str) -> None:
    try:
        holder: Any = importlib.import_module(module)
    except ImportError:
        return
    holder = getattr(holder, target) if target else holder
    shown = ".".join(part for part in (module, target, attribute) if part and part != "__init__")
    try:
        setattr(holder, attribute, _refuse(shown, why))
    except TypeError:
        pass  # A type written in C keeps its own error.


def _explain_multiprocessing() -> None:
    """Its functions are methods of one object, taken from it when the module was made."""
    import multiprocessing

    for name in ("Pool", "Queue", "Manager", "Pipe", "Lock", "Value", "Array", "Event", "Semaphore"):
        setattr(multiprocessing, name, _refuse(f"multiprocessing.{name}", _PROCESSES))


def _keep_sqlite_in_memory() -> None:
    import sqlite3

    connect = sqlite3.connect

    def connect_in_memory(database: Any, *args: Any, **options: Any) -> sqlite3.Connection:
        if os.fspath(database) not in (":memory:", ""):
            raise SandboxDenied(f"sqlite3.connect({database!r}): {_SQLITE}")
        connection: sqlite3.Connection = connect(database, *args, **options)
        return connection

    sqlite3.connect = connect_in_memory  # type: ignore[assignment]


def _keep_signals_out_of_asyncio() -> None:
    """`asyncio.Runner` would set a handler for Ctrl-C."""
    import asyncio.runners
    import types

    quiet = types.SimpleNamespace(getsignal=lambda number: None, SIGINT=2, default_int_handler=object())
    asyncio.runners.signal = quiet  # type: ignore[attr-defined]
