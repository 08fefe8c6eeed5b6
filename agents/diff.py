"""The difference of two versions: per file and of the manifest, as unified diffs."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from .models import Version

CONTEXT_LINES = 3


def between(old: Version | None, new: Version) -> dict[str, Any]:
    """`{"version", "against", "files": [{"path", "status", "unified"}], "packages", "manifest"}`; equal files are left
    out, and so are equal packages: `[{"name", "before", "after"}]`, each a version or None.

    Without `old`, everything counts as added (the first version against nothing).
    """
    before: Mapping[str, str] = old.files if old else {}
    against = old.number if old else 0
    files = []
    for path in sorted({*before, *new.files}):
        left, right = before.get(path), new.files.get(path)
        if left == right:
            continue
        status = "added" if left is None else "removed" if right is None else "changed"
        files.append(
            {"path": path, "status": status, "unified": _unified(left or "", right or "", path, against, new.number)}
        )
    manifest = _unified(_pretty(old.manifest) if old else "", _pretty(new.manifest), "manifest", against, new.number)
    packages = _packages(old.packages if old else [], new.packages)
    return {"version": new.number, "against": against, "files": files, "packages": packages, "manifest": manifest}


def _packages(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, str | None]]:
    """Packages that came, went or have another version; another file of the same version counts too."""
    left, right = ({package["name"]: package for package in lock} for lock in (old, new))
    changed = []
    for name in sorted({*left, *right}):
        before, after = left.get(name, {}), right.get(name, {})
        if before.get("sha256") != after.get("sha256"):
            changed.append({"name": name, "before": before.get("version"), "after": after.get("version")})
    return changed


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _unified(left: str, right: str, name: str, old: int, new: int) -> str:
    lines = difflib.unified_diff(
        left.splitlines(), right.splitlines(), f"v{old}/{name}", f"v{new}/{name}", n=CONTEXT_LINES, lineterm=""
    )
    return "\n".join(lines)
