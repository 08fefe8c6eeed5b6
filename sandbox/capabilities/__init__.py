"""Capabilities by name. A floor above registers its own when the application starts."""

from sandbox.capabilities.base import Admitted, Capability, Denied, Failed, TimedOut, Work
from sandbox.capabilities.config import Config
from sandbox.capabilities.http import Http

_registry: dict[str, Capability] = {}


def register(capability: Capability) -> None:
    """Make a capability available to be granted. Raises ValueError when its name is taken."""
    if capability.name in _registry:
        raise ValueError(f"there is a capability {capability.name!r} already")
    _registry[capability.name] = capability


def get(name: str) -> Capability | None:
    """The capability of that name, or None."""
    return _registry.get(name)


def names() -> list[str]:
    """All names, sorted."""
    return sorted(_registry)


register(Config())
register(Http())

__all__ = ["Admitted", "Capability", "Denied", "Failed", "TimedOut", "Work", "get", "names", "register"]
