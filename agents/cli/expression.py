"""The expression of `agent test -k`: words that a name contains, joined by "and", "or", "not" and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable

from .problem import Problem

Matcher = Callable[[str], bool]


def matcher(expression: str) -> Matcher:
    """Tells whether a name matches; letters' case does not matter. Everything matches an empty expression."""
    tokens = re.findall(r"[()]|[^\s()]+", expression)
    if not tokens:
        return lambda name: True
    found = _either(tokens, expression)
    if tokens:
        raise Problem(f"-k {expression!r}: {tokens[0]!r} is not expected there; join words with and, or, not.")
    return found


def _either(tokens: list[str], whole: str) -> Matcher:
    one = _both(tokens, whole)
    while tokens and tokens[0] == "or":
        tokens.pop(0)
        one = _joined(any, one, _both(tokens, whole))
    return one


def _both(tokens: list[str], whole: str) -> Matcher:
    one = _single(tokens, whole)
    while tokens and tokens[0] == "and":
        tokens.pop(0)
        one = _joined(all, one, _single(tokens, whole))
    return one


def _joined(how: Callable[[list[bool]], bool], first: Matcher, second: Matcher) -> Matcher:
    return lambda name: how([first(name), second(name)])


def _single(tokens: list[str], whole: str) -> Matcher:
    if not tokens or tokens[0] in (")", "and", "or"):
        raise Problem(f"-k {whole!r}: a word is missing{f' before {tokens[0]!r}' if tokens else ' at the end'}.")
    word = tokens.pop(0)
    if word == "not":
        inner = _single(tokens, whole)
        return lambda name: not inner(name)
    if word == "(":
        inner = _either(tokens, whole)
        if not tokens or tokens.pop(0) != ")":
            raise Problem(f"-k {whole!r}: a closing parenthesis is missing.")
        return inner
    return lambda name: word.lower() in name.lower()
