"""The vectors of all skills, built once and only read from then on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import faiss
import numpy as np

from .requests import RequestProbe, training_texts
from .text import Reading, composition, prepare, read

PASSAGE_WORDS = (18, 32)
"""Below the first no text is a passage; from the second on length speaks fully for it."""
FEW_EXAMPLES = 5
"""Up to so many examples, a skill's name and description count as one more."""
FEW_SKILLS = 20
NEAREST_EXAMPLES = 64
NEAREST_CENTROIDS = 32
KIN_OF_ONE = 0.55
"""How alike the passages of a skill are taken to be when it shows only one."""

faiss.omp_set_num_threads(1)


@dataclass(frozen=True)
class SkillEntry:
    """One skill of one agent, as its manifest describes it."""

    agent: str
    skill: str
    agent_id: int
    description: str
    examples: tuple[str, ...] = ()
    needs_payload: bool = False
    """Its payload has required fields: it cannot serve a request that has only text."""

    @property
    def summary(self) -> str:
        """Name and description in one line, which stands in when examples are few."""
        name = self.skill.replace("_", " ").replace("-", " ")
        return f"{name}: {self.description}" if self.description else name


@dataclass(frozen=True)
class Match:
    """How well one skill fits one vector: its nearest example and the centre of its examples."""

    nearest: float
    centroid: float
    row: int

    @property
    def score(self) -> float:
        return (self.nearest + self.centroid) / 2


@dataclass(frozen=True)
class Passages:
    """Those examples of a skill that are passages: texts to work on rather than requests."""

    texts: tuple[str, ...]
    vectors: np.ndarray
    compositions: np.ndarray
    kin: float
    """How near its passages are to one another in the mean: low means that any topic is welcome."""


@dataclass(frozen=True)
class Index:
    """Skills with their vectors. Immutable; threads may read it together."""

    entries: tuple[SkillEntry, ...]
    probe: RequestProbe
    texts: tuple[str, ...] = ()
    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    bounds: tuple[int, ...] = (0,)
    centroids: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    passages: Mapping[int, Passages] = field(default_factory=dict)
    _examples: faiss.Index | None = None
    _centres: faiss.Index | None = None
    _owner: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @classmethod
    def build(cls, entries: Iterable[SkillEntry], vectors: Mapping[str, np.ndarray]) -> Index:
        """Build from skills and the vectors of `needed_texts(entries)`, keyed by those texts.

        Raises KeyError when a vector is missing. Skills are ordered by agent and name, so equal input makes
        equal decisions.
        """
        probe = RequestProbe.fit(np.stack([vectors[prepare(text)] for text in training_texts()]))
        ordered = tuple(sorted(entries, key=lambda entry: (entry.agent, entry.skill)))
        texts: list[str] = []
        bounds = [0]
        passages: dict[int, Passages] = {}
        for number, entry in enumerate(ordered):
            requests, material = _sort_examples(entry, vectors, probe)
            if len(requests) <= FEW_EXAMPLES:
                requests.append(prepare(entry.summary))
            texts.extend(requests)
            bounds.append(len(texts))
            if material:
                passages[number] = _passages(material, vectors)
        if not texts:
            return cls(ordered, probe)
        rows = np.ascontiguousarray(np.stack([vectors[text] for text in texts]), dtype=np.float32)
        sums = np.add.reduceat(rows, bounds[:-1], axis=0)
        centroids = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        owner = np.repeat(np.arange(len(ordered)), np.diff(bounds))
        return cls(
            ordered,
            probe,
            tuple(texts),
            rows,
            tuple(bounds),
            centroids,
            passages,
            _flat(rows),
            _flat(centroids),
            owner,
        )

    def search(self, vector: np.ndarray, among: Collection[int]) -> dict[int, Match]:
        """Those skills of `among` that may be nearest to a vector of shape (dimension,), by their number.

        A few skills (those of one agent) are all compared. Of many, the owners of the nearest examples and
        the nearest centroids are looked at, which takes in whatever can rank first.
        """
        numbers = set(among)
        if len(numbers) > FEW_SKILLS and self._examples is not None and self._centres is not None:
            query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
            _, near = self._examples.search(query, min(NEAREST_EXAMPLES, len(self.rows)))
            _, central = self._centres.search(query, min(NEAREST_CENTROIDS, len(self.centroids)))
            numbers &= {int(self._owner[row]) for row in near[0]} | {int(number) for number in central[0]}
        found = {}
        for number in sorted(numbers):
            start, end = self.bounds[number], self.bounds[number + 1]
            similarities = self.rows[start:end] @ vector
            best = int(similarities.argmax())
            centroid = float(self.centroids[number] @ vector)
            found[number] = Match(float(similarities[best]), centroid, start + best)
        return found

    def nearest(self, number: int, vector: np.ndarray, count: int = 3) -> list[tuple[str, float]]:
        """A skill's example requests nearest to a vector, with their cosine, best first."""
        start, end = self.bounds[number], self.bounds[number + 1]
        similarities = self.rows[start:end] @ vector
        order = np.argsort(-similarities, kind="stable")[:count]
        return [(self.texts[start + int(i)], float(similarities[i])) for i in order]


