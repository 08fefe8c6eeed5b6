"""Regular expressions by RE2, which takes time proportional to the text whatever the expression."""

import re

import re2

_LOOK_AROUND = re.compile(r"\(\?(?:=|!|<=|<!)")
_BACK_REFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]|\(\?P=")
_MAX_MEMORY = 64 << 20


class ExpressionError(ValueError):
    """An expression that RE2 does not take; the message says what to write instead."""


def compile_expression(source: str, *, ignore_case: bool = False) -> "re.Pattern[bytes]":
    """Compile an expression that will search UTF-8 bytes.

    Raises ExpressionError for syntax errors, for look-around and back-references, which RE2 does not have, and for
    an expression that matches the empty text and so would match everywhere.
    """
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        expression = re2.compile(source.encode("utf-8", "replace"), options)
    except re2.error as error:
        raise ExpressionError(_explain(source, error)) from error
    if expression.fullmatch(b""):
        raise ExpressionError("The expression matches the empty text, so it would match everywhere: use + for *.")
    return expression


def _explain(source: str, error: Exception) -> str:
    if _LOOK_AROUND.search(source):
        return (
            "Look-around, (?=…) (?!…) (?<=…) (?<!…), is not supported: expressions run on RE2, which cannot be made "
            "to hang. Match the surrounding text too, or use an allow rule for the exceptions."
        )
    if _BACK_REFERENCE.search(source):
        return "Back-references (\\1) are not supported: expressions run on RE2, which cannot be made to hang."
    detail = error.args[0] if error.args else error
    if isinstance(detail, bytes):
        detail = detail.decode("utf-8", "replace")
    return f"RE2 does not take this expression: {detail}."
