"""Why pip found no set of packages, as a sentence for the author. Read from what it said and from its log, which names
every file that it looked at."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from sandbox.packages.requirements import Requirement

_FILE = re.compile(
    r"([^\s/\"'<>?&]+\.(?:whl|tar\.gz|zip))(?:#sha256=([0-9a-f]{64}))?[^\s]*((?: \(from [^)]*\))?[^\n]*)"
)
_NEEDS_PYTHON = re.compile(r"requires-python:([^)]*)\)")
_NEWEST = 5


@dataclass(frozen=True)
class Output:
    """What pip wrote, and its log in full."""

    said: str
    log: str


@dataclass(frozen=True)
class _File:
    version: Version
    wheel: bool
    pure: bool
    python: str


def listed_hashes(log: str) -> dict[str, set[str]]:
    """The hashes that indexes gave of each file: {filename: {sha256}}."""
    found: dict[str, set[str]] = {}
    for name, sha256, _ in _FILE.findall(log):
        if sha256:
            found.setdefault(_unquoted(name), set()).add(sha256)
    return found


def unreachable(output: Output) -> str | None:
    """Why an index could not be asked, or None when all answered."""
    for failed in re.finditer(r"Could not fetch URL (\S+): (.+?) - skipping", output.log):
        if not re.match(r"404 ", failed[2]):
            return _cause(failed[2])
    broken = re.search(r"after connection broken by '(.+?)': /", output.log)
    return _cause(broken[1]) if broken else None


def _cause(text: str) -> str:
    """The last and plainest part of a nested error, without addresses that may hold a password."""
    text = re.sub(r"//[^/@\s]*@", "//", text)
    plain = re.findall(r"(\[Errno [^\]]+\] [^'\")]+|[Tt]imed out|[0-9]{3} (?:Client|Server) Error: [A-Za-z ]+)", text)
    return str(plain[-1] if plain else text.rpartition(": ")[2])[:200].strip()


def explain(
    output: Output, requirements: list[Requirement], python: str, pure: bool, built_in: Mapping[str, str]
) -> tuple[int | None, str]:
    """The line of requirements.txt that it is about, when it is one line's, and the reason."""
    lines = {requirement.name: requirement.line for requirement in requirements}
    if "DO NOT MATCH THE HASHES" in output.said:
        file = _FILE.search(output.said.rpartition("DO NOT MATCH THE HASHES")[2])
        shown = _unquoted(file[1]) if file else "a package"
        return None, f"{shown} is refused: its hash is not the one that the index gives"
    address = re.search(r"ERROR: (\S+) is named by an address", output.said)
    if address:
        return None, f"{address[1]} is needed by address instead of by version, which is not taken"
    if "The conflict is caused by:" in output.said:
        return _conflict(output.said, lines, built_in)
    missing = re.findall(
        r"Could not find a version that satisfies the requirement (.+?) \(from versions: ", output.said
    )
    if missing:
        return _missing(missing[-1], output, lines, python, pure)
    if "File too large" in output.said:
        return None, "a package is larger than all packages of a version may be"
    if "no process may be started here" in output.said:
        return None, "a package would have to be built, and only wheels are taken"
    cause = unreachable(output)
    if cause:
        return None, f"the index cannot be reached: {cause}"
    errors = re.findall(r"^ERROR: (.+)$", output.said, re.MULTILINE)
    return None, f"the packages could not be resolved: {errors[-1][:300] if errors else 'pip gave no reason'}"


def _conflict(said: str, lines: Mapping[str, int], built_in: Mapping[str, str]) -> tuple[int | None, str]:
    block = said.partition("The conflict is caused by:")[2].strip("\n").partition("\n\n")[0]
    needs, pins, line = [], [], None
    for cause in (row.strip() for row in block.splitlines()):
        needed = re.match(r"(\S+) (\S+) depends on (.+)", cause)
        asked = re.match(r"The user requested (\(constraint\) )?(.+)", cause)
        if needed:
            needs.append(f"{needed[1]} {needed[2]} needs {needed[3]}")
        elif asked:
            name = canonicalize_name(re.split(r"[\s=<>!~\[;(]", asked[2])[0])
            if asked[1] or name in built_in:
                pins.append(f"the sandbox carries {name} {built_in.get(name, '')} itself")
            else:
                pins.append(f"you pinned {asked[2].replace('==', ' ')}")
                line = lines.get(name)
    text = " and ".join(dict.fromkeys(needs)) or "the requirements contradict each other"
    return line, text + (f", but {' and '.join(dict.fromkeys(pins))}" if pins else ", which cannot both be had")


