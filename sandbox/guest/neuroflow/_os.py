"""The functions of `os` that work with files, put in place of WASI's: over the scratch directory and the own files."""

import builtins
import errno
import io
import os
import posixpath
import stat as stat_
import sys
import time
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from neuroflow import _files, _trace, _tree
from neuroflow.errors import CapabilityDenied, SandboxDenied

ADVICE = (
    "a sandbox has no files; open() reads the version's own files, results belong in the return value. For a scratch "
    f'directory at {_files.SCRATCH} ask for it with @agent(..., capabilities=["files"]) and let an operator grant it'
)
_GRANTED = f"a sandbox has no files but the version's own, for reading, and those under {_files.SCRATCH}"
_KEPT = ("posix", "_io", "nt")  # modules whose own functions are left as they are


_NOT_GRANTED = (
    f"files is not granted: {_files.SCRATCH} is a scratch directory for agents that ask for it with "
    '@agent(..., capabilities=["files"]) and that an operator grants it, on the agent\'s page of grants'
)


def refused(what: str, path: Any = None) -> SandboxDenied:
    """The error for a path that is out of reach."""
    named = _files.tree is None and isinstance(path, (str, bytes, os.PathLike))
    if named and (_files.absolute(path) + "/").startswith(_files.SCRATCH + "/"):
        return CapabilityDenied(f"{what}: {_NOT_GRANTED}")
    return SandboxDenied(f"{what}: {ADVICE if _files.tree is None else _GRANTED}")


def _missing(path: Any) -> FileNotFoundError:
    there = ", ".join(sorted(_trace.author_files)[:10])
    return FileNotFoundError(errno.ENOENT, f"the version has no such file (it has: {there})", path)


def open_(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """`open()`: the scratch directory for writing and reading, the version's own files for reading."""
    if isinstance(file, int):
        if file not in _files.descriptors:
            raise refused(f"open({file!r})")
        return _files.open_file(file, mode, buffering, encoding, errors, newline)
    path = _files.absolute(file)
    if _files.in_scratch(path):
        return _files.open_file(file, mode, buffering, encoding, errors, newline, opener)
    own = _tree.open_file(file, mode, encoding, errors, newline)
    if own is not None:
        getattr(own, "buffer", own).name = file
        return own
    if os.fspath(file)[:1] not in ("/", b"/") and not set(mode) - set("rbt"):
        raise _missing(file)
    raise refused(f"open({file!r})", file)


def open_fd(path: Any, flags: int, mode: int = 0o777, *, dir_fd: Any = None) -> int:
    absolute = _files.absolute(path)
    if not _files.in_scratch(absolute):
        raise refused(f"os.open({path!r})", path)
    return _files.open_raw(absolute, flags, path).fileno()


def _descriptor(fd: int) -> _files.Raw:
    if fd not in _files.descriptors:
        raise _files.error(errno.EBADF, fd)
    return _files.descriptors[fd]


def close(fd: int) -> None:
    _descriptor(fd).close()


def read(fd: int, length: int, /) -> bytes:
    return _descriptor(fd).read(length) or b""


def write(fd: int, data: Any, /) -> int:
    return _descriptor(fd).write(data)


def lseek(fd: int, position: int, whence: int = 0, /) -> int:
    return _descriptor(fd).seek(position, whence)


def ftruncate(fd: int, length: int, /) -> None:
    _descriptor(fd).truncate(length)


def fsync(fd: Any) -> None:
    """Memory is always in step with itself."""


def fstat(fd: int) -> os.stat_result:
    return _descriptor(fd).stat()


def stat(path: Any, *, dir_fd: Any = None, follow_symlinks: bool = True) -> os.stat_result:
    if isinstance(path, int):
        return fstat(path)
    absolute = _files.absolute(path)
    if _files.in_scratch(absolute):
        return _files.stat(absolute, path)
    found = _files.own(absolute)
    if found is None:
        if os.fspath(path)[:1] not in ("/", b"/"):
            raise _missing(path)
        raise refused(f"os.stat({path!r})")
    return _files.own_stat(found)


def lstat(path: Any, *, dir_fd: Any = None) -> os.stat_result:
    return stat(path)


def access(
    path: Any, mode: int, *, dir_fd: Any = None, effective_ids: bool = False, follow_symlinks: bool = True
) -> bool:
    try:
        stat(path)
    except OSError:
        return False
    return not mode & os.W_OK or _files.in_scratch(_files.absolute(path))


def listdir(path: Any = ".") -> list[str]:
    absolute = _files.absolute(path)
    if _files.in_scratch(absolute):
        names = _files.find(absolute, path).names
        if names is None:
            raise _files.error(errno.ENOTDIR, path)
        return list(names)
    found = _files.own(absolute)
    if isinstance(found, set):
        return sorted(found)
    raise refused(f"os.listdir({path!r})") if found is None else _files.error(errno.ENOTDIR, path)


class DirEntry:
    """One entry of `os.scandir`."""

    def __init__(self, folder: str, name: str) -> None:
        self.name = name
        self.path = posixpath.join(folder, name)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return stat(self.path)

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return stat_.S_ISDIR(self.stat().st_mode)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return stat_.S_ISREG(self.stat().st_mode)

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def inode(self) -> int:
        return self.stat().st_ino

    def __fspath__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"


class _Scan:
    """What `os.scandir` gives: an iterator that is a context manager."""

    def __init__(self, entries: list[DirEntry]) -> None:
        self._entries = iter(entries)

    def __iter__(self) -> Iterator[DirEntry]:
        return self

    def __next__(self) -> DirEntry:
        return next(self._entries)

    def __enter__(self) -> "_Scan":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())


