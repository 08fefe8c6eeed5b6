"""Runs a version's own tests: `test_*` functions and `Test*` classes in files named `test_*.py`."""

import importlib
import importlib.abc
import importlib.machinery
import inspect
import sys
import unittest
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, ModuleType
from typing import Any

from neuroflow import _asserts, _loader, _serve, errors

#: Where @parametrize keeps its cases: a list of (names, [values]).
CASES = "__neuroflow_cases__"

Case = tuple[str, Callable[[], Any]]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Loads test files, and the helpers beside them, with asserts that explain themselves."""

    def __init__(self, files: dict[str, str]) -> None:
        self._paths = {_loader.module_name(path): path for path in files if _belongs_to_tests(path)}
        self._files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        file = self._paths.get(fullname)
        if file is None:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=file, is_package=self.is_package(fullname))
        spec.has_location = True
        return spec

    def is_package(self, fullname: str) -> bool:
        return self._paths[fullname].endswith("/__init__.py")

    def get_source(self, fullname: str) -> str:
        return self._files[self._paths[fullname]]

    def get_code(self, fullname: str) -> CodeType:
        return _asserts.compile_test(self.get_source(fullname), self._paths[fullname])

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.update(_asserts.namespace())
        exec(self.get_code(module.__name__), module.__dict__)


def _is_test(path: str) -> bool:
    return path.rpartition("/")[2].startswith("test_") and path.endswith(".py")


def _belongs_to_tests(path: str) -> bool:
    return _is_test(path) or (path.startswith("tests/") and path.endswith(".py"))


def run(files: dict[str, str]) -> list[dict[str, Any]]:
    """Run every test, each outcome as {"name", "failure"}; a failure is None or what `errors.describe` gives."""
    sys.meta_path.insert(0, _Finder(files))
    outcomes: list[dict[str, Any]] = []
    for path in sorted(path for path in files if _is_test(path)):
        try:
            module = importlib.import_module(_loader.module_name(path))
            cases = list(_cases(module))
        except Exception as error:
            outcomes.append({"name": path, "failure": errors.describe(error)})
            continue
        outcomes += [_outcome(f"{path}::{name}", call) for name, call in cases]
    return outcomes


def _outcome(name: str, call: Callable[[], Any]) -> dict[str, Any]:
    try:
        _serve.invoke(call)
    except unittest.SkipTest as skipped:
        return {"name": f"{name} (skipped: {skipped})", "failure": None}
    except Exception as error:
        return {"name": name, "failure": errors.describe(error)}
    return {"name": name, "failure": None}


def _cases(module: ModuleType) -> Iterator[Case]:
    for name, thing in list(vars(module).items()):
        own = getattr(thing, "__module__", None) == module.__name__
        if isinstance(thing, type):
            if own and issubclass(thing, unittest.TestCase):
                for method in unittest.defaultTestLoader.getTestCaseNames(thing):
                    yield f"{name}::{method}", thing(method).debug
            elif own and name.startswith("Test"):
                for method in [key for key in dir(thing) if key.startswith("test")]:
                    yield from _of_method(thing, name, method)
        elif name.startswith("test") and callable(thing):
            yield from _parametrized(name, thing)


def _of_method(cls: type, name: str, method: str) -> Iterator[Case]:
    """Each test gets an instance of its own, with `setup_method` called where there is one."""

    def on_instance(*args: Any, **named: Any) -> Any:
        instance = cls()
        if callable(setup := getattr(instance, "setup_method", None)):
            setup()
        return getattr(instance, method)(*args, **named)

    function = inspect.unwrap(getattr(cls, method))
    on_instance.__wrapped__ = function  # type: ignore[attr-defined]
    own = [*inspect.signature(function).parameters][1:]
    for label, call in _parametrized(f"{name}::{method}", on_instance, getattr(cls, method), own):
        yield label, call


def _parametrized(
    name: str, function: Callable[..., Any], marked: Any = None, parameters: list[str] | None = None
) -> Iterator[Case]:
    if parameters is None:
        found = inspect.signature(function).parameters.values()
        parameters = [p.name for p in found if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    given: list[tuple[list[str], dict[str, Any]]] = [([], {})]
    for names, rows in getattr(marked or function, CASES, ()):
        given = [
            ([*labels, label], {**values, **dict(zip(names, row, strict=True))})
            for labels, values in given
            for label, row in rows
        ]
    for labels, values in given:
        missing = [p for p in parameters if p not in values]
        shown = f"{name}[{'-'.join(labels)}]" if labels else name
        if missing:
            yield shown, lambda m=missing: _no_fixture(m)  # type: ignore[misc]
        else:
            yield shown, lambda v=values: function(**v)  # type: ignore[misc]


def _no_fixture(missing: list[str]) -> None:
    raise TypeError(
        f"nothing gives the parameter {', '.join(missing)}: tests here have no fixtures; "
        "call a helper function of your own, or give values with neuroflow.testing.parametrize"
    )
