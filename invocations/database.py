"""Database work off the event loop: a few threads of our own, each with its connection.

Django's own `sync_to_async` makes a thread, and so a connection, for every request; admission would spend more on
that than on its queries.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="admission")


def release() -> None:
    """Give a pooled connection back (PostgreSQL); without a pool (SQLite) the thread keeps its own."""
    if connection.settings_dict.get("OPTIONS", {}).get("pool"):
        connection.close()


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
