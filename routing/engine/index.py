"""The vectors of all skills, built once and only read from then on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .lexical import SharedCharacters
from .passages import Passages, passage_weight
from .requests import RequestProbe, everyday_texts, training_texts
from .text import prepare, read

FEW_EXAMPLES = 5
"""Up to so many examples, a skill's name and description count as one more."""
FEW_SKILLS = 20
"""So many skills are all compared; of more, only the owners of what the index finds."""
NEAREST_EXAMPLES = 96
NEAREST_CENTROIDS = 32
QUIET = 0.3
"""A skill whose noise is below this is given the difference, at most `MOST_QUIET`; see `Index`."""
MOST_QUIET = 0.12
NOISE_QUANTILE = 0.95
CLAIMED = 0.38
"""An everyday request that scores this much with some skill is taken to be served by it."""

logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # it tells of every processor it is not built for
import faiss  # noqa: E402

faiss.omp_set_num_threads(1)

_read = lru_cache(maxsize=16_384)(read)  # a publish builds anew from examples most of which were there before


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
    """How near one skill is to one vector (cosines): by its nearest example, by the centre of all."""

    nearest: float
    centroid: float
    quiet: float
    """What the skill is given for being far from everyday requests."""

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return min(max((self.nearest + self.centroid) / 2 + self.quiet, 0.0), 1.0)


