"""Between uploads and the sandbox: opens the one runtime of this process and reads what code says of itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from django.conf import settings

import sandbox

from .errors import BadSource
from .models import Version, Wheel

# Of each step of an upload: manifest, health check and tests together stay under the ten seconds that it may take.
LIMITS = sandbox.Limits(wall_ms=3_000)
_runtime: sandbox.Runtime | None = None
_lock = threading.Lock()


def runtime() -> sandbox.Runtime:
    """This process's sandbox runtime, opened on first use (5 ms with the image cached).

    Raises `sandbox.ImageMissing` with the command that builds the image.
    """
    global _runtime
    if _runtime is None:
        with _lock:
            if _runtime is None:
                _runtime = sandbox.Runtime.open(settings.NEUROFLOW["IMAGE_DIR"])
    return _runtime


def of(version: Version) -> sandbox.Source:
    """What a version runs: its files, and the wheels that its lock names, read only where they are needed."""
    hashes = [package["sha256"] for package in version.packages]
    wheels = tuple(
        sandbox.Wheel(package["filename"], package["sha256"], partial(_content, package["sha256"]))
        for package in version.packages
    )
    return sandbox.Source(version.files, wheels, sandbox.source_id(version.checksum, hashes))


def _content(sha256: str) -> bytes:
    return bytes(Wheel.objects.values_list("content", flat=True).get(pk=sha256))


def read_manifest(source: sandbox.Source | Mapping[str, str], isolation: str = "wasm") -> dict:
    """Run the code in the sandbox and return its manifest. Raises `BadSource` with file, line and reason."""
    with refused():
        source = sandbox.Source.of(source)
        sandbox.check_source(source.files)
        return runtime().read_manifest(source, LIMITS, isolation=isolation)


@contextmanager
def refused() -> Iterator[None]:
    """What the sandbox finds wrong with a source is said as `BadSource`."""
    try:
        yield
    except sandbox.SourceError as error:
        where = ":".join(str(part) for part in (error.file, error.line) if part)
        raise BadSource(
            f"{where}: {error.reason}" if where else error.reason, file=error.file, line=error.line, reason=error.reason
        ) from error
    except sandbox.IsolationUnavailable as error:
        raise BadSource(str(error), file=None, line=None, reason=str(error)) from error