def _missing(wanted: str, output: Output, lines: Mapping[str, int], python: str, pure: bool) -> tuple[int | None, str]:
    """Nothing fits `wanted`, such as "numpy==2.1.0" or "six>=2 (from other)"."""
    spec, _, parent = wanted.partition(" (from ")
    name = canonicalize_name(re.split(r"[\s=<>!~\[;(]", spec)[0])
    line = lines.get(name)
    needed = f"{parent.rstrip(')').split(' (')[0]} needs {spec.strip()}: " if parent and line is None else ""
    files = _files_of(name, output.log)
    exact = re.search(r"===?\s*([^\s,;]+)", spec)
    cause = unreachable(output)
    version = _version(exact[1]) if exact else None
    of_version = [file for file in files if file.version == version] if version is not None else files
    if not of_version and cause:
        return line, f"{needed}the index cannot be reached: {cause}"
    if not files:
        return line, f"{needed}there is no package {name} in the index"
    if not of_version:
        return line, f"{needed}there is no version {version} of {name}; {_newest(files)}"
    shown = f"{name} {version}" if version is not None else name
    return line, needed + _unfit(shown, of_version, files, python, pure)


def _unfit(shown: str, of_version: list[_File], files: list[_File], python: str, pure: bool) -> str:
    """Why none of the files there are can be used."""
    if not any(file.wheel for file in of_version):
        usable = [file for file in files if file.wheel and (file.pure or not pure)]
        newest = f"; {_newest(usable, 'wheels')}" if usable else ""
        return f"{shown} comes only as source, which would have to be built, and only wheels are taken{newest}"
    if pure and not any(file.pure for file in of_version if file.wheel):
        usable = [file for file in files if file.pure]
        newest = f"; {_newest(usable, 'pure Python wheels')}" if usable else ""
        can = "an agent with isolation namespace can run it"
        return f"{shown} comes only with native code, which WebAssembly cannot load; {can}{newest}"
    pythons = sorted({file.python for file in of_version if file.python})
    if pythons:
        return f"{shown} needs Python {' or '.join(pythons)}; this agent runs on Python {python}"
    if not pure:
        return f"{shown} has no wheel for Python {python} on this machine"
    return f"{shown} has no wheel that fits; {_newest(files)}"


def _newest(files: Iterable[_File], what: str = "") -> str:
    versions = sorted({file.version for file in files}, reverse=True)
    stable = [version for version in versions if not version.is_prerelease] or versions
    shown = ", ".join(str(version) for version in stable[:_NEWEST])
    return f"the newest{' ' + what if what else ''} are {shown}" if len(stable) > 1 else f"there is {shown}"


def _files_of(name: str, log: str) -> list[_File]:
    files = []
    for filename, _, rest in _FILE.findall(log):
        filename = _unquoted(filename)
        if "+sandbox" in filename:
            continue
        try:
            if filename.endswith(".whl"):
                found, version, _, tags = parse_wheel_filename(filename)
                pure = all(tag.platform == "any" and tag.abi == "none" for tag in tags)
            else:
                found, version = parse_sdist_filename(filename)
                pure = False
        except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
            continue
        if canonicalize_name(found) == name:
            needs = _NEEDS_PYTHON.search(rest)
            files.append(_File(version, filename.endswith(".whl"), pure, needs[1].strip() if needs else ""))
    return files


def _unquoted(filename: str) -> str:
    return filename.replace("%2B", "+").replace("%2b", "+").replace("%21", "!")


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
