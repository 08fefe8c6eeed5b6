"""From requirements to wheels: asks pip, checks what it brought, and says in a sentence why something is refused."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name, canonicalize_version

from sandbox.errors import SourceError
from sandbox.image import GUEST
from sandbox.packages import diagnose
from sandbox.packages.requirements import REQUIREMENTS, Requirement, parse
from sandbox.packages.wheel import BadWheel, Budget, Limit, read_wheel

MOST_PACKAGES = 50
SECONDS = 60
_PIP = Path(__file__).parent / "pip_process.py"
_FOR_PIP = re.compile(
    r"PIP_\w+|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NETRC|"
    r"PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|XDG_\w+|SYSTEMROOT"
)
#: Marks what the image carries among the versions that pip chooses from.
_OURS = "+sandbox"


@dataclass(frozen=True)
class Target:
    """A Python that packages are resolved for. `environment` judges conditions; None: the one of this process."""

    name: str
    python: str
    pure: bool
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    limit: Limit = field(default_factory=Limit)
    #: What of the built-in packages there can be only once; None: all of it.
    fixed: frozenset[str] | None = None


#: CPython for WebAssembly: whatever the image has.
WASM = Target(
    name="cpython-3.14-wasi",
    python="3.14",
    pure=True,
    options=("--platform", "any", "--implementation", "py", "--abi", "none", "--python-version", "3.14"),
    environment={
        "implementation_name": "cpython",
        "implementation_version": "3.14.0",
        "os_name": "posix",
        "platform_machine": "wasm32",
        "platform_python_implementation": "CPython",
        "platform_release": "0.0.0",
        "platform_system": "wasi",
        "platform_version": "0.0.0",
        "python_full_version": "3.14.0",
        "python_version": "3.14",
        "sys_platform": "wasi",
    },
)
_HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
#: The Python of this host, for agents that run in processes. Native code is big: other limits.
NATIVE = Target(
    name=f"{sys.implementation.name}-{_HERE}-{sysconfig.get_platform()}",
    python=_HERE,
    pure=False,
    limit=Limit(bytes=300_000_000, files=20_000),
    # Imported before an agent's packages can be found; of everything else a version's own copy comes first.
    fixed=frozenset(("httpx", "httpcore", "anyio", "sniffio", "h11", "idna", "certifi", "typing-extensions")),
)


def target(isolation: str) -> Target:
    """The Python that runs an agent which is isolated in that way."""
    return WASM if isolation == "wasm" else NATIVE


@dataclass(frozen=True)
class Resolved:
    """One package of a version: what was asked for (`requested`), or what that needs."""

    name: str
    version: str
    filename: str
    sha256: str
    requested: bool
    content: bytes


def provided(target: Target) -> dict[str, str]:
    """The built-in packages of which there can be only the one copy that is there, {canonical name: version}."""
    lines = (GUEST / "requirements.txt").read_text().splitlines()
    pins = (line.partition("#")[0].strip().partition("==") for line in lines)
    found = {canonicalize_name(name.partition("[")[0]): version for name, _, version in pins if version}
    return {name: version for name, version in found.items() if target.fixed is None or name in target.fixed}


def resolve(
    text: str, target: Target, cache: Path, index: str | None = None, seconds: float = SECONDS
) -> list[Resolved]:
    """Find every package that the text of a `requirements.txt` needs, transitive ones too, and download its wheel.

    `index` is the address of a package index (PEP 503); None leaves the choice to pip's own configuration. `cache` is
    a directory to keep downloads in. What the image carries is not among what is given. Takes seconds. Raises
    SourceError naming line and reason.
    """
    requirements = parse(text)
    built_in = provided(target)
    for requirement in requirements:
        _check_built_in(requirement, built_in)
    if all(requirement.name in built_in for requirement in requirements):
        return []
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="resolving-", dir=cache) as scratch:
        work = Path(scratch)
        output = _ask_pip(work, requirements, built_in, target, cache, index, seconds)
        return _read(work, requirements, target, diagnose.listed_hashes(output.log))


def _check_built_in(requirement: Requirement, built_in: Mapping[str, str]) -> None:
    carried = built_in.get(requirement.name)
    if carried is None:
        return
    if canonicalize_version(carried) != canonicalize_version(requirement.version):
        reason = f"the sandbox carries {requirement.name} {carried} itself, and there can be only one"
        fix = f"write {requirement.name}=={carried} or leave the line out"
        raise SourceError(REQUIREMENTS, requirement.line, f"{reason}; {fix}")
    if requirement.extras:
        reason = f"the sandbox carries {requirement.name} itself, without extras"
        raise SourceError(REQUIREMENTS, requirement.line, f"{reason}; name the packages that you need")


def _ask_pip(
    work: Path,
    requirements: list[Requirement],
    built_in: Mapping[str, str],
    target: Target,
    cache: Path,
    index: str | None,
    seconds: float,
) -> diagnose.Output:
    """Let pip download into `work`/wheels. Gives what it said; raises SourceError when it failed."""
    (work / "wheels").mkdir()
    (work / "built-in").mkdir()
    (work / "requirements").write_text("".join(f"{requirement}\n" for requirement in requirements))
    (work / "constraints").write_text("".join(f"{name}=={version}{_OURS}\n" for name, version in built_in.items()))
    for name, version in built_in.items():
        _stand_in(work / "built-in", name, version)
    arguments = ["download", "--no-input", "--disable-pip-version-check", "--no-color", "--progress-bar", "off"]
    arguments += ["--retries", "1", "--timeout", "10", "--only-binary", ":all:", *target.options]
    arguments += ["--cache-dir", str(cache.resolve() / "pip"), "--log", str(work / "log")]
    arguments += ["--dest", str(work / "wheels"), "--find-links", str(work / "built-in")]
    arguments += ["--constraint", str(work / "constraints"), "--requirement", str(work / "requirements")]
    environment = _environment(os.environ)
    if index is not None:
        # Nothing but this index: pip's configuration may name others, and would ask them too.
        for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
            environment.pop(name, None)
        environment["PIP_CONFIG_FILE"] = os.devnull
        arguments += ["--index-url", index]
    told = {
        "arguments": arguments,
        "environment": dict(target.environment) if target.environment else None,
        "most_bytes": target.limit.bytes + 5_000_000,
    }
    code, said = _run(json.dumps(told) + "\n", environment, work, seconds)
    log = work / "log"
    output = diagnose.Output(said, log.read_text(errors="replace") if log.exists() else "")
    if code is None:
        reason = diagnose.unreachable(output) or f"it was not done within {seconds:g} seconds"
        raise SourceError(REQUIREMENTS, None, f"the packages could not be resolved: {reason}")
    if code:
        line, reason = diagnose.explain(output, requirements, target.python, target.pure, built_in)
        raise SourceError(REQUIREMENTS, line, reason.replace(_OURS, ""))
    return output


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Of our own environment what pip can use. It reads what strangers wrote: our keys and addresses are not for it."""
    return {name: value for name, value in ours.items() if _FOR_PIP.fullmatch(name)}


