"""A version's files: what is checked before they reach a sandbox, and their checksum."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import SourceError

MAX_SOURCE_BYTES = 1_000_000
MAX_FILES = 500
_MAX_PATH = 200


@dataclass(frozen=True)
class Wheel:
    """A package that a version names: one wheel, as it was downloaded. `sha256` in hex, over the content.

    The content, or what gives it: a machine that has made the wheel ready before never asks for it.
    """

    filename: str
    sha256: str
    held: bytes | Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def content(self) -> bytes:
        return self.held if isinstance(self.held, bytes) else self.held()


@dataclass(frozen=True)
class Source:
    """What one version runs: its own files and the packages it names. Equal ids stand for equal contents."""

    files: Mapping[str, str]
    wheels: tuple[Wheel, ...] = ()
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", source_id(checksum(self.files), [wheel.sha256 for wheel in self.wheels]))

    @classmethod
    def of(cls, source: "Source | Mapping[str, str]") -> "Source":
        """Files without packages may stand for a source."""
        return source if isinstance(source, Source) else cls(source)


def source_id(files: str, wheels: list[str]) -> str:
    """The id of a source by the checksum of its files and those of its wheels."""
    if not wheels:
        return files
    return hashlib.sha256("\0".join([files, *sorted(wheels)]).encode()).hexdigest()


def checksum(files: Mapping[str, str]) -> str:
    """SHA-256, in hex, over paths and contents; the order of the files does not matter."""
    digest = hashlib.sha256()
    for path in sorted(files):
        for part in (path.encode("utf-8", "surrogatepass"), files[path].encode("utf-8", "surrogatepass")):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def check_source(files: Mapping[str, Any]) -> None:
    """Check paths, sizes and that everything is text. Raises SourceError naming the file.

    Whether it parses is left to the sandbox, whose Python is the one that runs it.
    """
    if not files:
        raise SourceError(None, None, "there are no files; upload at least agent.py")
    if len(files) > MAX_FILES:
        raise SourceError(None, None, f"{len(files)} files; at most {MAX_FILES} are allowed")
    total = 0
    for path, text in files.items():
        _check_path(path)
        total += _check_text(path, text)
    if total > MAX_SOURCE_BYTES:
        allowed = f"at most {MAX_SOURCE_BYTES:,} are allowed"
        raise SourceError(None, None, f"the files have {total:,} bytes together; {allowed}")
    if "agent.py" not in files:
        raise SourceError(None, None, f"there is no agent.py among the files ({', '.join(sorted(files)[:5])})")


def _check_path(path: Any) -> None:
    if not isinstance(path, str) or not path:
        raise SourceError(None, None, "a file has no name")
    shown = path[:80]
    if len(path) > _MAX_PATH:
        raise SourceError(shown, None, f"the path has {len(path)} characters; at most {_MAX_PATH} are allowed")
    if any(not c.isprintable() for c in path):
        raise SourceError(repr(shown), None, "the path has characters that cannot be shown")
    if "\\" in path or ":" in path:
        raise SourceError(shown, None, "write the path with forward slashes and without a drive")
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise SourceError(shown, None, "the path must be relative, inside the agent's folder")


def _check_text(path: str, text: Any) -> int:
    if not isinstance(text, str):
        raise SourceError(path, None, "the content is not text; binary data can be base64 in a text or JSON file")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SourceError(path, line, "the file is not text: it has a NUL character")
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        line = text[: error.start].count("\n") + 1
        raise SourceError(path, line, "the file is not text: it cannot be written as UTF-8") from None
