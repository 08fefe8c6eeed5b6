"""The registry of checks a version passes before it may go live. The floors above register theirs at start."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .models import Check, Version
from .source import LIMITS, of, runtime


@dataclass(frozen=True)
class Result:
    """What a check found: `status` is a `Check.Status`, `message` a sentence for the author."""

    status: str
    message: str = ""
    detail: dict = field(default_factory=dict)


CheckFunction = Callable[[Version], Result]
_registry: dict[str, CheckFunction] = {}


def register(name: str, function: CheckFunction) -> None:
    """Add a check; checks run in the order of registration."""
    _registry[name] = function


def names() -> list[str]:
    return list(_registry)


def run_all(version: Version) -> list[Check]:
    """Run every check on `version` and return unsaved results. A check that raises has failed, with the reason."""
    results = []
    for name, function in _registry.items():
        begun = time.perf_counter()
        try:
            result = function(version)
        except Exception as error:  # a broken check must not leave the version in `checking` for ever
            result = Result(Check.Status.FAILED, f"The check itself failed: {type(error).__name__}: {error}")
        results.append(
            Check(
                version=version,
                name=name,
                status=result.status,
                message=result.message,
                detail=result.detail,
                duration_ms=(time.perf_counter() - begun) * 1000,
            )
        )
    return results


def _manifest(version: Version) -> Result:
    """The manifest was read before the row was made; here it is judged: there must be something to call."""
    skills = version.manifest.get("skills", [])
    if not skills:
        return Result(Check.Status.FAILED, "The code declares no skill. Add @skill to a method, or define handle().")
    without = [skill["name"] for skill in skills if not skill.get("examples") and not skill.get("description")]
    if without:
        return Result(
            Check.Status.WARNING,
            f"Without description and examples a request in words cannot be routed to: {', '.join(without)}.",
        )
    return Result(Check.Status.PASSED)


def _isolation(version: Version) -> str:
    """How the agent's code is isolated when it serves: what is checked is checked in the same way."""
    return version.agent.current_settings.isolation if version.agent.current_settings else "wasm"


def _health(version: Version) -> Result:
    failure = runtime().health_check(of(version), LIMITS, isolation=_isolation(version))
    if failure is None:
        return Result(Check.Status.PASSED)
    return Result(Check.Status.FAILED, failure.message, {"code": failure.code, **failure.detail})


def _tests(version: Version) -> Result:
    """The version's own tests: functions `test_*` in its files `test_*.py`, run in the sandbox."""
    results = runtime().run_tests(of(version), LIMITS, isolation=_isolation(version))
    failed = [result for result in results if result["failure"] is not None]
    if not results:
        return Result(Check.Status.PASSED, "It brings no tests.")
    if not failed:
        return Result(Check.Status.PASSED, f"{len(results)} passed.")
    first = failed[0]
    said = " ".join(first["failure"]["message"].split())  # both sides of an assert are on lines of their own
    return Result(
        Check.Status.FAILED,
        f"{len(failed)} of {len(results)} failed, first {first['name']}: {said}",
        {"failed": failed[:20]},
    )


register("manifest", _manifest)
register("health", _health)
register("tests", _tests)
