"""Likeness by shared characters, for texts in a script that the model cannot read.

A model for English splits most Chinese into unknown signs, and all such texts look alike to it. Written in the
same script, two requests for the same thing share characters: that is measured here, by the single characters
and pairs that they have in common. Letters of the Latin alphabet are left to the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

UNREADABLE, READABLE = 0.4, 0.8
"""Share of known tokens up to which the model is not trusted at all, and from which it is trusted wholly."""


def trust(known: float) -> float:
    """How far the model's vector of a text is to be trusted (0 to 1), by the share of tokens it knows."""
    return min(max((known - UNREADABLE) / (READABLE - UNREADABLE), 0.0), 1.0)


class SharedCharacters:
    """Finds which of some texts share characters with another."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._sizes: list[int] = []
        self._holders: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            grams = _grams(text)
            self._sizes.append(len(grams))
            for gram in grams:
                self._holders.setdefault(gram, []).append(number)

    def likeness(self, text: str) -> dict[int, float]:
        """Number of each text that shares something → Dice coefficient, 0 to 1."""
        grams = _grams(text)
        shared: Counter[int] = Counter()
        for gram in grams:
            shared.update(self._holders.get(gram, ()))
        return {number: 2 * count / (len(grams) + self._sizes[number]) for number, count in shared.items()}


def _grams(text: str) -> set[str]:
    signs = [c if c.isalpha() and not c.isascii() else " " for c in text]
    pairs = {a + b for a, b in pairwise(signs) if a != " " and b != " "}
    return pairs | {sign for sign in signs if sign != " "}
