"""The packages that an agent's `requirements.txt` names, for a run on this machine.

They are found as at an upload, and kept, so that the index is asked once for each state of the file.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import sandbox
from sandbox import packages

from .problem import FAILED, REFUSED, Problem
from .terminal import Terminal

_OFF = ("", "none")


def with_packages(files: dict[str, str], isolation: str, terminal: Terminal) -> sandbox.Source:
    """The files as a source, with the wheels that they name. Takes seconds the first time.

    Raises Problem where a package cannot be had, with the reason.
    """
    text = files.get(packages.REQUIREMENTS, "")
    try:
        if not packages.parse(text):
            return sandbox.Source(files)
        target = packages.target(isolation)
        kept = _folder() / "kept" / hashlib.sha256(f"{target.name}\n{text}".encode()).hexdigest()
        wheels = _read(kept)
        if wheels is None:
            terminal.say(terminal.paint(f"{packages.REQUIREMENTS}: looking for its packages …", "dim"))
            wheels = _resolve(text, target)
            _keep(kept, wheels)
    except sandbox.SourceError as error:
        raise Problem(f"The files cannot become a version: {error}.", FAILED) from None
    except OSError as error:
        raise Problem(f"The packages cannot be kept under {_folder()}: {error.strerror}.", REFUSED) from None
    return sandbox.Source(files, wheels)


def _folder() -> Path:
    from django.conf import settings

    folder: Path = settings.NEUROFLOW["PACKAGE_CACHE"]
    return folder


def _resolve(text: str, target: packages.Target) -> tuple[sandbox.Wheel, ...]:
    from django.conf import settings

    index = settings.NEUROFLOW["PACKAGE_INDEX"]
    if index is not None and index.strip().lower() in _OFF:
        reason = "this installation takes no packages; NEUROFLOW_PACKAGE_INDEX names an index"
        raise sandbox.SourceError(packages.REQUIREMENTS, None, reason)
    found = packages.resolve(text, target, _folder(), index)
    return tuple(sandbox.Wheel(package.filename, package.sha256, package.content) for package in found)


def _read(kept: Path) -> tuple[sandbox.Wheel, ...] | None:
    """What was kept, unless a part of it is gone or damaged."""
    try:
        listed = json.loads((kept / "lock.json").read_text())
        wheels = tuple(sandbox.Wheel(name, digest, (kept / name).read_bytes()) for name, digest in listed)
    except (OSError, ValueError):
        return None
    good = all(hashlib.sha256(wheel.content).hexdigest() == wheel.sha256 for wheel in wheels)
    return wheels if good else None


def _keep(kept: Path, wheels: tuple[sandbox.Wheel, ...]) -> None:
    """The list is written last: without it nothing counts as kept."""
    kept.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        (kept / wheel.filename).write_bytes(wheel.content)
    (kept / "lock.json").write_text(json.dumps([[wheel.filename, wheel.sha256] for wheel in wheels]))
