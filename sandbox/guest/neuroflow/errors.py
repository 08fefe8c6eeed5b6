"""Exceptions that an agent can meet, and how an uncaught one is told to the host."""

import sys
import traceback
from typing import Any

from neuroflow import _trace

#: Source of the author's own files by name.
author_files = _trace.author_files


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


_MEMBERS_TOLD = 3


def _code_of(error: BaseException) -> str:
    if isinstance(error, CapabilityDenied):
        return "capability_denied"
    if isinstance(error, MemoryError):
        return "memory_limit"
    if isinstance(error, RecursionError):
        return "stack_limit"
    if isinstance(error, BaseExceptionGroup):
        codes = {_code_of(member) for member in error.exceptions}
        return codes.pop() if len(codes) == 1 else "agent_error"
    return "agent_error"


def _message_of(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the code asked the interpreter to exit ({error.code!r})"
    text = str(error)
    if isinstance(error, (AgentFailed, UsageError, SandboxDenied)) and text:
        return text
    if isinstance(error, BaseExceptionGroup):
        told = "; ".join(_message_of(member) for member in error.exceptions[:_MEMBERS_TOLD])
        more = len(error.exceptions) - _MEMBERS_TOLD
        return f"{text}: {told}" + (f"; and {more} more" if more > 0 else "")
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def describe(error: BaseException) -> dict[str, Any]:
    """One failure as the host stores it: {"code", "message", "detail"}.

    The detail names the author's file and line where the error was raised, or last passed through.
    """
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return describe(error.exceptions[0])
    if isinstance(error, MemoryError):
        # What the failed code still holds is needed to tell of it.
        traceback.clear_frames(error.__traceback__)
    file, line = _trace.where(error)
    detail: dict[str, Any] = {"type": type(error).__name__, "message": str(error), "file": file, "line": line}
    if not isinstance(error, (AgentFailed, UsageError)) or file is not None:
        detail["traceback"] = _trace.format_exception(error)
    return {"code": _code_of(error), "message": _message_of(error), "detail": detail}


def no_deeper() -> None:
    """Give the reporting code room when an author's recursion used up the stack."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1000))
