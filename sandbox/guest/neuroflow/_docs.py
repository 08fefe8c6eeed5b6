"""What a docstring says: its summary, its whole description, and a line for each parameter."""

import inspect
import re
from typing import Any

_SECTION = re.compile(
    r"^(args|arguments|parameters|params|returns?|raises|yields?|examples?|notes?|attributes|warnings?|todo):$",
    re.IGNORECASE,
)
_PARAMETERS = ("args", "arguments", "parameters", "params")
_LINE = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")


def summary(thing: Any) -> str:
    """The first paragraph of a docstring on one line; "" where there is none."""
    text = inspect.getdoc(thing) if getattr(thing, "__doc__", None) else None
    return " ".join(text.split("\n\n")[0].split()) if text else ""


def description(thing: Any) -> str:
    """A docstring up to its first section (`Args:`, `Returns:`), each paragraph on a line."""
    text = inspect.getdoc(thing) if getattr(thing, "__doc__", None) else None
    lines: list[str] = []
    for line in (text or "").splitlines():
        if _SECTION.match(line):
            break
        lines.append(line)
    paragraphs = "\n".join(lines).strip().split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())


def parameters(thing: Any) -> dict[str, str]:
    """What the lines under `Args:` say of each parameter, by its name."""
    text = inspect.getdoc(thing) if getattr(thing, "__doc__", None) else None
    found: dict[str, str] = {}
    section, indent, current = "", 0, ""
    for line in (text or "").splitlines():
        if matched := _SECTION.match(line):
            section, indent, current = matched[1].lower(), 0, ""
            continue
        if section not in _PARAMETERS or not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        if depth == 0:
            section = ""
            continue
        indent = indent or depth
        named = _LINE.match(line.strip()) if depth <= indent else None
        if named:
            current = named[1]
            found[current] = named[2].strip()
        elif current:
            found[current] = f"{found[current]} {line.strip()}".strip()
    return found
