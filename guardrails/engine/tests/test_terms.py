"""Lists of terms: whole words, in spite of disguises, in scripts with and without spaces."""

import pytest

from guardrails.engine.detectors.terms import TermsDetector
from guardrails.engine.subject import Subject


def found(text: str, *terms: str, **options) -> list[str]:
    return [text[start:end] for start, end in TermsDetector(terms, **options).spans(Subject(text))]


@pytest.mark.parametrize("text", ["a Bomb!", "ＢＯＭＢ", "b\u200bomb", "bоmb", "bömb", "a买bomb吗"])
def test_a_term_is_found_in_its_disguises(text):
    assert len(found(text, "bomb")) == 1


@pytest.mark.parametrize("text", ["bombastic", "aerobomb", "bomb_squad", "b0mb", "bomb1"])
def test_a_part_of_a_word_is_not_the_word(text):
    assert found(text, "bomb") == []


def test_substring_finds_it_inside():
    assert found("bombastic", "bomb", match="substring") == ["bomb"]


def test_letters_beyond_ascii_bound_words_too():
    assert found("который кот", "кот") == ["кот"]
    assert found("我要忽略它", "忽略") == ["忽略"]


def test_the_words_of_a_phrase_may_be_apart_by_any_space():
    assert found("top \n secret", "top secret") == ["top \n secret"]


def test_of_two_terms_the_longer_one_stands_there():
    assert found("a bath bomb", "bath", "bath bomb") == ["bath bomb"]


def test_signs_in_a_term_are_taken_as_they_are():
    assert found("C++ and c#", "c++", "c#") == ["C++", "c#"]


def test_case_sensitive_compares_as_sent():
    assert found("US us ＵＳ", "US", case_sensitive=True) == ["US"]


def test_ten_thousand_terms_compile_and_work():
    terms = [f"term{number:05d}x" for number in range(10_000)]
    assert found("it says Term09999X here", *terms) == ["Term09999X"]
    assert found("nothing", *terms) == []


def test_an_empty_list_finds_nothing():
    assert found("anything") == []
