"""Which JSON any database keeps: SQLite and PostgreSQL refuse different things, and a refusal there would be a 500."""

from __future__ import annotations

import math
import re
from typing import Any

MAX_DEPTH = 200  # what a sandbox may answer with, too
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def unstorable(value: Any) -> str:
    """What is wrong with a value parsed from JSON, as the rest of a sentence; "" when it can be kept."""
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, str) and _UNSTORABLE.search(item):
                return "holds a NUL character or half of a surrogate pair, which cannot be stored"
            if isinstance(item, float) and not math.isfinite(item):
                return "holds a number that is not finite, which cannot be stored"
            if isinstance(item, dict):
                inner += [*item, *item.values()]
            elif isinstance(item, list):
                inner += item
        if not inner:
            return ""
        level = inner
    return f"is nested more than {MAX_DEPTH} levels deep"
