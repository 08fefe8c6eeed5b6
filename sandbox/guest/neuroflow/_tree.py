"""The version's own files, and those of its packages, as a disk that can only be read.

Own files are below "/", which is also where relative paths begin; packages are below "/site-packages".
"""

import builtins
import errno
import io
import os
import posixpath
import stat as modes
import tokenize
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from neuroflow import _bridge, errors

#: Where packages are.
SITE = "/site-packages"

#: Whether the version names packages at all.
has_packages = False

_own_folders: dict[str, set[str]] = {}
_walk = os.walk


def clean(path: Any) -> str | None:
    """The path from "/", or None for what is no path (a file's number)."""
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, (str, os.PathLike)):
        return None
    text = os.fspath(path)
    return posixpath.normpath("/" + (os.fsdecode(text) if isinstance(text, bytes) else text).lstrip("/"))


def _ask(word: str, path: str) -> bytes | None:
    """Ask about a path in the packages; None when it is none of theirs."""
    if not has_packages or not (path == SITE or path.startswith(SITE + "/")):
        return None
    return _bridge.fetch(f"{word} {path[len(SITE) + 1 :]}")


def read(path: Any) -> bytes | None:
    """The bytes of a file, or None when there is none."""
    place = clean(path)
    if place is None:
        return None
    own = errors.author_files.get(place[1:])
    return own.encode() if own is not None else _ask("read", place)


def _folders() -> dict[str, set[str]]:
    if not _own_folders:
        _own_folders["/"] = set()
        for name in errors.author_files:
            path = "/" + name
            while path != "/":
                folder, _, last = path.rpartition("/")
                _own_folders.setdefault(folder or "/", set()).add(last)
                path = folder or "/"
    return _own_folders


def names(path: Any) -> list[str] | None:
    """What a folder holds, or None when there is no such folder."""
    place = clean(path)
    if place is None:
        return None
    own = _folders().get(place)
    if own is not None:
        return sorted(own)
    found = _ask("list", place)
    return None if found is None else found.decode().split("\n")


def status(path: Any) -> os.stat_result | None:
    """What `os.stat` says of a file or folder, or None when there is none."""
    place = clean(path)
    if place is None:
        return None
    own = errors.author_files.get(place[1:])
    if own is not None:
        return _result(place, len(own.encode()))
    if place in _folders():
        return _result(place, None)
    found = _ask("stat", place)
    if found is None:
        return None
    kind, _, size = found.partition(b" ")
    return _result(place, int(size) if kind == b"file" else None)


def _result(place: str, size: int | None) -> os.stat_result:
    mode = modes.S_IFDIR | 0o555 if size is None else modes.S_IFREG | 0o444
    return os.stat_result((mode, zlib.crc32(place.encode()), 1, 1, 0, 0, size or 0, 0, 0, 0))


def _is_ours(path: Any) -> bool:
    """Whether nobody but this tree can have the path: what it has not, does not exist."""
    place = clean(path)
    return place is not None and has_packages and place.startswith(SITE + "/")


def _absent(path: Any) -> None:
    if _is_ours(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _no_folder(path: Any) -> None:
    if status(path) is not None:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    _absent(path)


def open_file(
    path: Any, mode: str = "r", encoding: str | None = None, errors: str | None = None, newline: str | None = None
) -> Any:
    """A file for reading; None when there is none of that name, or it is to be written."""
    if set(mode) - set("rbt"):
        return None
    content = read(path)
    if content is None:
        _absent(path)
        return None
    raw = _Bytes(content)
    raw.name = os.fspath(path)
    if "b" in mode:
        return raw
    text = _Text(raw, encoding or "utf-8", errors, newline)
    text.name, text.mode = raw.name, mode
    return text


class _Bytes(io.BytesIO):
    name: Any = ""
    mode = "rb"


class _Text(io.TextIOWrapper):
    name: Any = ""
    mode = "r"


class Entry:
    """What `os.scandir` gives of each name in a folder."""

    def __init__(self, folder: Any, name: str) -> None:
        self.name = name
        self.path = os.path.join(os.fspath(folder), name)

    def __fspath__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat(self.path)

    def inode(self) -> int:
        return self.stat().st_ino

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return modes.S_ISREG(self.stat().st_mode)

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return modes.S_ISDIR(self.stat().st_mode)

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False


class _Scan:
    """An iterator that `with` closes."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = iter(entries)

    def __iter__(self) -> Iterator[Entry]:
        return self._entries

    def __next__(self) -> Entry:
        return next(self._entries)

    def __enter__(self) -> "_Scan":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())


def install() -> None:
    """Let `os` find what is in the tree; everything else stays with whoever had it before."""
    before: dict[str, Callable[..., Any]] = {}
    for name in ("stat", "lstat", "listdir", "scandir", "access"):
        before[name] = getattr(os, name)

    def stat(path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
        found = status(path)
        if found is None:
            _absent(path)
            found = before["stat"](path)
        return found

    def lstat(path: Any, *, dir_fd: int | None = None) -> os.stat_result:
        found = status(path)
        if found is None:
            _absent(path)
            found = before["lstat"](path)
        return found

    def listdir(path: Any = ".") -> list[str]:
        found = names("." if path is None else path)
        if found is None:
            _no_folder(path)
            found = before["listdir"](path)
        return found

    def scandir(path: Any = ".") -> Any:
        path = "." if path is None else path
        found = names(path)
        if found is None:
            _no_folder(path)
            return before["scandir"](path)
        return _Scan([Entry(path, name) for name in found])

    def access(path: Any, mode: int, **more: Any) -> bool:
        if status(path) is not None:
            return not mode & os.W_OK
        return False if _is_ours(path) else before["access"](path, mode, **more)

    for function in (stat, lstat, listdir, scandir, access):
        setattr(os, function.__name__, function)
    os.walk = _walk  # It uses scandir.
    # For inspect and linecache; it took the original when it was imported.
    tokenize._builtin_open = builtins.open  # type: ignore[attr-defined]
