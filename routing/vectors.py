"""Vectors of texts, from the database where they are stored, else encoded and stored."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable

import numpy as np
from django.db import DatabaseError

from .engine import Encoder
from .models import SkillVector

logger = logging.getLogger(__name__)
CHUNK = 500


def vectors_of(encoder: Encoder, texts: Iterable[str]) -> dict[str, np.ndarray]:
    """Prepared texts to their vectors. What was encoded once, by any process, is read and not encoded again."""
    digests = {_digest(text): text for text in texts}
    found = _stored(encoder, digests)
    missing = [text for text in digests.values() if text not in found]
    if missing:
        encoded = dict(zip(missing, encoder.encode_many(missing), strict=True))
        _store(encoder, encoded)
        found.update(encoded)
    return found


def _stored(encoder: Encoder, digests: dict[str, str]) -> dict[str, np.ndarray]:
    wanted = list(digests)
    found = {}
    for start in range(0, len(wanted), CHUNK):
        rows = SkillVector.objects.filter(
            model_id=encoder.model_id, digest__in=wanted[start : start + CHUNK]
        ).values_list("digest", "vector")
        for digest, blob in rows:
            vector = np.frombuffer(blob, dtype="<f4")
            if vector.shape == (encoder.dimension,):
                found[digests[digest]] = vector
    return found


def _store(encoder: Encoder, encoded: dict[str, np.ndarray]) -> None:
    rows = [
        SkillVector(digest=_digest(text), model_id=encoder.model_id, vector=vector.astype("<f4").tobytes())
        for text, vector in encoded.items()
    ]
    try:
        # Two processes may store the same text at once: it is the same vector, and the first is kept.
        SkillVector.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)
    except DatabaseError:
        logger.exception("vectors could not be stored; they will be computed again at the next start")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
