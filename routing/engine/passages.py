"""Passages: texts that bring material to work on and ask for nothing.

Their topic says only what they are about, so they are compared by form, and by topic only so far as the
passages among a skill's own examples agree on one: a skill that shows a recipe, a news item and a page of a
novel takes a text about anything; one that shows four leases takes texts like leases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .requests import RequestProbe
from .text import Reading, composition

WORDS = (18, 32)
"""Below the first no text is a passage; from the second on, length speaks fully for it."""
TYPICAL = 0.8
"""Score of a passage that is as near to a skill's own passages as those are to one another."""
KIN_OF_ONE = 0.55
"""How near to one another the passages of a skill are taken to be when it shows only one."""
ALIKE = 0.08
"""Share of characters that may differ in kind between two texts of the same form."""
FORM_SCALE = 0.12


def passage_weight(reading: Reading, vectors: np.ndarray, probe: RequestProbe) -> float:
    """How much a text is a passage rather than a request, from 0 to 1.

    `vectors` belong to `reading.parts`. It is long enough, and nothing in it asks for anything: an
    instruction set off from the rest ("Translate this: ...") decides alone; else the opening and closing
    sentences, where people ask, are weighed with the text as a whole.
    """
    low, high = WORDS
    length = min(max((reading.words - low) / (high - low), 0.0), 1.0)
    if not length:
        return 0.0
    kinds = (part.kind for part in reading.parts)
    asks = dict(zip(kinds, (float(p) for p in probe.probability(reading.texts, vectors)), strict=True))
    asked = asks["whole"]
    ends = [asks[kind] for kind in ("head", "tail") if kind in asks]
    if ends:
        decides_alone = reading.framed and asks["head"] > 0.5
        asked = max(ends) if decides_alone else (max(ends) + asks["whole"]) / 2
    # A verdict near one half says little; the curve makes those near the ends count.
    return length / (1 + (max(asked, 1e-6) / max(1 - asked, 1e-6)) ** 3)


@dataclass(frozen=True)
class Passages:
    """Those examples of a skill that are passages, with vectors of shape (passages, dimension)."""

    texts: tuple[str, ...]
    vectors: np.ndarray
    compositions: np.ndarray
    kin: float
    """How near its passages are to one another in the mean: low means that any topic is welcome."""

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Mapping[str, np.ndarray]) -> Passages:
        matrix = np.stack([vectors[text] for text in texts])
        kin = KIN_OF_ONE
        if len(texts) > 1:
            alike = matrix @ matrix.T
            np.fill_diagonal(alike, -1)
            # One passage more is imagined, as near to the others as those of a narrow skill are.
            kin = (float(alike.max(axis=1).sum()) + KIN_OF_ONE) / (len(texts) + 1)
        return cls(tuple(texts), matrix, np.stack([composition(text) for text in texts]), kin)

    def score(self, vector: np.ndarray, form: np.ndarray) -> float:
        """0 to 1: how well a passage with this vector and `composition` belongs among these."""
        typical = TYPICAL - max(self.kin - float((self.vectors @ vector).max()), 0.0)
        apart = float(np.abs(self.compositions - form).sum(axis=1).min()) / 2
        return max(typical, 0.0) * float(np.exp(-((max(apart - ALIKE, 0.0) / FORM_SCALE) ** 2)))

    def nearest(self, vector: np.ndarray, count: int) -> list[tuple[str, float]]:
        """The passages nearest to a vector, with their cosine, best first."""
        alike = self.vectors @ vector
        return [(self.texts[i], float(alike[i])) for i in np.argsort(-alike, kind="stable")[:count].tolist()]
