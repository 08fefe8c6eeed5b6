from agent import repository_in

from neuroflow.testing import ask, raises


def test_it_finds_the_repository_in_the_words():
    assert repository_in("how many stars has python/cpython?") == "python/cpython"
    assert repository_in("how many stars are there") is None


def test_without_a_repository_it_says_what_to_send():
    with raises(Exception, match="such as python/cpython"):
        ask("how many stars")