def needed_texts(entries: Iterable[SkillEntry]) -> list[str]:
    """Every text, prepared, whose vector `Index.build` needs; each once."""
    texts = [prepare(text) for text in training_texts()]
    for entry in entries:
        texts.append(prepare(entry.summary))
        for example in entry.examples:
            texts.extend(read(example).parts)
    return [text for text in dict.fromkeys(texts) if text]


def passage_weight(reading: Reading, vectors: Sequence[np.ndarray], probe: RequestProbe) -> float:
    """How much a text is material to work on rather than a request, from 0 to 1.

    `vectors` belong to `reading.parts`. Long enough, and nothing in it asks for anything: an instruction set
    off from the rest ("Translate this: ...") decides alone; else the opening and closing sentences, where
    people ask, are weighed with the text as a whole.
    """
    low, high = PASSAGE_WORDS
    length = min(max((reading.words - low) / (high - low), 0.0), 1.0)
    if not length:
        return 0.0
    asks = probe.probability(reading.parts, np.stack(vectors))
    asked = float(asks[1:].max()) if len(asks) > 1 else float(asks[0])
    if not (reading.framed and asks[1] > 0.5):
        asked = (asked + float(asks[0])) / 2
    # A verdict near one half says little; the curve makes those near the ends count.
    return length / (1 + (max(asked, 1e-6) / max(1 - asked, 1e-6)) ** 3)


def _sort_examples(
    entry: SkillEntry, vectors: Mapping[str, np.ndarray], probe: RequestProbe
) -> tuple[list[str], list[str]]:
    requests: list[str] = []
    material: list[str] = []
    for example in dict.fromkeys(entry.examples):
        reading = read(example)
        if not reading.whole:
            continue
        weight = passage_weight(reading, [vectors[part] for part in reading.parts], probe)
        (material if weight > 0.5 else requests).append(reading.whole)
    return requests, material


def _passages(texts: list[str], vectors: Mapping[str, np.ndarray]) -> Passages:
    matrix = np.stack([vectors[text] for text in texts])
    count = len(texts)
    kin = KIN_OF_ONE
    if count > 1:
        alike = matrix @ matrix.T
        np.fill_diagonal(alike, -1)
        # One passage more is imagined, as alike to the others as those of a narrow skill are.
        kin = (float(alike.max(axis=1).sum()) + KIN_OF_ONE) / (count + 1)
    return Passages(tuple(texts), matrix, np.stack([composition(text) for text in texts]), kin)


def _flat(matrix: np.ndarray) -> faiss.Index:
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(np.ascontiguousarray(matrix, dtype=np.float32))
    return index
