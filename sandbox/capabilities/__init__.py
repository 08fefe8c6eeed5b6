"""Capabilities by name. A floor above registers its own when the application starts."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from sandbox.capabilities.base import Admitted, Caller, Capability, Denied, Failed, Secret, TimedOut, Work
from sandbox.capabilities.config import Config
from sandbox.capabilities.files import Files
from sandbox.capabilities.http import Http
from sandbox.capabilities.state import State

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


def summaries() -> list[dict[str, Any]]:
    """Name, one line of what it is, and the JSON Schema of its terms, for whoever grants."""
    return [
        {"name": name, "summary": _registry[name].summary, "terms": dict(_registry[name].terms)} for name in names()
    ]


def check_grant(name: str, terms: Mapping[str, Any]) -> None:
    """Raise ValueError, saying what is wrong, unless `terms` can be a grant of the capability `name`."""
    capability = get(name)
    if capability is None:
        raise ValueError(f"There is no capability “{name}”. There are: {', '.join(names())}.")
    error = best_match(Draft202012Validator(capability.terms).iter_errors(dict(terms)))
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path)
        raise ValueError(f"The terms of {name} do not fit: {where + ': ' if where else ''}{error.message}.")
    try:
        capability.check(terms)
    except ValueError as wrong:
        raise ValueError(f"The terms of {name} do not fit: {wrong}.") from None


register(Config())
register(Files())
register(Http())
register(State())

__all__ = [
    "Admitted",
    "Caller",
    "Capability",
    "Denied",
    "Failed",
    "Secret",
    "TimedOut",
    "Work",
    "check_grant",
    "get",
    "names",
    "register",
    "summaries",
]
