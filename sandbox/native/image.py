"""What the runtime makes native sandboxes from."""

from pathlib import Path

from sandbox.calls import Failure
from sandbox.errors import IsolationUnavailable, SourceError
from sandbox.native import groups
from sandbox.native.instance import Instance
from sandbox.native.layers import check
from sandbox.native.nursery import Nursery, terms
from sandbox.native.wheels import unpacked
from sandbox.operate import Trapped
from sandbox.source import Source


class Image:
    """One of the native isolations, `namespace` or `process`. Safe for use by many threads."""

    #: A sandbox is fenced in with the packages of its version, which must therefore be known.
    generic = False

    def __init__(self, isolation: str, packages: Path, native: Path) -> None:
        """`packages` holds what every agent may import; `native` is a directory of ours for unpacked packages.

        Raises IsolationUnavailable, naming each layer that this machine does not give and how to have it.
        """
        try:
            told = terms(isolation, packages, native)
        except OSError as error:
            raise IsolationUnavailable(f"isolation {isolation!r} needs the directory {native}: {error}") from None
        #: Each layer with None, or why this machine does not give it.
        self.layers = check(isolation, told)
        told["seccomp"] = self.layers["seccomp"] is None
        self._cache = Path(told["cache"])
        home = groups.directory() if self.layers["cgroup"] is None else None
        self._nursery = Nursery(told, home)
        self._nursery.open()

    def instantiate(self, source: Source | None = None) -> Instance:
        """A fresh process that has loaded nothing. Raises Trapped when a package or a layer is refused."""
        try:
            wheels = [unpacked(wheel, self._cache) for wheel in source.wheels] if source else []
        except SourceError as error:
            raise Trapped(Failure("agent_error", str(error), {"type": "SourceError"})) from None
        return self._nursery.fork(wheels)

    def close(self) -> None:
        """End every sandbox."""
        self._nursery.close()
