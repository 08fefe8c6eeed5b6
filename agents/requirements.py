"""The packages that an upload names: resolved once, and recorded with the version for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.conf import settings

import sandbox
from sandbox import packages

from .models import Version

Lock = list[dict[str, Any]]
#: Values of NEUROFLOW_PACKAGE_INDEX that turn packages off.
OFF = ("", "none")


def checksum(files: Mapping[str, str], isolation: str) -> str:
    """Of the files; where they may name packages, also of the Python that those are resolved for.

    So the same files from before packages were resolved are another version.
    """
    target = packages.target(isolation)
    if packages.REQUIREMENTS not in files:
        return sandbox.checksum(files)
    return hashlib.sha256(f"{sandbox.checksum(files)} {target.name}".encode()).hexdigest()


def resolve(files: Mapping[str, str], isolation: str) -> tuple[Lock, tuple[sandbox.Wheel, ...]]:
    """What `requirements.txt` among the files comes to: the lock, and the wheels it names. Asks the index.

    Raises `sandbox.SourceError` with line and reason.
    """
    text = files.get(packages.REQUIREMENTS, "")
    if not packages.parse(text):
        return [], ()
    index = settings.NEUROFLOW["PACKAGE_INDEX"]
    if index is not None and index.strip().lower() in OFF:
        reason = "this installation takes no packages; an operator can name an index with NEUROFLOW_PACKAGE_INDEX"
        raise sandbox.SourceError(packages.REQUIREMENTS, None, reason)
    target = packages.target(isolation)
    found = packages.resolve(text, target, settings.NEUROFLOW["PACKAGE_CACHE"], index)
    wheels = tuple(sandbox.Wheel(package.filename, package.sha256, package.content) for package in found)
    return [packages.told(package, target) for package in found], wheels


def unfit(version: Version, isolation: str) -> str | None:
    """Why the version cannot run in that isolation, or None: its packages were resolved for one Python."""
    wanted = packages.target(isolation).name
    made_for = next((package["target"] for package in version.packages if package["target"] != wanted), None)
    if made_for is None:
        return None
    return (
        f"{version} has packages that were resolved for {made_for}, and the agent's isolation is {isolation}, which "
        f"runs {wanted}. Upload its files again: that resolves them anew."
    )
