"""How a run ended, for whoever ran it: the answer on stdout, everything else on stderr."""

from __future__ import annotations

from typing import Any

from .problem import FAILED, OK
from .terminal import Terminal, answer, harmless
from .trace import usage_line


def report(
    terminal: Terminal,
    *,
    success: bool,
    data: Any,
    error: dict[str, Any] | None,
    usage: dict[str, Any],
    total_ms: float | None,
    quiet: bool,
) -> int:
    """Tell what came of a run, here or on a server. `error` has code, message and detail. Gives the exit status."""
    if not quiet:
        ended = terminal.paint("succeeded", "green") if success else terminal.paint("failed", "red")
        terminal.say(f"{ended} {usage_line(usage, total_ms)}".rstrip())
    if success:
        answer(data)
        return OK
    tell_failure(terminal, error or {"code": "sandbox_error", "message": "it ended without a reason"})
    return FAILED


def tell_failure(terminal: Terminal, error: dict[str, Any]) -> None:
    """Code and message of a failure, with the author's traceback where there is one."""
    code, message = harmless(str(error.get("code"))), harmless(str(error.get("message")))
    traceback = (error.get("detail") or {}).get("traceback")
    if traceback:
        terminal.say(harmless(str(traceback)).rstrip())
        message = message.partition("\n")[0]  # the traceback ends with all of it
    terminal.say(f"{terminal.paint(code, 'red')}: {message}")
