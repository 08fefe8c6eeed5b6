"""The scratch directory `/tmp`, in the sandbox's own memory, and the version's own files, for reading.

Everything in Python that works with files by path comes down to the few functions of `os` and `open` that are put in
place here. The scratch directory is there when the `files` capability was granted; it ends with the sandbox.
"""

import errno
import io
import os
import posixpath
import stat as stat_
import time
from typing import Any

from neuroflow import _trace

SCRATCH = "/tmp"
_MAX_BYTES, _MAX_FILES = 16 << 20, 1000
_BLOCK = 4096
_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR


class Node:
    """A file (with `data`) or a directory (with `names`) of the scratch directory."""

    _number = 1

    def __init__(self, names: "dict[str, Node] | None" = None) -> None:
        self.data = bytearray()
        self.names = names
        self.changed = time.time()
        self.opened = 0
        self.linked = True
        self.mode = (stat_.S_IFDIR | 0o700) if names is not None else (stat_.S_IFREG | 0o600)
        Node._number += 1
        self.number = Node._number


class Tree:
    """The scratch directory of one run, with its quota."""

    def __init__(self, max_bytes: int, max_files: int) -> None:
        self.max_bytes, self.max_files = max_bytes, max_files
        self.root = Node({})
        self.bytes = self.files = 0

    def grow(self, node: Node, size: int) -> None:
        """Make room for `size` bytes in a file, or cut it to that. Raises OSError when the quota is used up."""
        more = size - len(node.data)
        if more > 0 and self.bytes + more > self.max_bytes:
            raise self._full(f"{more:,} more bytes; it may hold {self.max_bytes:,} (max_bytes) and has {self.bytes:,}")
        self.bytes += more
        if more < 0:
            del node.data[size:]
        else:
            node.data.extend(bytes(more))
        node.changed = time.time()

    def add(self, parent: Node, name: str, node: Node) -> Node:
        """Put a new file or directory into its place."""
        if self.files >= self.max_files:
            raise self._full(f"it may hold {self.max_files:,} files and directories (max_files)")
        assert parent.names is not None
        parent.names[name] = node
        parent.changed = time.time()
        self.files += 1
        return node

    def remove(self, parent: Node, name: str) -> None:
        """Take a file or an empty directory away."""
        assert parent.names is not None
        node = parent.names.pop(name)
        node.linked = False
        self.files -= 1
        parent.changed = time.time()
        self.release(node)

    def release(self, node: Node) -> None:
        """Give back the bytes of a file that has no name any more and that nothing has open."""
        if not node.linked and not node.opened:
            self.bytes -= len(node.data)
            node.data = bytearray()

    @staticmethod
    def _full(why: str) -> OSError:
        text = f"the scratch directory {SCRATCH} is full: {why}; delete what is not needed, or ask an operator for more"
        return OSError(errno.ENOSPC, text)


class Raw(io.RawIOBase):
    """An open file of the scratch directory."""

    def __init__(self, tree: Tree, node: Node, name: Any, flags: int) -> None:
        self._tree, self._node, self._flags = tree, node, flags
        self._position = len(node.data) if flags & os.O_APPEND else 0
        self._fd: int | None = None
        node.opened += 1
        self.name = name
        self.mode = "rb+"

    def readable(self) -> bool:
        return self._flags & _ACCESS in (os.O_RDONLY, os.O_RDWR)

    def writable(self) -> bool:
        return self._flags & _ACCESS in (os.O_WRONLY, os.O_RDWR)

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._need(self.readable(), "reading")
        view = memoryview(buffer).cast("B")
        piece = self._node.data[self._position : self._position + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def write(self, data: Any) -> int:
        self._need(self.writable(), "writing")
        piece = memoryview(data).cast("B")
        start = len(self._node.data) if self._flags & os.O_APPEND else self._position
        end = start + len(piece)
        if end > len(self._node.data):
            self._tree.grow(self._node, end)
        self._node.data[start:end] = piece
        self._node.changed = time.time()
        self._position = end
        return len(piece)

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, len(self._node.data))[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "Invalid argument")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def truncate(self, size: int | None = None) -> int:
        self._need(self.writable(), "writing")
        size = self._position if size is None else size
        self._tree.grow(self._node, size)
        return size

    def fileno(self) -> int:
        if self._fd is None:
            self._fd = _new_fd(self)
        return self._fd

    def close(self) -> None:
        if not self.closed:
            if self._fd is not None:
                descriptors.pop(self._fd, None)
            self._node.opened -= 1
            self._tree.release(self._node)
        super().close()

    def stat(self) -> os.stat_result:
        return _stat_of(self._node)

    def _need(self, able: bool, what: str) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if not able:
            raise io.UnsupportedOperation(f"not open for {what}")


#: The scratch directory of the run; None where it was not granted.
tree: Tree | None = None
descriptors: dict[int, Raw] = {}


def begin(terms: Any) -> None:
    """Start a run: with an empty scratch directory when there are terms ({"max_bytes", "max_files"}), else without."""
    global tree
    if descriptors:
        descriptors.clear()
    if not isinstance(terms, dict):
        tree = None
        return
    tree = Tree(int(terms.get("max_bytes") or _MAX_BYTES), int(terms.get("max_files") or _MAX_FILES))


