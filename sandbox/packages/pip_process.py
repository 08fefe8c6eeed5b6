"""Run as a script, in a process of its own: pip, which may start no other process and sees the sandbox's Python.

pip's options choose tags for another Python, but conditions in a package's metadata ("only on Windows", "only before
3.12") are always judged by the Python that runs pip, and addresses are followed wherever metadata names them.
"""

import json
import resource
import sys
from collections.abc import Mapping
from typing import Any

#: What starts a process, by the names under which the interpreter announces it.
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _STARTS:
        raise PermissionError("no process may be started here: packages are not built")


def _judge_as(environment: Mapping[str, str]) -> None:
    """Judge conditions as the Python of that environment."""
    from pip._vendor.packaging import markers

    markers.default_environment = lambda: dict(environment)
    if not markers.Marker(f"sys_platform == '{environment['sys_platform']}'").evaluate():
        raise SystemExit("this release of pip judges conditions in a way that is not known here")


def _refuse_addresses() -> None:
    """A package may need another by name and version, not by an address that somebody wrote into it."""
    from pip._internal.exceptions import InstallationError
    from pip._vendor.packaging.requirements import Requirement

    plain = Requirement.__init__

    def checked(self: Any, text: str) -> None:
        plain(self, text)
        if self.url:
            raise InstallationError(f"{self.name} is named by an address, not by a version")

    Requirement.__init__ = checked  # type: ignore[method-assign,assignment]


def main(told: dict[str, Any]) -> int:
    """`told` has pip's `arguments`, the `environment` of conditions or null, and `most_bytes` of any file written."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (told["most_bytes"], told["most_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_watch)
    _refuse_addresses()
    if told["environment"] is not None:
        _judge_as(told["environment"])
    from pip._internal.cli.main import main as pip

    return int(pip(told["arguments"]))


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.stdin.readline())))
