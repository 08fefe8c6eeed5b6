"""Reads `requirements.txt`: exact versions only, so that everybody can see what a version of an agent is made of."""

import re
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from sandbox.errors import SourceError

#: The file among an agent's files that names its packages.
REQUIREMENTS = "requirements.txt"
MOST_REQUIREMENTS = 50

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_LINE = re.compile(rf"(?P<name>{_NAME})\s*(?:\[(?P<extras>[^\]]*)\])?\s*==\s*(?P<version>[A-Za-z0-9.!+_-]+)")
_HOW = "write it as name==version, such as python-slugify==8.0.4"


@dataclass(frozen=True)
class Requirement:
    """One line: a package, the extras asked for, and the one version. `name` is in its canonical form."""

    line: int
    name: str
    extras: tuple[str, ...]
    version: str

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}=={self.version}"


def parse(text: str) -> list[Requirement]:
    """The requirements in that text, in its order. Raises SourceError with the line and how to write it instead."""
    found: dict[str, Requirement] = {}
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        if not line:
            continue
        requirement = _requirement(number, line)
        earlier = found.get(requirement.name)
        if earlier is not None:
            raise _fault(number, f"{requirement.name} is named in line {earlier.line} already; keep one of the two")
        found[requirement.name] = requirement
    if len(found) > MOST_REQUIREMENTS:
        raise SourceError(REQUIREMENTS, None, f"{len(found)} packages; at most {MOST_REQUIREMENTS} are allowed")
    return list(found.values())


def _requirement(number: int, line: str) -> Requirement:
    matched = _LINE.fullmatch(line)
    if matched is None:
        raise _fault(number, _why_not(line))
    extras = [extra.strip() for extra in (matched["extras"] or "").split(",") if extra.strip()]
    for extra in extras:
        if not re.fullmatch(_NAME, extra):
            raise _fault(number, f"{extra[:50]!r} is no name of an extra; write it as name[extra]==version")
    try:
        version = Version(matched["version"])
    except InvalidVersion:
        raise _fault(number, f"{matched['version'][:50]!r} is no version; {_HOW}") from None
    return Requirement(number, canonicalize_name(matched["name"]), tuple(sorted(extras)), str(version))


def _why_not(line: str) -> str:
    """What a line asks for that is not taken, and how to write it."""
    shown = line if len(line) <= 80 else line[:80] + "…"
    name = re.match(_NAME, line)
    if "--hash" in line:
        return "leave --hash out: the hash of each package is recorded with the version anyway"
    if line.startswith("-"):
        return f"options are not taken here ({shown}); an operator sets the index, and every package has its own line"
    if "://" in line or " @ " in line or line.startswith((".", "/")):
        return f"addresses and paths are not taken ({shown}); name a package of the index: {_HOW}"
    if ";" in line:
        return f"conditions after a semicolon are not taken ({shown}); the sandbox has one Python: {_HOW}"
    if line.endswith("\\"):
        return f"write each package in one line, without a backslash at its end; {_HOW}"
    if "===" in line or "*" in line:
        return f"{shown!r} names no one version; {_HOW}"
    if name is not None and name.end() == len(line):
        return f"{line} has no version; {_HOW}, so that the agent stays what it was when it was tested"
    if re.search(r"[<>~!,]", line):
        return f"{shown!r} is a range; {_HOW}, so that the agent stays what it was when it was tested"
    return f"{shown!r} is not understood; {_HOW}"


def _fault(line: int, reason: str) -> SourceError:
    return SourceError(REQUIREMENTS, line, reason)