def _new_fd(raw: Raw) -> int:
    number = 1000
    while number in descriptors:
        number += 1
    descriptors[number] = raw
    return number


def absolute(path: Any) -> str:
    """A path as text from the root, with what is relative beginning at the version's own files."""
    text = os.fspath(path)
    text = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    return posixpath.normpath(posixpath.join("/", text)).replace("//", "/")


def in_scratch(path: str) -> bool:
    """Whether an absolute path is the scratch directory, or in it, and that is there."""
    return tree is not None and (path == SCRATCH or path.startswith(SCRATCH + "/"))


def own(path: str) -> str | set[str] | None:
    """What an absolute path is among the version's own files: a file's text, a directory's names, or None."""
    inner = path.lstrip("/")
    text = _trace.author_files.get(inner)
    if text is not None:
        return text
    prefix = inner + "/" if inner else ""
    names = {p[len(prefix) :].partition("/")[0] for p in _trace.author_files if p.startswith(prefix)}
    return names or None


def error(number: int, path: Any, other: Any = None) -> OSError:
    """The error that the system would give."""
    return OSError(number, os.strerror(number), path, None, other)


def find(path: str, shown: Any) -> Node:
    """What is there in the scratch directory. Raises FileNotFoundError, NotADirectoryError."""
    assert tree is not None
    node = tree.root
    for part in path[len(SCRATCH) :].split("/"):
        if not part:
            continue
        if node.names is None:
            raise error(errno.ENOTDIR, shown)
        if part not in node.names:
            raise error(errno.ENOENT, shown)
        node = node.names[part]
    return node


def parent_of(path: str, shown: Any) -> tuple[Node, str]:
    """The directory of a path, and the name in it."""
    if path == SCRATCH:
        raise error(errno.EBUSY, shown)
    node = find(posixpath.dirname(path), shown)
    if node.names is None:
        raise error(errno.ENOTDIR, shown)
    return node, posixpath.basename(path)


def open_raw(path: str, flags: int, shown: Any) -> Raw:
    """Open a file of the scratch directory as `os.open` would."""
    assert tree is not None
    if path == SCRATCH:
        raise error(errno.EISDIR, shown)
    parent, name = parent_of(path, shown)
    assert parent.names is not None
    node = parent.names.get(name)
    if node is None:
        if not flags & os.O_CREAT:
            raise error(errno.ENOENT, shown)
        node = tree.add(parent, name, Node())
    elif flags & os.O_CREAT and flags & os.O_EXCL:
        raise error(errno.EEXIST, shown)
    if node.names is not None:
        raise error(errno.EISDIR, shown)
    if flags & os.O_TRUNC:
        tree.grow(node, 0)
    return Raw(tree, node, shown, flags)


_MODES = {"r": os.O_RDONLY, "w": os.O_CREAT | os.O_TRUNC, "a": os.O_CREAT | os.O_APPEND, "x": os.O_CREAT | os.O_EXCL}


def open_file(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    opener: Any = None,
) -> Any:
    """`open()` of a file in the scratch directory, by its path or the number of one that is open."""
    action = [letter for letter in mode if letter in "rwax"]
    if len(action) != 1 or set(mode) - set("rwaxbt+") or ("b" in mode and "t" in mode):
        raise ValueError(f"invalid mode: {mode!r}")
    flags = _MODES[action[0]] | (os.O_RDWR if "+" in mode else 0 if action[0] == "r" else os.O_WRONLY)
    if isinstance(file, int):
        raw = _of(file)
    elif opener is not None:
        raw = _of(opener(file, flags))
        raw.name = file
    else:
        raw = open_raw(absolute(file), flags, file)
    if buffering == 0:
        return raw
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    buffered: Any
    if "+" in mode:
        buffered = io.BufferedRandom(raw, size)
    else:
        buffered = io.BufferedReader(raw, size) if action[0] == "r" else io.BufferedWriter(raw, size)
    if "b" in mode:
        return buffered
    text = io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline, buffering == 1)
    text.mode = mode  # type: ignore[misc]
    return text


def _of(number: int) -> Raw:
    if number not in descriptors:
        raise error(errno.EBADF, number)
    return descriptors[number]


def _stat_of(node: Node) -> os.stat_result:
    size = len(node.data)
    times = (int(node.changed),) * 3
    return _result(node.mode, node.number, size, times, node.changed)


def own_stat(found: str | set[str]) -> os.stat_result:
    """What `os.stat` tells of one of the version's own files or directories."""
    mode = stat_.S_IFDIR | 0o500 if isinstance(found, set) else stat_.S_IFREG | 0o400
    size = 0 if isinstance(found, set) else len(found.encode())
    return _result(mode, 1, size, (0, 0, 0), 0.0)


def _result(mode: int, number: int, size: int, times: tuple[int, int, int], exact: float) -> os.stat_result:
    names = {"st_atime": exact, "st_mtime": exact, "st_ctime": exact, "st_blksize": _BLOCK}
    names |= {f"st_{kind}time_ns": int(exact * 1e9) for kind in "amc"}
    names["st_blocks"] = -(-size // 512)
    return os.stat_result((mode, number, 1, 1, 0, 0, size, *times), names)


def stat(path: str, shown: Any) -> os.stat_result:
    """What `os.stat` tells of a path in the scratch directory."""
    return _stat_of(find(path, shown))
