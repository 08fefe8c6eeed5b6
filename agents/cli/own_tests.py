"""`agent test`: an agent's own tests, in the sandbox."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from itertools import groupby
from typing import Any

import sandbox

from .expression import matcher
from .folder import agent_folder, read_folder
from .machine import opened
from .packages import with_packages
from .problem import FAILED, NO_TESTS, OK, Problem
from .report import tell_failure
from .terminal import Terminal, harmless
from .trace import duration

#: What the check of an upload allows: tests that pass here pass there.
LIMITS = sandbox.Limits(wall_ms=3_000)


def act(options: Namespace) -> int:
    matches = matcher(options.expression)
    out, errors = Terminal(sys.stdout), Terminal(sys.stderr)
    source = with_packages(read_folder(agent_folder(options.path)), options.isolation, errors)
    with opened(errors) as runtime:
        began = time.monotonic()
        try:
            results = runtime.run_tests(source, LIMITS, isolation=options.isolation)
        except sandbox.IsolationUnavailable as error:
            raise Problem(f"--isolation {options.isolation}: {error}.") from None
        except sandbox.SourceError as error:
            tell_failure(out, {"code": "bad_source", "message": str(error)})
            return FAILED
        took = duration((time.monotonic() - began) * 1000)
    # A file that cannot be imported, or a run that broke off, is no test that could be left out by its name.
    chosen = [result for result in results if "::" not in result["name"] or matches(result["name"])]
    _list(out, chosen)
    failed = [result for result in chosen if result["failure"] is not None]
    for result in failed:
        out.say()
        out.say(out.paint(f"──── {harmless(result['name'])}", "red"))
        _explain(out, result["failure"])
    out.say()
    return _sum_up(out, len(chosen), len(failed), len(results) - len(chosen), took)


def _explain(out: Terminal, failure: dict[str, Any]) -> None:
    """A test that fails is an agent_error like any other: the traceback says it all."""
    traceback = failure["detail"].get("traceback")
    if traceback and failure["code"] == "agent_error":
        out.say(harmless(str(traceback)).rstrip())
    else:
        tell_failure(out, failure)


def _list(out: Terminal, results: list[dict[str, Any]]) -> None:
    """A line a file: a dot for each test that passed, an F for each that failed."""
    for path, tests in groupby(results, key=lambda result: result["name"].partition("::")[0]):
        marks = "".join(
            out.paint("." if test["failure"] is None else "F", "green" if test["failure"] is None else "red")
            for test in tests
        )
        out.say(f"{harmless(path)} {marks}")


def _sum_up(out: Terminal, ran: int, failed: int, left_out: int, took: str) -> int:
    others = f", {left_out} left out" if left_out else ""
    if not ran:
        out.say(
            f"No test matches -k{others}." if left_out
            else "No tests were found. Put functions test_* into files test_*.py, in tests/ beside agent.py."
        )  # fmt: skip
        return NO_TESTS
    parts = [out.paint(f"{failed} failed", "red")] if failed else []
    if ran > failed:
        parts.append(out.paint(f"{ran - failed} passed", "green"))
    out.say(f"{', '.join(parts)}{others} in {took}")
    return FAILED if failed else OK
