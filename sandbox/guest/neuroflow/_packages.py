"""The packages that the version names: modules are asked for when they are imported, and compiled beforehand."""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import marshal
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType, ModuleType
from typing import Any

from neuroflow import _bridge, _tree

_tops: frozenset[str] = frozenset()
#: Modules that exist before any package: no package takes the place of one.
_taken: frozenset[str] = frozenset()
#: What the image itself carries, {name: version}: read while it is built, for later there are no files of it.
_carried = {found.name: found.version for found in importlib.metadata.distributions() if found.name}


class Reader:
    """What `importlib.resources` asks for the files beside a module."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def files(self) -> pathlib.Path:
        return pathlib.Path(self._folder)


class _Loader(importlib.abc.InspectLoader):
    """Executes modules of packages."""

    def get_code(self, fullname: str) -> CodeType | None:
        found = _ask(fullname)
        if found is None:
            raise ImportError(f"no module {fullname!r}", name=fullname)
        return _code(*found)

    def get_source(self, fullname: str) -> str | None:
        found = _ask(fullname)
        source = None if found is None or found[0] == "namespace" else _bridge.fetch(f"read {found[1]}")
        return None if source is None else importlib.util.decode_source(source)

    def is_package(self, fullname: str) -> bool:
        found = _ask(fullname)
        return found is not None and found[0] in ("package", "namespace")

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        code = _code(*spec.loader_state) if spec.loader_state else self.get_code(module.__name__)
        spec.loader_state = None
        if code is not None:
            exec(code, module.__dict__)

    def get_data(self, path: str) -> bytes:
        """For `pkgutil.get_data`."""
        content = _tree.read(path)
        if content is None:
            raise FileNotFoundError(path)
        return content

    def get_resource_reader(self, fullname: str) -> Reader:
        return Reader(f"{_tree.SITE}/{fullname.replace('.', '/')}")


_loader = _Loader()


def _ask(fullname: str) -> tuple[str, str, bytes] | None:
    """What a module is (package, module, namespace, fault), its path in the packages, and its code."""
    if fullname.partition(".")[0] not in _tops:
        return None
    answer = _bridge.fetch(f"module {fullname}")
    if answer is None:
        return None
    kind, path, rest = answer.split(b"\n", 2)
    return kind.decode(), path.decode(), rest


def _code(kind: str, path: str, rest: bytes) -> CodeType | None:
    if kind == "namespace":
        return None
    if kind == "fault":
        line, _, reason = rest.decode().partition("\n")
        raise SyntaxError(reason, (f"{_tree.SITE}/{path}", int(line) or None, None, None))
    code: CodeType = marshal.loads(rest)
    return code


class Finder(importlib.abc.MetaPathFinder):
    """Finds modules in packages, and what packages say of themselves."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _tops:
            return None
        found = _ask(fullname)
        if found is None:
            return None
        kind, file, _ = found
        folder = file.removesuffix("/__init__.py")
        spec = importlib.machinery.ModuleSpec(
            fullname,
            _loader,
            origin=None if kind == "namespace" else f"{_tree.SITE}/{file}",
            loader_state=found,
            is_package=folder != file or kind == "namespace",
        )
        spec.has_location = kind != "namespace"
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(f"{_tree.SITE}/{folder}")
        return spec

    def find_distributions(self, context: Any = None) -> Iterator[importlib.metadata.Distribution]:
        """For `importlib.metadata`: the version's packages, and those that the image carries."""
        wanted = getattr(context, "name", None)
        folders = [n for n in _tree.names(_tree.SITE) or () if n.endswith(".dist-info")] if _tops else []
        for name in folders:
            if wanted is None or _plain(name.partition("-")[0]) == _plain(wanted):
                yield _Distribution(f"{_tree.SITE}/{name}")
        for name, version in _carried.items():
            if wanted is None or _plain(name) == _plain(wanted):
                yield _Carried(name, version)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class _Distribution(importlib.metadata.Distribution):
    """One package of the version."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read_text(self, filename: Any) -> str | None:
        content = _tree.read(f"{self._folder}/{filename}")
        return None if content is None else content.decode()

    def locate_file(self, path: Any) -> Any:
        return pathlib.Path(_tree.SITE) / path


class _Carried(importlib.metadata.Distribution):
    """One package of the image, of which nothing but name and version is kept."""

    def __init__(self, name: str, version: str) -> None:
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"

    def read_text(self, filename: Any) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        return pathlib.Path(_tree.SITE) / path


class _Folder:
    """What `pkgutil` asks for the modules in a folder of the tree."""

    def __init__(self, path: str) -> None:
        if _tree.names(path) is None:
            raise ImportError(f"{path} is no folder", path=path)
        self._path = path

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        for name in _tree.names(self._path) or ():
            if name.endswith(".py") and name != "__init__.py" and name[:-3].isidentifier():
                yield prefix + name[:-3], False
            elif name.isidentifier() and "__init__.py" in (_tree.names(f"{self._path}/{name}") or ()):
                yield prefix + name, True

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.find_spec(fullname)


def install(taken: Iterable[str]) -> None:
    """Remember, while the image is built, what is there already."""
    global _taken
    _taken = frozenset(taken) | sys.stdlib_module_names
    sys.path_hooks.append(_Folder)


def use(tops: Iterable[str]) -> None:
    """The version's packages have these modules at their top."""
    global _tops
    _tops = frozenset(tops) - _taken
    _tree.has_packages = True


def names() -> list[str]:
    """What can be imported from packages."""
    return sorted(_tops)
