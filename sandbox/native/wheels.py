"""Packages of a version, unpacked once for all sandboxes that use them."""

import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from sandbox.errors import SourceError
from sandbox.limits import MIB
from sandbox.source import Wheel

MOST_BYTES = 1024 * MIB
MOST_FILES = 20_000
#: No honest package is packed more tightly: this much of what is unpacked is free, beyond it counts how it shrank.
_FREE_BYTES = 64 * MIB
_MOST_SHRUNK = 100
_SUPPORTED = frozenset(sys_tags())


def unpacked(wheel: Wheel, cache: Path) -> str:
    """The name, in the cache, of the directory with the package's modules; it is unpacked when it is new.

    Raises SourceError, naming the wheel, for one that is made for another machine, is not what its checksum says, or
    would put files elsewhere.
    """
    target = cache / wheel.sha256
    if target.is_dir():
        return wheel.sha256
    content = wheel.content
    if hashlib.sha256(content).hexdigest() != wheel.sha256:
        raise SourceError(wheel.filename, None, "the package is not the one that was named: its checksum differs")
    _check_tags(wheel.filename)
    scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=cache))
    try:
        _unpack(wheel.filename, content, scratch)
        scratch.chmod(0o755)
        try:
            os.replace(scratch, target)
        except OSError:
            # Another thread or process was quicker; what it made is the same.
            if not target.is_dir():
                raise
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise SourceError(wheel.filename, None, f"the package cannot be unpacked: {error}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return wheel.sha256


def _check_tags(filename: str) -> None:
    try:
        _, _, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise SourceError(filename, None, f"the package's name is not a wheel's: {error}") from None
    if not tags & _SUPPORTED:
        raise SourceError(filename, None, "the package is made for another machine or another Python than this one")


def _unpack(filename: str, content: bytes, into: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_FILES:
            raise SourceError(filename, None, f"the package has {len(entries):,} files; {MOST_FILES:,} are allowed")
        allowed = min(MOST_BYTES, _FREE_BYTES + len(content) * _MOST_SHRUNK)
        left = allowed
        for entry in entries:
            parts = _place(filename, entry)
            if parts:
                left -= _write(archive, entry, into.joinpath(*parts), left)
                if left < 0:
                    raise SourceError(filename, None, f"the package unpacks to more than {allowed:,} bytes")


def _place(filename: str, entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """Where a file goes, as parts of a path inside; nothing for directories and for what is no module."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise SourceError(filename, None, f"the package holds {entry.filename[:80]!r}, which is no plain file")
    name = entry.filename
    parts = tuple(name.rstrip("/").split("/"))
    if name.startswith("/") or "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise SourceError(filename, None, f"the package would put a file at {name[:80]!r}, outside of its directory")
    if entry.is_dir():
        return ()
    if parts[0].endswith(".data") and len(parts) > 1:
        return parts[2:] if parts[1] in ("purelib", "platlib") else ()
    return parts


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, most: int) -> int:
    """Gives how many bytes it has; stops soon after there are more than `most`, whatever the archive says of itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as packed, path.open("wb") as file:
        while size <= most and (piece := packed.read(1 << 20)):
            size += len(piece)
            file.write(piece)
    path.chmod(0o644)
    return size
