"""The layers of native isolation: which there are, which must be there, and which this machine gives."""

import json
import subprocess
from pathlib import Path
from typing import Any

from sandbox.errors import IsolationUnavailable
from sandbox.image import compiled_image, native_paths
from sandbox.native import groups, nursery

_TRIAL_SECONDS = 60.0
_NAMESPACES = "mount pid network ipc uts"

#: Without one of these an isolation refuses to run anything.
REQUIRED = {
    "namespace": (
        "user_namespace",
        *(f"{kind}_namespace" for kind in _NAMESPACES.split()),
        "no_new_privs",
        "capabilities",
        "seccomp",
        "rlimits",
    ),
    "process": ("no_new_privs", "rlimits"),
}
#: These, and `cgroup`, make it stronger where they are there; where not, it is told, and the rest stands in.
WISHED = {"namespace": ("separate_user",), "process": ("separate_user", "seccomp")}

_ALLOW_NAMESPACES = (
    "let this user make namespaces: user.max_user_namespaces above 0, where they exist "
    "kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0, and in a container "
    "a seccomp profile that allows unshare and mount"
)
HOW = {
    "user_namespace": _ALLOW_NAMESPACES,
    **{f"{kind}_namespace": _ALLOW_NAMESPACES for kind in _NAMESPACES.split()},
    "seccomp": "use a kernel with CONFIG_SECCOMP_FILTER on x86_64",
    "separate_user": "start the workers as the superuser, who can become nobody",
    "cgroup": "set NEUROFLOW_CGROUP to a cgroup v2 directory that the workers may write, with memory and pids",
}


def tried(isolation: str, told: dict[str, Any]) -> dict[str, str | None]:
    """Try every layer of an isolation on this machine. Gives each layer's name with None, or the reason against it.

    Each is tried in a process of its own, which then ends; takes about a tenth of a second.
    """
    process = nursery.start(
        {**told, "try": [*REQUIRED[isolation], *WISHED[isolation]]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        output, _ = process.communicate(timeout=_TRIAL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise IsolationUnavailable(f"trying the layers of isolation {isolation!r} took too long") from None
    if process.returncode != 0:
        raise IsolationUnavailable(f"trying the layers of isolation {isolation!r} failed; see the log for its reason")
    found: dict[str, str | None] = json.loads(output)
    return {**found, "cgroup": groups.missing(groups.directory())}


def check(isolation: str, told: dict[str, Any]) -> dict[str, str | None]:
    """The layers as `tried` gives them. Raises IsolationUnavailable when one that must be there is not."""
    found = tried(isolation, told)
    missing = [name for name in REQUIRED[isolation] if found[name] is not None]
    if missing:
        name = missing[0]
        others = f" (nor {', '.join(missing[1:])})" if missing[1:] else ""
        hint = f"; {HOW[name]}" if name in HOW else ""
        raise IsolationUnavailable(
            f"isolation {isolation!r} needs {name}, which this machine does not give{others}: {found[name]}{hint}"
        )
    return found


def probe(image_dir: Path) -> dict[str, dict[str, str | None]]:
    """What this machine gives each native isolation: by isolation and layer None, or the reason why not.

    Raises ImageMissing without an image, IsolationUnavailable when nothing could be tried.
    """
    packages, native = native_paths(compiled_image(image_dir))
    return {isolation: tried(isolation, nursery.terms(isolation, packages, native)) for isolation in REQUIRED}
