"""Reads a wheel, and trusts nothing in it: sizes, paths and hashes are checked before anything is kept."""

import base64
import csv
import hashlib
import io
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

_NATIVE = re.compile(r"\.(so(\.[0-9.]+)?|pyd|dll|dylib|a|o)$", re.IGNORECASE)
_HASHES = ("sha256", "sha384", "sha512")
_MOST_PATH = 300


class BadWheel(Exception):
    """A wheel that is not taken; the text says why, without its name."""


@dataclass(frozen=True)
class Limit:
    """What all wheels of one version may have together, unpacked."""

    bytes: int = 20_000_000
    files: int = 2_000


class Budget:
    """What is left of a limit while wheels are read."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._bytes = self._files = 0

    def use(self, files: int, size: int) -> None:
        """Raises BadWheel when it is too much."""
        self._bytes += size
        self._files += files
        if self._bytes > self._limit.bytes:
            raise BadWheel(f"unpacked, the packages have more than {self._limit.bytes // 1_000_000} MB together")
        if self._files > self._limit.files:
            raise BadWheel(f"the packages have more than {self._limit.files:,} files together")


@dataclass(frozen=True)
class Read:
    """A wheel's name (canonical), version, and files where an installer would put them: {path: content}."""

    name: str
    version: str
    files: Mapping[str, bytes]


def is_pure(filename: str) -> bool:
    """Whether the file's name says that it fits any platform. Raises BadWheel for what is no wheel's name."""
    return all(tag.platform == "any" and tag.abi == "none" for tag in _parsed(filename)[3])


def read_wheel(filename: str, content: bytes, budget: Budget, *, pure: bool = True) -> Read:
    """Check a wheel wholly and give its files. `pure` refuses native code. Raises BadWheel."""
    name, version, _, _ = _parsed(filename)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = _unpacked(archive, budget)
    except BadWheel:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise BadWheel(f"the file is damaged ({error})") from None
    except Exception as error:  # a decompressor's own error type
        raise BadWheel(f"the file is damaged ({type(error).__name__})") from None
    info = _info_folder(files, str(name), str(version))
    _check_record(files, info)
    native = next((path for path in sorted(files) if _NATIVE.search(path)), None)
    if pure and native is not None:
        raise BadWheel(f"it calls itself pure Python, but has native code ({native})")
    return Read(canonicalize_name(str(name)), str(version), _installed(files))


def _parsed(filename: str):  # type: ignore[no-untyped-def]
    try:
        return parse_wheel_filename(filename)
    except (InvalidWheelFilename, InvalidVersion):
        raise BadWheel("its file's name is not that of a wheel") from None


def _unpacked(archive: zipfile.ZipFile, budget: Budget) -> dict[str, bytes]:
    entries = archive.infolist()
    # What an entry claims to have is also the most that is ever read of it.
    budget.use(sum(not entry.is_dir() for entry in entries), sum(entry.file_size for entry in entries))
    files: dict[str, bytes] = {}
    seen: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        path = entry.filename.rstrip("/")
        if path in seen:
            raise BadWheel(f"it has the file {path!r} twice")
        seen.add(path)
        if not entry.is_dir():
            files[path] = archive.read(entry)
    for path in files:
        if any(parent in files for parent in _parents(path)):
            raise BadWheel(f"it has a file where {path!r} needs a folder")
    return files


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _check_entry(entry: zipfile.ZipInfo) -> None:
    path = entry.orig_filename
    parts = path.removesuffix("/").split("/")
    shown = repr(path[:80])
    if len(path) > _MOST_PATH or not path.isprintable() or "\\" in path:
        raise BadWheel(f"it has a file with a name that is not taken, {shown}")
    if ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        raise BadWheel(f"it has a file outside of its folder, {shown}")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadWheel(f"it has a link or a device, {shown}")
    if entry.flag_bits & 0x1:
        raise BadWheel(f"it has an encrypted file, {shown}")


def _info_folder(files: Mapping[str, bytes], name: str, version: str) -> str:
    folders = {path.partition("/")[0] for path in files if "/" in path}
    found = [folder for folder in folders if folder.endswith(".dist-info")]
    if len(found) != 1 or any(f"{found[0]}/{part}" not in files for part in ("METADATA", "WHEEL", "RECORD")):
        raise BadWheel("it lacks its .dist-info folder with METADATA, WHEEL and RECORD")
    head = files[f"{found[0]}/METADATA"].decode("utf-8", "replace").partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(.+?)[ \t\r]*$", head, re.MULTILINE))
    try:
        same = canonicalize_name(fields["Name"]) == canonicalize_name(name)
        same = same and Version(fields["Version"]) == Version(version)
    except (KeyError, InvalidVersion):
        same = False
    if not same:
        raise BadWheel("its METADATA is of another package or version than its file's name")
    return found[0]


def _check_record(files: Mapping[str, bytes], info: str) -> None:
    record = f"{info}/RECORD"
    try:
        rows = [row for row in csv.reader(io.StringIO(files[record].decode())) if row]
    except (UnicodeDecodeError, csv.Error):
        raise BadWheel("its RECORD cannot be read") from None
    free = {record, f"{record}.jws", f"{record}.p7s"}
    recorded = {}
    for row in rows:
        if len(row) != 3:
            raise BadWheel("its RECORD cannot be read")
        recorded[row[0].replace("\\", "/")] = row[1]
    for path in files.keys() - free:
        if path not in recorded:
            raise BadWheel(f"its RECORD does not name {path!r}")
    for path, told in recorded.items():
        if path in free or path.endswith("/"):
            continue
        if path not in files:
            raise BadWheel(f"its RECORD names {path!r}, which is not there")
        algorithm, _, digest = told.partition("=")
        if algorithm not in _HASHES:
            raise BadWheel(f"its RECORD has no usable hash of {path!r}")
        computed = base64.urlsafe_b64encode(hashlib.new(algorithm, files[path]).digest()).rstrip(b"=").decode()
        if computed != digest.rstrip("="):
            raise BadWheel(f"{path!r} is not what its RECORD says")


def _installed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Where an installer would put the files; scripts, headers and bytecode have no place in a sandbox."""
    installed = {}
    for path, content in files.items():
        top, _, rest = path.partition("/")
        if top.endswith(".data"):
            scheme, _, inner = rest.partition("/")
            if scheme not in ("purelib", "platlib"):
                continue
            path = inner
        if path and not path.endswith((".pyc", ".pyo")):
            installed[path] = content
    return installed
