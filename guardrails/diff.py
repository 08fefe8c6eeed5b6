"""The difference of two policy documents as a unified diff."""

from __future__ import annotations

import difflib

from .models import PolicyVersion

CONTEXT_LINES = 3


def unified(old: PolicyVersion | None, new: PolicyVersion) -> str:
    """What changes from `old` (None: from nothing) to `new`; empty when nothing does."""
    before = old.text if old else ""
    name = f"{new.policy.slug}.yaml"
    lines = difflib.unified_diff(
        before.splitlines(),
        new.text.splitlines(),
        f"v{old.number if old else 0}/{name}",
        f"v{new.number}/{name}",
        n=CONTEXT_LINES,
        lineterm="",
    )
    return "\n".join(lines)
