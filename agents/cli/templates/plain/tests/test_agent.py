from neuroflow.testing import ask


def test_it_counts_words():
    assert ask("one three") == {"words": 2, "longest": "three"}


def test_it_counts_nothing():
    assert ask("") == {"words": 0, "longest": ""}