def scandir(path: Any = ".") -> _Scan:
    folder = os.fspath(path)
    return _Scan([DirEntry(folder, name) for name in listdir(path)])


def _changed(path: Any, what: str) -> str:
    """The absolute path of something that is to be changed."""
    absolute = _files.absolute(path)
    if not _files.in_scratch(absolute):
        raise refused(f"os.{what}({path!r})", path)
    return absolute


def mkdir(path: Any, mode: int = 0o777, *, dir_fd: Any = None) -> None:
    absolute = _changed(path, "mkdir")
    if absolute == _files.SCRATCH:
        raise _files.error(errno.EEXIST, path)
    parent, name = _files.parent_of(absolute, path)
    if name in (parent.names or ()):
        raise _files.error(errno.EEXIST, path)
    assert _files.tree is not None
    _files.tree.add(parent, name, _files.Node({}))


def _remove(path: Any, what: str, directory: bool) -> None:
    absolute = _changed(path, what)
    node = _files.find(absolute, path)
    if directory and node.names is None:
        raise _files.error(errno.ENOTDIR, path)
    if not directory and node.names is not None:
        raise _files.error(errno.EISDIR, path)
    if node.names:
        raise _files.error(errno.ENOTEMPTY, path)
    parent, name = _files.parent_of(absolute, path)
    assert _files.tree is not None
    _files.tree.remove(parent, name)


def unlink(path: Any, *, dir_fd: Any = None) -> None:
    _remove(path, "unlink", directory=False)


def remove(path: Any, *, dir_fd: Any = None) -> None:
    _remove(path, "remove", directory=False)


def rmdir(path: Any, *, dir_fd: Any = None) -> None:
    _remove(path, "rmdir", directory=True)


def rename(src: Any, dst: Any, *, src_dir_fd: Any = None, dst_dir_fd: Any = None) -> None:
    source, target = _changed(src, "rename"), _changed(dst, "rename")
    node = _files.find(source, src)
    if target.startswith(source + "/"):
        raise _files.error(errno.EINVAL, src, dst)
    old, old_name = _files.parent_of(source, src)
    new, new_name = _files.parent_of(target, dst)
    assert _files.tree is not None and old.names is not None and new.names is not None
    there = new.names.get(new_name)
    if there is node:
        return
    if there is not None:
        if (there.names is None) != (node.names is None):
            raise _files.error(errno.EISDIR if there.names is not None else errno.ENOTDIR, src, dst)
        if there.names:
            raise _files.error(errno.ENOTEMPTY, src, dst)
        _files.tree.remove(new, new_name)
    del old.names[old_name]
    new.names[new_name] = node
    old.changed = new.changed = time.time()


def truncate(path: Any, length: int) -> None:
    absolute = _changed(path, "truncate")
    node = _files.find(absolute, path)
    if node.names is not None:
        raise _files.error(errno.EISDIR, path)
    assert _files.tree is not None
    _files.tree.grow(node, length)


def utime(path: Any, times: Any = None, *, ns: Any = None, dir_fd: Any = None, follow_symlinks: bool = True) -> None:
    node = _files.find(_changed(path, "utime"), path)
    node.changed = ns[1] / 1e9 if ns else times[1] if times else time.time()


def chmod(path: Any, mode: int, *, dir_fd: Any = None, follow_symlinks: bool = True) -> None:
    node = _files.find(_changed(path, "chmod"), path)
    node.mode = stat_.S_IFMT(node.mode) | stat_.S_IMODE(mode)


_REPLACED: dict[str, Callable[..., Any]] = {
    "open": open_fd,
    "close": close,
    "read": read,
    "write": write,
    "lseek": lseek,
    "ftruncate": ftruncate,
    "fsync": fsync,
    "fdatasync": fsync,
    "fstat": fstat,
    "stat": stat,
    "lstat": lstat,
    "access": access,
    "listdir": listdir,
    "scandir": scandir,
    "mkdir": mkdir,
    "unlink": unlink,
    "remove": remove,
    "rmdir": rmdir,
    "rename": rename,
    "replace": rename,
    "truncate": truncate,
    "utime": utime,
    "chmod": chmod,
}


def install() -> None:
    """Put them in place, also where other modules took the originals by reference."""
    import tempfile

    changed: dict[int, Any] = {id(builtins.open): open_}
    for name, function in _REPLACED.items():
        if (original := getattr(os, name, None)) is not None:
            changed[id(original)] = function
        setattr(os, name, function)
    builtins.open = io.open = open_
    for name, module in list(sys.modules.items()):
        if name not in _KEPT and not name.startswith("neuroflow"):
            _replace_in(module, changed)
    tempfile.tempdir = _files.SCRATCH


def _replace_in(module: ModuleType, changed: dict[int, Any]) -> None:
    """Names of the module, static methods of its classes, and defaults of its functions."""
    for name, value in list(vars(module).items()):
        if id(value) in changed:
            setattr(module, name, changed[id(value)])
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for key, member in list(vars(value).items()):
                if isinstance(member, staticmethod) and id(member.__func__) in changed:
                    setattr(value, key, staticmethod(changed[id(member.__func__)]))
                _replace_defaults(member, changed)
        _replace_defaults(value, changed)


def _replace_defaults(value: Any, changed: dict[int, Any]) -> None:
    if isinstance(value, FunctionType) and value.__defaults__:
        value.__defaults__ = tuple(changed.get(id(default), default) for default in value.__defaults__)
