"""The form in which the phrases of an attack are written down."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from ..expressions import compile_expression

# Between two words of a phrase stands white space, or signs that people put there to break the phrase up.
_BETWEEN = r"(?:(?:[\s_*~\"'`,\-/|]|</?[a-z]{1,8}>){1,5}|\.)"


def spaced(source: str) -> str:
    """An expression in which a space stands for whatever may stand between two words."""
    return source.replace(" ", _BETWEEN)


def any_of(words: str) -> str:
    """A choice among words separated by blanks; `_` stands for a space inside one."""
    return "(?:" + "|".join(word.replace("_", " ") for word in words.split()) + ")"


@dataclass(frozen=True)
class Phrase:
    """A family of wordings. `score` is how likely it is an attack where nothing around it says otherwise;
    `raw` keeps the spaces of the expression as they are (languages and signs where a space is a space)."""

    family: str
    score: float
    source: str
    raw: bool = False
    # Names of the readings (context.py) that may lower the score.
    softened_by: tuple[str, ...] = field(default=("reported", "excused", "quoted", "compound"))

    @cached_property
    def expression(self) -> "re.Pattern[bytes]":
        return compile_expression(self.source if self.raw else spaced(self.source))
