"""`type: pattern`: regular expressions over the text as it was sent."""

from collections.abc import Iterable, Sequence

from ..subject import Finding, Subject
from .expressions import compile_expression

# An expression may match this often in one text; from there on the rest of the text counts as one match. RE2 makes
# one match in linear time, but an expression can be written so that every match looks at all the rest.
MAX_MATCHES = 10_000


class PatternDetector:
    def __init__(self, patterns: Sequence[str], *, ignore_case: bool) -> None:
        self._expressions = [compile_expression(pattern, ignore_case=ignore_case) for pattern in patterns]

    def find(self, subject: Subject) -> Iterable[Finding]:
        spans = [span for expression in self._expressions for span in subject.plain.find(expression, MAX_MATCHES)]
        return [Finding(start, end) for start, end in sorted(spans)]
