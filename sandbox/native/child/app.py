"""Makes the guest kit ready in a native interpreter, once, before sandboxes are forked from it."""

import builtins
import gc
import importlib
import io
import logging
import os
import pkgutil
import sys
import threading
import time
from collections.abc import Callable
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from typing import Any

from sandbox.native.child import fence, wit_world

#: What most agents import: done once, its memory is shared by all sandboxes.
_USUAL = """
    asyncio base64 collections csv dataclasses datetime decimal difflib enum fractions functools hashlib heapq html io
    itertools json logging math operator pathlib random re secrets statistics string textwrap traceback typing
    unicodedata urllib.request uuid zoneinfo httpx
"""


def prepare(kit: str, packages: str) -> Callable[[str, str], str]:
    """Import the kit and what goes with it; gives the function that does one operation."""
    sys.modules["wit_world"] = wit_world
    sys.dont_write_bytecode = True
    sys.path.extend([packages, kit])
    entry: Any = importlib.import_module("_neuroflow_app")
    for name in _USUAL.split():
        try:
            importlib.import_module(name)
        except ImportError as error:
            entry._State.left_out[name] = str(error)
    _sleep_through_the_host()
    _find_own_files(packages)
    for name in ("_httpx", "_urllib", "_loop"):
        importlib.import_module(f"neuroflow.{name}").install()
    log: Any = importlib.import_module("neuroflow._log")
    logging.basicConfig(handlers=[log.LoggingHandler()], level=logging.INFO, format="%(message)s")
    importlib.import_module("neuroflow._serve").rehearse()
    sys.stdout, sys.stderr = log.Stream("stdout", "info"), log.Stream("stderr", "error")
    sys.stdin = None  # type: ignore[assignment]
    gc.collect()
    gc.freeze()
    answer: Callable[[str, str], str] = entry._answer
    return answer


def begin(packages: list[str]) -> None:
    """In a sandbox of its own: find the version's own packages, before those that everyone has."""
    sys.path[0:0] = packages
    importlib.invalidate_caches()
    os.environ.clear()
    # Native libraries read at import how many threads they may start: one each, unless an agent says otherwise.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["HOME"] = os.environ["TMPDIR"] = fence.SCRATCH


def _sleep_through_the_host() -> None:
    """A main thread that sleeps gives up its share of the processor; other threads sleep as anywhere."""
    bridge: Any = importlib.import_module("neuroflow._bridge")
    really = time.sleep

    def sleep(seconds: float) -> None:
        if threading.get_ident() == threading.main_thread().ident:
            bridge.sleep(seconds)
        else:
            really(seconds)

    time.sleep = sleep  # type: ignore[assignment]


def _find_own_files(packages: str) -> None:
    """The version's files come first, as modules and for `open`; then the interpreter's and those of packages."""
    loader: Any = importlib.import_module("neuroflow._loader")
    added = [found.name for found in pkgutil.iter_modules([packages]) if not found.name.startswith("_")]
    loader.built_in = frozenset(sys.stdlib_module_names) | frozenset(added) | {"neuroflow", "wit_world"}
    loader.packages.extend(sorted(added))
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, loader.author, PathFinder]  # type: ignore[list-item]
    really = open

    def own_first(
        file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None, *more: Any, **named: Any
    ) -> Any:
        if file == os.devnull:
            # It is open already, and in a plain process nothing can be opened for writing.
            file = os.dup(1)
        own = loader.open_own(file, mode, encoding)
        return really(file, mode, buffering, encoding, *more, **named) if own is None else own

    builtins.open = io.open = own_first  # type: ignore[assignment]