class Index:
    """Skills with their vectors. Immutable; threads may read it together.

    A skill with two examples is less near to a request that it serves than one with twelve, but also less near
    to requests it does not serve. So that one threshold fits both, each skill's noise is measured when the
    index is built: the score that 95 of 100 everyday requests and remarks (`data/`) stay below. A skill quieter
    than most is given the difference. Raising only, and by a quantile, so that a skill which does serve some
    of those everyday requests loses nothing by it. Those that no skill here serves speak against all: what is
    nearer to one of them than to a skill's examples was probably not meant for the skill.
    """

    def __init__(self, entries: Iterable[SkillEntry], vectors: Mapping[str, np.ndarray]) -> None:
        """Build from skills and the vectors of `needed_texts(entries)`, keyed by those texts.

        Raises KeyError when a vector is missing. Skills are ordered by agent and name, so that equal input
        makes equal decisions.
        """
        self.entries = tuple(sorted(entries, key=lambda entry: (entry.agent, entry.skill)))
        self.probe = RequestProbe.fit(np.stack([vectors[prepare(text)] for text in training_texts()]))
        self.passages: dict[int, Passages] = {}
        self._shown: list[str] = []
        self._bounds = [0]
        rows: list[np.ndarray] = []
        encoded_texts: list[str] = []
        for number, entry in enumerate(self.entries):
            requests, passages = self._sort(entry, vectors)
            if passages:
                self.passages[number] = Passages.of(passages, vectors)
            for shown, encoded in requests:
                self._shown.append(shown)
                rows.append(vectors[encoded])
                encoded_texts.append(encoded)
            self._bounds.append(len(rows))
        dimension = len(next(iter(vectors.values())))
        self._rows = np.ascontiguousarray(rows, dtype=np.float32).reshape(len(rows), dimension)
        self._centroids = self._rows[:0]
        self._owner = np.repeat(np.arange(len(self.entries)), np.diff(self._bounds))
        if rows:
            sums = np.add.reduceat(self._rows, self._bounds[:-1], axis=0)
            self._centroids = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        self._characters = SharedCharacters(encoded_texts)
        self._near_rows = _flat(self._rows)
        self._near_centroids = _flat(self._centroids)
        everyday = np.stack([vectors[prepare(text)] for text in everyday_texts()])
        scores = self._score_all(everyday)
        noise = np.quantile(scores, NOISE_QUANTILE, axis=1)
        self._quiet = np.clip(QUIET - noise, 0.0, MOST_QUIET)
        claimed = (scores + self._quiet[:, None]).max(axis=0, initial=0.0) >= CLAIMED
        self._foreign = everyday[~claimed]

    def search(self, vector: np.ndarray, among: Set[int]) -> dict[int, Match]:
        """Those skills of `among` that may be nearest to a vector of shape (dimension,), by their number."""
        if len(among) <= FEW_SKILLS:
            nearest = {number: self._nearest_of(number, vector) for number in among}
        else:
            query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
            near, rows = self._near_rows.search(query, min(NEAREST_EXAMPLES, len(self._rows)))
            _, central = self._near_centroids.search(query, min(NEAREST_CENTROIDS, len(self._centroids)))
            nearest = {}
            for number, cosine in zip(self._owner[rows[0]].tolist(), near[0].tolist(), strict=True):
                nearest.setdefault(number, cosine)  # rows come best first
            for number in central[0].tolist():
                if number not in nearest:
                    nearest[number] = self._nearest_of(number, vector)
            nearest = {number: cosine for number, cosine in nearest.items() if number in among}
        numbers = list(nearest)
        centroids = (self._centroids[numbers] @ vector).tolist() if numbers else []
        return {
            number: Match(nearest[number], centroid, float(self._quiet[number]))
            for number, centroid in zip(numbers, centroids, strict=True)
        }

    def search_characters(self, text: str, among: Set[int]) -> dict[int, float]:
        """Those skills of `among` that share characters with a text: likeness to their likest example."""
        found: dict[int, float] = {}
        for row, likeness in self._characters.likeness(text).items():
            number = int(self._owner[row])
            if number in among:
                found[number] = max(found.get(number, 0.0), likeness)
        return found

    def _nearest_of(self, number: int, vector: np.ndarray) -> float:
        return float((self._rows[self._bounds[number] : self._bounds[number + 1]] @ vector).max())

    def foreign(self, vector: np.ndarray) -> float:
        """Cosine to the nearest of those everyday requests that no skill here serves."""
        return float((self._foreign @ vector).max()) if len(self._foreign) else 0.0

    def nearest(self, number: int, vector: np.ndarray, count: int) -> list[tuple[str, float]]:
        """A skill's example requests nearest to a vector, with their cosine, best first."""
        start, end = self._bounds[number], self._bounds[number + 1]
        alike = self._rows[start:end] @ vector
        best: dict[str, float] = {}
        for i in np.argsort(-alike, kind="stable").tolist():
            best.setdefault(self._shown[start + i], float(alike[i]))
        return list(best.items())[:count]

    def _sort(self, entry: SkillEntry, vectors: Mapping[str, np.ndarray]) -> tuple[list[tuple[str, str]], list[str]]:
        """Requests, each as (text shown, text encoded), and passages among the examples of a skill."""
        requests: list[tuple[str, str]] = []
        passages: list[str] = []
        count = 0
        for example in dict.fromkeys(entry.examples):
            reading = _read(example)
            if not reading.whole:
                continue
            encoded = np.stack([vectors[text] for text in reading.texts])
            if passage_weight(reading, encoded, self.probe) > 0.5:
                passages.append(reading.whole)
                continue
            count += 1
            # In "repeat after me: good morning" the instruction is what the skill serves; what follows it is
            # one content out of all there may be, and must not draw requests that are about it.
            head = reading.framed and self.probe.probability(reading.texts, encoded)[1] > 0.5
            kinds = ("head",) if head else ("whole", "figures")
            requests.extend((reading.whole, part.text) for part in reading.parts if part.kind in kinds)
        if count <= FEW_EXAMPLES:
            requests.append((prepare(entry.summary),) * 2)
        return requests, passages

    def _score_all(self, vectors: np.ndarray) -> np.ndarray:
        """Shape (skills, vectors): the score of every skill for every vector, before quietness."""
        if not len(self._rows):
            return np.zeros((0, len(vectors)))
        nearest = np.maximum.reduceat(self._rows @ vectors.T, self._bounds[:-1], axis=0)
        return (nearest + self._centroids @ vectors.T) / 2


def needed_texts(entries: Iterable[SkillEntry]) -> list[str]:
    """Every text, prepared, whose vector an `Index` of these skills needs; each once."""
    texts = [prepare(text) for text in training_texts() + everyday_texts()]
    for entry in entries:
        texts.append(prepare(entry.summary))
        for example in entry.examples:
            texts.extend(_read(example).texts)
    return [text for text in dict.fromkeys(texts) if text]


def _flat(matrix: np.ndarray) -> faiss.Index:
    index = faiss.IndexFlatIP(matrix.shape[1])
    if len(matrix):
        index.add(np.ascontiguousarray(matrix, dtype=np.float32))
    return index
