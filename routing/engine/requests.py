"""Tells a sentence that asks for something from one that is merely part of a text.

A pasted article and a long request are alike in length, and neither is near to any short example. What sets
them apart is whether somebody is asked to do something. Two things tell: the embedding, and a handful of
words and marks with which people ask. A linear probe over both, fitted by ridge regression to the sentences
in `data/`, separates the two. It is fitted when the model is loaded, so it goes with any model, and takes
milliseconds once the sentences are encoded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

RIDGE = 1.0
STEEPNESS = 5.0
CUE_WEIGHT = 0.4
"""Length of one cue beside an embedding of length 1: enough to be used, too little to decide alone."""

_CUES = (
    re.compile(r"[?？]\s*$"),
    re.compile(
        r"\b(please|(can|could|would|will) (you|i|we)|would you mind|i( woul|')d like|help me|let me know|"
        r"(i|we) (need|want|have to)|(i am|i'm|we are|we're) (looking|trying)|thanks in advance)\b"
        r"|请|帮我|帮忙|麻烦|我想|我要|能不能|可以.*吗|吗[？?]?$|怎么|怎样|如何|多少",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(and |then |now |also )?(what|which|who|where|when|why|how|is|are|do|does|did|can|could|should)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(and |then |now |also )?(add|analy[sz]e|answer|book|buy|calculate|call|cancel|change|check|classify|"
        r"compare|compute|convert|correct|count|create|delete|deploy|describe|draft|estimate|evaluate|explain|"
        r"extract|find|fix|generate|get|give|list|look|make|measure|open|order|pay|play|plan|proofread|"
        r"recommend|remind|remove|repeat|rephrase|reply|rewrite|review|run|say|schedule|search|send|set|"
        r"shorten|show|solve|start|stop|suggest|summari[sz]e|tell|transfer|translate|turn|update|write)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(this|following|below|above|attached)\b|下面|以下|这篇|这段", re.IGNORECASE),
    re.compile(r"\b(me|my|us)\b|我", re.IGNORECASE),
    re.compile(r"\b(he|she|they|his|her|their|its|was|were|had|has been)\b", re.IGNORECASE),
)


def _cues(texts: Sequence[str]) -> np.ndarray:
    """Shape (texts, cues): which of the tell-tale words and marks each text has."""
    return np.array(
        [[CUE_WEIGHT * bool(cue.search(text)) for cue in _CUES] for text in texts], dtype=np.float32
    ).reshape(len(texts), len(_CUES))


@cache
def _sentences(name: str) -> tuple[str, ...]:
    lines = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def training_texts() -> tuple[str, ...]:
    """The sentences whose vectors `RequestProbe.fit` needs, in its order."""
    return _sentences("requests.txt") + _sentences("material.txt")


def everyday_texts() -> tuple[str, ...]:
    """What people say to any assistant: requests of many kinds, and small talk."""
    return _sentences("requests.txt") + _sentences("everyday.txt")


class RequestProbe:
    """Probability that a part of a text asks for something."""

    def __init__(self, weights: np.ndarray, bias: float) -> None:
        self._weights = weights
        self._bias = bias

    @classmethod
    def fit(cls, vectors: np.ndarray) -> RequestProbe:
        """Fit to the vectors of `training_texts()`, of shape (sentences, dimension)."""
        asked = len(_sentences("requests.txt"))
        target = np.where(np.arange(len(vectors)) < asked, 1.0, -1.0)
        return cls(*_ridge(np.hstack((vectors, _cues(training_texts()))), target))

    def probability(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """n texts and their vectors, shape (n, dimension), to n numbers: 0 a statement, 1 a request."""
        features = np.hstack((vectors, _cues(texts)))
        return 1 / (1 + np.exp(-STEEPNESS * (features @ self._weights + self._bias)))


def _ridge(features: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float]:
    mean = features.mean(axis=0)
    centred = features - mean
    gram = centred.T @ centred + RIDGE * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (target - target.mean()))
    return weights.astype(np.float32), float(target.mean() - mean @ weights)
