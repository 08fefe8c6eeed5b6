"""The author's files as modules: compiled once, executed in every fresh sandbox."""

import base64
import importlib.abc
import importlib.machinery
import importlib.util
import marshal
import sys
import warnings
from collections.abc import Sequence
from types import CodeType, ModuleType
from typing import Any

from neuroflow import _packages, _tree, errors

#: Modules that exist before any author's file: the standard library and the packages that were built in.
built_in: frozenset[str] = frozenset()


class SourceFault(Exception):
    """A file that cannot be used: which, at what line, and why."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.fault = {"file": file, "line": line, "reason": reason}


def module_name(path: str) -> str:
    """`lib/units.py` is the module `lib.units`, `lib/__init__.py` the package `lib`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def compile_files(files: dict[str, str]) -> dict[str, str]:
    """Code of each Python file, marshalled and in base64. Raises SourceFault."""
    compiled = {}
    for path, text in files.items():
        if not path.endswith(".py"):
            continue
        top = module_name(path).partition(".")[0]
        if top in built_in:
            reason = f"the module name {top!r} is taken by Python or a built-in package; rename the file"
            raise SourceFault(path, None, reason)
        try:
            code = compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise SourceFault(path, error.lineno, f"{type(error).__name__}: {error.msg}") from None
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise SourceFault(path, None, str(error) or f"too deeply nested ({type(error).__name__})") from None
        compiled[path] = base64.b64encode(marshal.dumps(code)).decode()
    return compiled


def compile_package(files: dict[str, str]) -> dict[str, Any]:
    """Code of a package's modules, and why some have none: {"code": {path: code}, "faults": {path: [line, reason]}}.

    Sources and code are in base64. That a module does not compile is a fault only when it is imported.
    """
    code: dict[str, str] = {}
    faults: dict[str, list[Any]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path, text in files.items():
            try:
                compiled = compile(base64.b64decode(text), f"{_tree.SITE}/{path}", "exec", dont_inherit=True)
            except SyntaxError as error:
                faults[path] = [error.lineno, str(error.msg)]
            except (ValueError, RecursionError, MemoryError, OverflowError) as error:
                faults[path] = [None, str(error) or f"too deeply nested ({type(error).__name__})"]
            else:
                code[path] = base64.b64encode(marshal.dumps(compiled)).decode()
    return {"code": code, "faults": faults}


class _Author(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and executes the author's modules."""

    def __init__(self) -> None:
        self._code: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._packages: set[str] = set()

    def use(self, compiled: dict[str, str]) -> None:
        for path, code in compiled.items():
            name = module_name(path)
            self._code[name] = code
            self._paths[name] = path
            if path.endswith("/__init__.py"):
                self._packages.add(name)
            while "." in name:
                name = name.rpartition(".")[0]
                self._packages.add(name)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._code and fullname not in self._packages:
            return None
        file = self._paths.get(fullname)
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=file, is_package=fullname in self._packages)
        spec.has_location = file is not None
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(fullname.replace(".", "/"))
        return spec

    def get_code(self, fullname: str) -> CodeType | None:
        code = self._code.get(fullname)
        return None if code is None else marshal.loads(base64.b64decode(code))

    def get_source(self, fullname: str) -> str | None:
        path = self._paths.get(fullname)
        return None if path is None else errors.author_files[path]

    def is_package(self, fullname: str) -> bool:
        return fullname in self._packages

    def exec_module(self, module: ModuleType) -> None:
        code = self.get_code(module.__name__)
        if code is not None:
            exec(code, module.__dict__)

    def get_data(self, path: str) -> bytes:
        """For `pkgutil.get_data`."""
        content = _tree.read(path)
        if content is None:
            raise FileNotFoundError(path)
        return content

    def get_resource_reader(self, fullname: str) -> _packages.Reader:
        """For `importlib.resources`."""
        folder = fullname if fullname in self._packages else fullname.rpartition(".")[0]
        return _packages.Reader(folder.replace(".", "/") or ".")


class _Missing(importlib.abc.MetaPathFinder):
    """Asked last, so it says what can be imported instead."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = fullname.partition(".")[0]
        if top in built_in and top != fullname:
            return None
        if sys._getframe(2).f_code.co_name != "_find_and_load_unlocked":
            return None  # Nobody imports: importlib.util.find_spec asks whether it is there.
        if top in sys.stdlib_module_names:
            reason = "it needs what a sandbox does not have"
        else:
            own = "its own files, Python's standard library and what its requirements.txt names"
            reason = f"an agent can import {own}; built in are {', '.join(packages)}"
        raise ModuleNotFoundError(f"No module named {fullname!r}: {reason}", name=fullname)


author = _Author()
packages: list[str] = []


def install(package_names: list[str]) -> None:
    """Make the author's files, and the packages they name, the only things that are still imported from anywhere."""
    global built_in
    built_in = frozenset(name.partition(".")[0] for name in sys.modules)
    packages.extend(sorted(package_names))
    sys.path_hooks.clear()
    _packages.install(built_in)
    _tree.install()
    sys.path.clear()
    sys.path_importer_cache.clear()
    own: list[Any] = [importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, author]
    sys.meta_path[:] = [*own, _packages.Finder(), _Missing()]


def load(files: dict[str, str], compiled: dict[str, str], tops: list[str] | None = None) -> ModuleType:
    """Execute `agent.py`, and what it imports, and give its module. `tops` are the modules of its packages."""
    errors.author_files.update(files)
    author.use(compiled)
    if tops is not None:
        _packages.use(tops)
    # What importlib.import_module("agent") does, without its search through all finders.
    spec = author.find_spec("agent")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["agent"] = module
    author.exec_module(module)
    return module


def open_own(file: Any, mode: str = "r", encoding: str | None = None) -> Any:
    """One of the version's own files, or of its packages', for reading; None when there is none of that name."""
    return _tree.open_file(file, mode, encoding)
