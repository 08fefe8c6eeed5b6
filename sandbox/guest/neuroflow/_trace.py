"""An exception as its author should see it: their own files and lines, and where in a package it ended."""

import itertools
import traceback
from typing import Any

#: Source of the author's own files by name: only their frames are shown.
author_files: dict[str, str] = {}

_MOST_FRAMES = 16
_CUT, _ELSEWHERE = "<cut>", "<elsewhere>"
_OURS = ("/neuroflow/", "_neuroflow_app", "wit_world", "componentize_py", "/asyncio/", "<frozen ")


class _Stack(traceback.StackSummary):
    """The frames that are shown, some of them standing for those that are not."""

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **options: Any) -> str:
        if frame_summary.filename == _CUT:
            return f"  [{frame_summary.name}]\n"
        if frame_summary.filename == _ELSEWHERE:
            return f"  [{frame_summary.name}]\n"
        return super().format_frame_summary(frame_summary, **options)


def format_exception(error: BaseException) -> str:
    """The traceback as text, with causes, contexts, notes and the members of groups, in the author's frames."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    _trim(told, set())
    return "".join(told.format())


def where(error: BaseException) -> tuple[str | None, int | None]:
    """The author's file and line where an exception was raised or last passed through."""
    if isinstance(error, SyntaxError) and error.filename in author_files:
        return error.filename, error.lineno
    found: tuple[str | None, int | None] = (None, None)
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in author_files:
            found = (frame.f_code.co_filename, line)
    if found[0] is None and isinstance(error, BaseExceptionGroup) and error.exceptions:
        return where(error.exceptions[0])
    return found


def _trim(told: traceback.TracebackException, seen: set[int]) -> None:
    if id(told) in seen:
        return
    seen.add(id(told))
    told.stack = _trimmed(told.stack)
    for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
        if other is not None:
            _trim(other, seen)


def _trimmed(stack: traceback.StackSummary) -> traceback.StackSummary:
    frames = [frame for frame in stack if frame.filename in author_files]
    shown = _Stack()
    for frame in _without_the_middle(frames):
        shown.append(frame)
    if frames and stack and stack[-1].filename not in author_files:
        last = stack[-1]
        if not any(mark in last.filename for mark in _OURS):
            text = f"raised in {_package_path(last.filename)}, line {last.lineno}, in {last.name}"
            shown.append(traceback.FrameSummary(_ELSEWHERE, last.lineno, text, lookup_line=False, line=""))
    return shown


def _without_the_middle(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Of a recursion between several functions, the begin and the end; of one function Python itself counts."""
    turns = sum(1 for a, b in itertools.pairwise(frames) if (a.lineno, a.name) != (b.lineno, b.name))
    if turns < _MOST_FRAMES:
        return frames
    cut = len(frames) - _MOST_FRAMES
    half = _MOST_FRAMES // 2
    marker = traceback.FrameSummary(_CUT, 0, f"{cut} more frames", lookup_line=False, line="")
    return [*frames[:half], marker, *frames[-half:]]


def _package_path(filename: str) -> str:
    """The path below the folder of packages."""
    for folder in ("/site-packages/", "/python3.14/"):
        if folder in filename:
            return filename.partition(folder)[2]
    return filename.lstrip("/").partition("/")[2] if filename.startswith("/") else filename


def caret(error: SyntaxError) -> str:
    """The line of a SyntaxError with a caret below it; "" when it names none."""
    if not error.text or not error.offset:
        return ""
    line = error.text.rstrip("\n")
    stripped = line.lstrip()
    start = max(0, error.offset - 1 - (len(line) - len(stripped)))
    same = error.end_lineno == error.lineno and error.end_offset
    length = max(1, (error.end_offset or 0) - error.offset) if same else 1
    return f"    {stripped}\n    {' ' * start}{'^' * min(length, max(1, len(stripped) - start))}"
