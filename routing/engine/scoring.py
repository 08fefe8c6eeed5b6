"""How well every skill fits one text."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from .index import Index
from .passages import passage_weight
from .text import Reading, composition

FOREIGN = 0.5
"""How much of the lead of an unserved everyday request over a skill's nearest example is taken off its score."""
NEAREST_SHOWN = 3
EXPLAINED = 5
"""So many of the best get their nearest examples looked up."""


@dataclass(frozen=True)
class Score:
    """One skill's score, and which of its examples speak for it, with their cosine."""

    number: int
    value: float
    nearest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Scores:
    """Every scored skill, best first, and how much the text was taken as a passage (0 to 1)."""

    ranked: tuple[Score, ...]
    passage: float


def score(index: Index, reading: Reading, vectors: np.ndarray, among: Set[int], trusted: float = 1.0) -> Scores:
    """Score the skills of an index numbered `among` for a text; `vectors` belong to `reading.parts`.

    `trusted` (0 to 1) says how far the model can read the text; the rest is decided by shared characters.

    A request counts by its meaning: the mean of the nearest example and the centroid of all, for the whole
    text and for those parts of it that ask for something; the best of these. It loses part of the lead that an
    everyday request which no skill serves has over the nearest example. Its numbers count half: the text as
    written and with all numbers alike are averaged where the latter is nearer.
    A passage counts for the skills that show passages among their examples; see `passages.py`.
    """
    passage = passage_weight(reading, vectors, index.probe)
    asks = index.probe.probability(reading.texts, vectors)
    found = [_meaning(index, vector, among) for vector in vectors]
    if trusted < 1:
        found = [
            _mixed(meant, index.search_characters(part.text, among), trusted)
            for part, meant in zip(reading.parts, found, strict=True)
        ]
    best: dict[int, tuple[float, int]] = {}
    for position, part in enumerate(reading.parts):
        weight = _weight(part.kind, reading.framed, float(asks[position]), passage)
        for number, fit in found[position].items() if weight > 0 else ():
            value = weight * fit
            if part.kind == "figures":
                value = (value + best.get(number, (0.0, 0))[0]) / 2
            if number not in best or value > best[number][0]:
                best[number] = (value, position)
    by_passage: dict[int, float] = {}
    if passage > 0:
        form = composition(reading.whole)
        for number in index.passages.keys() & among:
            value = passage * index.passages[number].score(vectors[0], form)
            if value > best.get(number, (0.0, 0))[0]:
                by_passage[number] = value
    values = {number: value for number, (value, _) in best.items()} | by_passage
    ranked: list[Score] = []
    for number, value in sorted(values.items(), key=lambda one: (-round(one[1], 4), one[0])):
        nearest: list[tuple[str, float]] = []
        if len(ranked) < EXPLAINED and number in by_passage:
            nearest = index.passages[number].nearest(vectors[0], NEAREST_SHOWN)
        elif len(ranked) < EXPLAINED:
            nearest = index.nearest(number, vectors[best[number][1]], NEAREST_SHOWN)
        ranked.append(Score(number, value, tuple(nearest)))
    return Scores(tuple(ranked), passage)


def _meaning(index: Index, vector: np.ndarray, among: Set[int]) -> dict[int, float]:
    foreign = index.foreign(vector)
    return {
        number: max(match.score - FOREIGN * max(foreign - match.nearest, 0.0), 0.0)
        for number, match in index.search(vector, among).items()
    }


def _mixed(meaning: dict[int, float], characters: dict[int, float], trusted: float) -> dict[int, float]:
    return {
        number: trusted * meaning.get(number, 0.0) + (1 - trusted) * characters.get(number, 0.0)
        for number in meaning.keys() | characters.keys()
    }


def _weight(kind: str, framed: bool, asked: float, passage: float) -> float:
    """How far a part of a text speaks for what is wanted, from 0 to 1.

    What a passage is about says nothing of it. A part counts as far as it asks; what is set off at the head
    of a text that is no passage is an instruction even when it does not sound like one ("echo: ...").
    """
    if kind in ("whole", "figures"):
        return 1 - passage
    sounds = min(max((asked - 0.4) / 0.4, 0.0), 1.0)
    return max(sounds, 1 - passage) if kind == "head" and framed else sounds
