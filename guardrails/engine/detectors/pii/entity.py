"""What an entity of personal data is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """A validated span of the folded text, and the value's canonical form."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Entity:
    """`expression` finds candidates in folded text; `validate(text, start, end)` yields what they really hold;
    `possible(text)` is a quick look that spares most texts the expression; `score` is how sure a match is."""

    expression: str
    validate: Callable[[str, int, int], Iterable[Match]]
    possible: Callable[[str], bool]
    score: float


def is_ascii_word(text: str, index: int) -> bool:
    """Whether there is an ASCII letter, digit or underscore at a place (places outside the text have none)."""
    return 0 <= index < len(text) and text[index].isascii() and (text[index].isalnum() or text[index] == "_")


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a span is not part of a longer word or number; writing without spaces around it is fine."""
    return not is_ascii_word(text, start - 1) and not is_ascii_word(text, end)


def has_digits(text: str) -> bool:
    return any(digit in text for digit in "0123456789")