def _run(told: str, environment: dict[str, str], work: Path, seconds: float) -> tuple[int | None, str]:
    """Exit status (None when the time was over) and everything that was written."""
    with (work / "said").open("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-I", str(_PIP)],
            env=environment,
            cwd=work,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            process.communicate(told, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None, ""
        said.seek(0)
        return process.returncode, said.read(200_000)


def _stand_in(folder: Path, name: str, version: str) -> None:
    """A wheel without content, so that pip counts what the image carries as one of the choices."""
    base = f"{name.replace('-', '_')}-{version}{_OURS}"
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}{_OURS}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: sandbox\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{base}-py3-none-any.whl", "w") as archive:
        for file, text in files.items():
            archive.writestr(f"{base}.dist-info/{file}", text)


def _read(
    work: Path, requirements: list[Requirement], target: Target, listed: Mapping[str, set[str]]
) -> list[Resolved]:
    named = {requirement.name: requirement for requirement in requirements}
    paths = [path for path in sorted((work / "wheels").iterdir()) if _OURS not in path.name]
    if len(paths) > MOST_PACKAGES:
        names = f"{len(paths)} packages are needed in all; at most {MOST_PACKAGES} are allowed"
        raise SourceError(REQUIREMENTS, None, names)
    budget = Budget(target.limit)
    resolved = []
    for path in paths:
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            if listed.get(path.name) and sha256 not in listed[path.name]:
                raise BadWheel("its hash is not the one that the index gives")
            wheel = read_wheel(path.name, content, budget, pure=target.pure)
        except BadWheel as error:
            name = canonicalize_name(re.split("-", path.name)[0])
            line = named[name].line if name in named else None
            raise SourceError(REQUIREMENTS, line, f"{path.name} is refused: {error}") from None
        resolved.append(Resolved(wheel.name, wheel.version, path.name, sha256, wheel.name in named, content))
    return resolved


def told(resolved: Resolved, target: Target) -> dict[str, Any]:
    """What is recorded of a package with a version."""
    return {
        "name": resolved.name,
        "version": resolved.version,
        "filename": resolved.filename,
        "sha256": resolved.sha256,
        "size": len(resolved.content),
        "requested": resolved.requested,
        "target": target.name,
    }
