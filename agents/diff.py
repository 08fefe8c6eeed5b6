"""The difference of two versions: per file and of the manifest, as unified diffs."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from .models import Version

CONTEXT_LINES = 3


def between(old: Version | None, new: Version) -> dict[str, Any]:
    """`{"version", "against", "files": [{"path", "status", "unified"}], "manifest"}`; equal files are left out.

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
    return {"version": new.number, "against": against, "files": files, "manifest": manifest}


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _unified(left: str, right: str, name: str, old: int, new: int) -> str:
    lines = difflib.unified_diff(
        left.splitlines(), right.splitlines(), f"v{old}/{name}", f"v{new}/{name}", n=CONTEXT_LINES, lineterm=""
    )
    return "\n".join(lines)
