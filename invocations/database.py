"""Database work of the hot path: threads with connections of their own, and turns at SQLite's one writer.

Django's own `sync_to_async` makes a thread, and so a connection, for every request; admission would spend more on
that than on its queries.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import fcntl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO, ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4  # more of them only take the interpreter lock from each other
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="admission")
_turn = threading.Lock()
_turn_file: IO[str] | None = None


def release() -> None:
    """Give a pooled connection back (PostgreSQL); without a pool (SQLite) the thread keeps its own."""
    if connection.settings_dict.get("OPTIONS", {}).get("pool"):
        connection.close()


@contextlib.contextmanager
def write_turn() -> Iterator[None]:
    """Hold the right to write while the block runs; a no-op where the database lets many write at once.

    SQLite has one writer, and whoever finds it taken sleeps and tries again, up to 25 ms at a time: with forty threads
    in three processes most of the time was slept away. A file lock wakes the next in line at once. Writers that do not
    take a turn are still correct; they wait as SQLite waits.
    """
    global _turn_file
    if connection.vendor != "sqlite":
        yield
        return
    with _turn:
        if _turn_file is None:
            _turn_file = open(settings.VAR_DIR / "write.lock", "w")  # noqa: SIM115 (kept open for the process's life)
        fcntl.flock(_turn_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(_turn_file, fcntl.LOCK_UN)


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in one of the threads and return what it returns."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        except (OperationalError, InterfaceError):
            connection.close()  # a server that went away must not poison the thread
            raise
        finally:
            release()

    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_pool, lambda: context.run(call))
