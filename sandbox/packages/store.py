"""Wheels made ready for sandboxes: every module compiled once, and kept in a file that all processes read."""

import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import SourceError
from sandbox.packages.compiling import Ask, Fault, compile_modules
from sandbox.packages.requirements import REQUIREMENTS
from sandbox.packages.wheel import BadWheel, Budget, Limit, read_wheel
from sandbox.source import Wheel

_MAGIC = b"neuroflow packages 1\n"
#: Files of images that are no longer used are removed after so long.
_KEPT_SECONDS = 14 * 86_400
# A little above what an upload may bring: what was taken then is taken for ever.
_LIMIT = Limit(bytes=25_000_000, files=2_500)


@dataclass(frozen=True)
class Ready:
    """One wheel made ready. The contents stay on disk and are read when they are asked for."""

    path: Path
    start: int
    code: Mapping[str, tuple[int, int]]  # {path of a module: (offset, size) of its code}
    files: Mapping[str, tuple[int, int]]  # {path: (offset, size)}, sources too
    faults: Mapping[str, Fault]  # {path of a module: (line, why it does not compile)}

    def read(self, where: tuple[int, int]) -> bytes:
        """The bytes at an offset. Raises OSError when the file is gone."""
        offset, size = where
        file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(file, size, self.start + offset)
        finally:
            os.close(file)


class Store:
    """A directory of wheels made ready for one image. Safe for use by many threads and many processes."""

    def __init__(self, directory: Path, ask: Ask) -> None:
        """`ask` compiles: see `compiling`."""
        self._directory = directory
        self._ask = ask
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def open(self, wheel: Wheel) -> Ready:
        """The wheel made ready: at once when it was before, else in up to some seconds. Raises SourceError."""
        path = self._directory / wheel.sha256
        ready = _opened(path)
        if ready is not None:
            return ready
        with self._lock:
            lock = self._locks.setdefault(wheel.sha256, threading.Lock())
        with lock:
            ready = _opened(path)
            if ready is None:
                self._make(wheel, path)
                ready = _opened(path)
            assert ready is not None, f"{path} was written and cannot be read"
        return ready

    def _make(self, wheel: Wheel, path: Path) -> None:
        content = wheel.content
        if hashlib.sha256(content).hexdigest() != wheel.sha256:
            said = f"{wheel.filename} is not the package that was recorded: its checksum differs"
            raise SourceError(REQUIREMENTS, None, said)
        try:
            read = read_wheel(wheel.filename, content, Budget(_LIMIT))
        except BadWheel as error:
            raise SourceError(REQUIREMENTS, None, f"{wheel.filename} cannot be used here: {error}") from None
        modules = {path: content for path, content in read.files.items() if path.endswith(".py")}
        code, faults = compile_modules(modules, self._ask)
        parts: list[bytes] = []
        at = 0

        def placed(contents: Mapping[str, bytes]) -> dict[str, tuple[int, int]]:
            nonlocal at
            places = {}
            for name, content in contents.items():
                places[name] = (at, len(content))
                parts.append(content)
                at += len(content)
            return places

        head = {"code": placed(code), "files": placed(read.files), "faults": dict(faults)}
        text = json.dumps(head).encode()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._tidy()
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".making-", delete=False) as file:
            try:
                file.write(_MAGIC + b"%d %d\n" % (len(text), at) + text + b"".join(parts))
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise

    def _tidy(self) -> None:
        """Remove what belongs to images that nobody has used for long."""
        for other in self._directory.parent.iterdir():
            if other != self._directory and time.time() - other.stat().st_mtime > _KEPT_SECONDS:
                for path in other.iterdir():
                    path.unlink(missing_ok=True)


def _opened(path: Path) -> Ready | None:
    """What the file holds; None when there is none, or none that is whole."""
    try:
        with path.open("rb") as file:
            if file.readline(100) != _MAGIC:
                return None
            sizes = [int(part) for part in file.readline(100).split()]
            text = file.read(sizes[0])
            start = file.tell()
            if file.seek(0, os.SEEK_END) != start + sizes[1]:
                return None
            head: dict[str, Any] = json.loads(text)
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return Ready(path, start, *({name: tuple(v) for name, v in head[k].items()} for k in ("code", "files", "faults")))
