import numpy as np
import pytest

from routing.engine.requests import RequestProbe, training_texts

ASKS = (
    "Please sharpen these two photographs.", "Where can I leave my bicycle?", "I need a new passport by March.",
    "Count the syllables of this verse.", "Could somebody look at the leaking tap?", "Show me yesterday's sales.",
    "Send flowers to my aunt.", "Which train goes to Ghent?", "请告诉我附近的银行在哪里？",
    "Tell the guests that dinner is ready.",
)  # fmt: skip
TELLS = (
    "The ferry crosses the strait four times a day.", "Her brother became a baker in Ghent.",
    "Enzymes speed up reactions.",
    "Nobody answered the telephone that evening.", "The shares closed slightly lower.", "He was born in a lighthouse.",
    "In spring the meadows are full of crocuses.", "The court dismissed the appeal.", "这本书出版于1998年。",
    "It rained for three weeks without a break.",
)  # fmt: skip


@pytest.fixture(scope="module")
def probe(encoder):
    return RequestProbe.fit(encoder.encode_many(training_texts()))


def test_requests_are_told_from_statements(encoder, probe):
    texts = [*ASKS, *TELLS]
    asks = probe.probability(texts, encoder.encode_many(texts)) > 0.5
    right = asks == (np.arange(len(texts)) < len(ASKS))
    assert right.sum() >= 18, [text for text, ok in zip(texts, right, strict=True) if not ok]
