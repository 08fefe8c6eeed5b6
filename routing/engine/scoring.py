"""How well every skill fits one text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from .index import Index, Passages, passage_weight
from .text import Reading, composition

TYPICAL = 0.8
"""Score of a passage that is as near to a skill's own passages as those are to one another."""
ALIKE = 0.08
"""Share of characters that may differ in kind between two texts of the same form."""
FORM_SCALE = 0.12
NEAREST_SHOWN = 3


@dataclass(frozen=True)
class Score:
    """One skill's score, and which of its examples speak for it."""

    number: int
    value: float
    nearest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Scores:
    """Every scored skill, best first, and how much the text was taken as a passage (0 to 1)."""

    ranked: tuple[Score, ...]
    passage: float


def score(index: Index, reading: Reading, vectors: Sequence[np.ndarray], among: Collection[int]) -> Scores:
    """Score the skills of an index (those numbered `among`) for a text whose parts have these vectors.

    A request counts by its meaning: the mean of the nearest example and the centroid of all, for the whole
    text and for its opening and closing sentence if those ask for something; the best of the three.
    A passage, which asks for nothing, says by its topic only what it is about, not what is wanted. It counts
    for the skills whose examples contain passages: by the likeness of its form to theirs (prose, code, a
    table) and by whether it is as near to them as they are to one another.
    """
    passage = passage_weight(reading, vectors, index.probe)
    asks = index.probe.probability(reading.parts, np.stack(vectors))
    best: dict[int, tuple[float, np.ndarray]] = {}
    for position, vector in enumerate(vectors):
        weight = 1 - passage if position == 0 else _part_weight(float(asks[position]), reading, position)
        if weight <= 0:
            continue
        for number, match in index.search(vector, among).items():
            value = weight * match.score
            if number not in best or value > best[number][0]:
                best[number] = (value, vector)
    scores = {
        number: Score(number, value, tuple(index.nearest(number, vector, NEAREST_SHOWN)))
        for number, (value, vector) in best.items()
    }
    if passage > 0:
        form = composition(reading.whole)
        for number, passages in index.passages.items():
            if number not in among:
                continue
            likeness = passages.vectors @ vectors[0]
            value = passage * _typical(passages, likeness) * _form(passages, form)
            if number not in scores or value > scores[number].value:
                order = np.argsort(-likeness, kind="stable")[:NEAREST_SHOWN]
                shown = tuple((passages.texts[int(i)], float(likeness[i])) for i in order)
                scores[number] = Score(number, value, shown)
    ranked = sorted(scores.values(), key=lambda one: (-round(one.value, 4), one.number))
    return Scores(tuple(ranked), passage)


def _part_weight(asks: float, reading: Reading, position: int) -> float:
    """A framed head is an instruction whatever its words; another part counts as far as it asks."""
    if position == 1 and reading.framed:
        return 1.0
    return min(max((asks - 0.4) / 0.4, 0.0), 1.0)


def _typical(passages: Passages, likeness: np.ndarray) -> float:
    return TYPICAL - max(passages.kin - float(likeness.max()), 0.0)


def _form(passages: Passages, form: np.ndarray) -> float:
    """1 for a text made up like one of the passages, falling towards 0 the more its make-up differs."""
    apart = float(np.abs(passages.compositions - form).sum(axis=1).min()) / 2
    return float(np.exp(-((max(apart - ALIKE, 0.0) / FORM_SCALE) ** 2)))
