"""What is wrong with a policy document, and where."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake; `line` and `column` count from 1, `path` is a JSON Pointer into the document."""

    line: int
    column: int
    message: str
    path: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class PolicyError(ValueError):
    """A policy document that cannot be used. `errors` holds every mistake found, in document order;
    `line`, `column` and `message` are those of the first."""

    def __init__(self, errors: list[Problem]) -> None:
        self.errors = sorted(errors)
        first = self.errors[0]
        self.line, self.column, self.message = first.line, first.column, first.message
        super().__init__("\n".join(map(str, self.errors)))
