"""Exceptions that an agent can meet, and how an uncaught one is told to the host."""

import sys
import traceback
from types import TracebackType
from typing import Any

#: Names of the author's own files: only their frames are shown in a traceback.
author_files: dict[str, str] = {}


class SandboxDenied(PermissionError):
    """Something that a sandbox does not offer: files, sockets, processes, threads."""


class CapabilityDenied(SandboxDenied):
    """A capability that was not granted, or a use of one that its grant does not cover."""


class CapabilityError(OSError):
    """A capability call was made and failed: no connection, an answer too large, a bad request.

    `kind` is one word for code that tells failures apart, such as `connect`; empty where there is only one.
    """

    kind: str = ""


class CapabilityTimeout(CapabilityError, TimeoutError):
    """A capability call was not answered in time."""


class AgentFailed(Exception):
    """The agent answered that it did not succeed; the text is its own."""


class UsageError(Exception):
    """The request cannot be served as it is: no such skill, a payload of another shape."""


def _author_frames(tb: TracebackType | None) -> traceback.StackSummary:
    summary = traceback.StackSummary()
    for frame, line in traceback.walk_tb(tb):
        code = frame.f_code
        if code.co_filename in author_files:
            lines = author_files[code.co_filename].splitlines()
            text = lines[line - 1] if 0 < line <= len(lines) else ""
            summary.append(traceback.FrameSummary(code.co_filename, line, code.co_name, lookup_line=False, line=text))
    return summary


def _code_of(error: BaseException) -> str:
    if isinstance(error, CapabilityDenied):
        return "capability_denied"
    if isinstance(error, MemoryError):
        return "memory_limit"
    if isinstance(error, RecursionError):
        return "stack_limit"
    return "agent_error"


def _message_of(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the code asked the interpreter to exit ({error.code!r})"
    text = str(error)
    if isinstance(error, (AgentFailed, UsageError, SandboxDenied)) and text:
        return text
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def describe(error: BaseException) -> dict[str, Any]:
    """One failure as the host stores it: {"code", "message", "detail"}.

    The detail names the author's file and line where the error was raised, or last passed through.
    """
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return describe(error.exceptions[0])
    frames = _author_frames(error.__traceback__)
    file, line = (frames[-1].filename, frames[-1].lineno) if frames else (None, None)
    if isinstance(error, SyntaxError) and error.filename in author_files:
        file, line = error.filename, error.lineno
    detail: dict[str, Any] = {"type": type(error).__name__, "message": str(error), "file": file, "line": line}
    if not isinstance(error, (AgentFailed, UsageError)) or frames:
        lines = ["Traceback (most recent call last):\n", *frames.format()]
        lines += traceback.format_exception_only(type(error), error)
        detail["traceback"] = "".join(lines)
    return {"code": _code_of(error), "message": _message_of(error), "detail": detail}


def no_deeper() -> None:
    """Give the reporting code room when an author's recursion used up the stack."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1000))
