"""Entry point of the sandbox image. What is imported here is imported once, when the image is built."""

import gc
import importlib
import json
import pkgutil
import random
import sys
from typing import Any

import wit_world

from neuroflow import _denied, _ssl

#: Elsewhere the same kit runs in a plain process: there the kernel refuses, and nothing is put in its place.
_NATIVE = getattr(wit_world, "NATIVE", False)
if not _NATIVE:
    _denied.before_imports()
    sys.modules["ssl"] = _ssl

from neuroflow import (  # noqa: E402
    _baked,
    _define,
    _loader,
    _log,
    _loop,
    _serve,
    _tests,
    _tools,
    _trace,
    _urllib,
    errors,
    testing,
)

# Not there on WASI, of no use in a sandbox, or with an effect on import.
_LEFT_OUT = {
    "__main__",
    "_pyrepl",
    "antigravity",
    "curses",
    "dbm",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pip",
    "pydoc_data",
    "test",
    "this",
    "tkinter",
    "turtle",
    "turtledemo",
    "venv",
}

# What the image needs for itself and no agent imports.
_RUNTIME = {"wit_world", "componentize_py", "componentize_py_runtime", "componentize_py_types"}
_RUNTIME |= {"componentize_py_async_support"}


#: The first number after `random.seed(0)`.
_FIRST_DRAWN = random.Random(0).getrandbits(64)


class _State:
    definition: _define.Definition | None = None
    skills: dict[str, _serve.Served] = {}
    files: dict[str, str] = {}
    left_out: dict[str, str] = {}


def _import_everything() -> list[str]:
    """Import the standard library and the added packages; gives the names of the added ones."""
    names = sorted(n for n in sys.stdlib_module_names if n not in _LEFT_OUT and not n.startswith("_sysconfigdata"))
    stdlib = set(names)
    added = []
    for info in pkgutil.iter_modules():
        if info.name not in stdlib | _LEFT_OUT and info.name not in sys.modules and not info.name.startswith("_"):
            names.append(info.name)
            added.append(info.name)
    for name in names:
        _import_tree(name)
    return [name for name in added if name in sys.modules and name not in _RUNTIME]


def _import_tree(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        _State.left_out[name] = f"{type(error).__name__}: {error}"
        return
    for info in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if info.name not in ("__main__", "tests", "_tests", "test", "idle_test", "pytest_plugin", "mypy"):
            _import_tree(f"{name}.{info.name}")


def _compile(body: dict[str, Any]) -> Any:
    if "package" in body:
        return _loader.compile_package(body["package"])
    try:
        return {"code": _loader.compile_files(body["files"])}
    except _loader.SourceFault as fault:
        told = dict(fault.fault)
        if isinstance(cause := fault.__context__, SyntaxError) and (line := _trace.caret(cause)):
            told["reason"] += f"\n{line}"
        return {"fault": told}


def _load(body: dict[str, Any]) -> Any:
    _State.files = body["files"]
    sys.setrecursionlimit(body["recursion_depth"])
    module = _loader.load(body["files"], body["code"], body.get("packages"))
    _State.definition = _define.find(module)
    _State.skills = testing.skills = _serve.prepare(_State.definition)
    _tools.of_agent = _State.definition.tools
    if body.get("rehearse"):
        _serve.rehearse()
    return {}


def _load_watched(body: dict[str, Any]) -> Any:
    """Load, and tell whether that drew from the random numbers that all sandboxes of a snapshot would share."""
    random.seed(0)
    _load(body)
    return {"drew": random.getrandbits(64) != _FIRST_DRAWN}


def _describe(body: dict[str, Any]) -> Any:
    assert _State.definition is not None
    return _State.definition.manifest()


def _health(body: dict[str, Any]) -> Any:
    assert _State.definition is not None
    check = _State.definition.health
    if check is not None and _serve.invoke(check) is False:
        raise errors.AgentFailed("on_health_check answered False")
    return {}


def _test(body: dict[str, Any]) -> Any:
    """Run the version's own test functions; an outcome for each."""
    return _tests.run(_State.files)


def _about(body: dict[str, Any]) -> Any:
    """What this image can do, and which modules it is without, and why."""
    return {
        "python": sys.version.split()[0],
        "packages": _baked.versions,
        "modules": _loader.packages,
        "left_out": _State.left_out,
    }


def _rehearse(body: dict[str, Any]) -> Any:
    if body.get("reseed"):
        random.seed()
    _serve.rehearse()
    return {}


_OPERATIONS = {
    "compile": _compile,
    "load": _load,
    "load_watched": _load_watched,
    "describe": _describe,
    "health": _health,
    "test": _test,
    "rehearse": _rehearse,
    "about": _about,
}


def _answer(operation: str, body: str) -> str:
    """`ok` and the result, or `failed` and the failure, on two lines."""
    try:
        if operation == "run":
            call = json.loads(body)
            sys.setrecursionlimit(call["recursion_depth"])
            if call.get("reseed"):
                random.seed()
            text = _serve.serve(_State.skills, call)
        else:
            text = json.dumps(_OPERATIONS[operation](json.loads(body)))
        _finish_output()
        return "ok\n" + text
    except BaseException as error:
        return "failed\n" + _failure(error)


def _failure(error: BaseException) -> str:
    errors.no_deeper()
    try:
        _finish_output()
        return json.dumps(errors.describe(error))
    except BaseException as second:
        message = f"{type(error).__name__}, and telling of it failed with {type(second).__name__}"
        return json.dumps({"code": "agent_error", "message": message, "detail": {"type": type(error).__name__}})


def _finish_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, _log.Stream):
            stream.flush()


class WitWorld(wit_world.WitWorld):
    """What the host calls."""

    def call(self, operation: str, body: str) -> str:
        return _answer(operation, body)


def _build() -> None:
    packages = _import_everything()
    if "httpx" in sys.modules:
        from neuroflow import _httpx

        _httpx.install()
    _urllib.install()
    _baked.prepare()
    _loop.install()
    # The rehearsal: the first request should find everything made and every cache warm.
    _serve.rehearse()
    _denied.install()
    _loader.install(packages)
    _denied.install_finder()
    _log.install()
    gc.collect()
    gc.freeze()
    # A collection looks at every object of the image first, some ten milliseconds; most requests need none.
    gc.set_threshold(50_000, 20, 100)


if not _NATIVE:
    _build()
