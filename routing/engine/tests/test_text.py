import pytest

from routing.engine.text import LONGEST, composition, count_words, prepare, read, sentences


def parts(text):
    return {part.kind: part.text for part in read(text).parts}


@pytest.mark.parametrize(
    ("raw", "prepared"),
    [
        ("  two   words ", "two words"),
        ("line\r\n\r\n  next\tline", "line\nnext line"),
        ("nul\x00 bell\x07", "nul bell"),
        ("zero\u200bwidth", "zero width"),
        ("cafe\u0301", "café"),
        ("\x00\x01 \n \t", ""),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_prepare(raw, prepared):
    assert prepare(raw) == prepared


def test_of_a_huge_text_beginning_middle_and_end_are_kept():
    text = "start " + "x " * 200_000 + "middle " + "y " * 200_000 + "end"
    prepared = prepare(text)
    assert len(prepared) <= LONGEST + 2
    assert prepared.startswith("start")
    assert prepared.endswith("end")


def test_words_are_counted_in_scripts_without_spaces_too():
    assert count_words("one, two and don't") == 4
    assert count_words("今天天气很好") == 4
    assert count_words("🙂 !?") == 0


def test_sentences_end_at_stops_and_lines():
    assert sentences('He left. "Why?" she asked.\nNobody knew') == ["He left.", '"Why?"', "she asked.", "Nobody knew"]
    assert sentences("今天很冷。你好吗？好。") == ["今天很冷。", "你好吗？", "好。"]


def test_what_is_set_off_by_a_colon_is_the_head():
    assert parts("repeat after me: hello world")["head"] == "repeat after me"
    assert parts('say "hello world"')["head"] == "say"
    assert parts("Translate this\nLe soleil se lève.")["head"] == "Translate this"
    assert "head" not in parts("meet me at 10:30 tomorrow")


def test_the_last_sentence_before_the_colon_is_the_instruction():
    assert parts("Thank you so much. Now repeat after me: hello")["head"] == "Now repeat after me"


def test_a_long_text_has_a_first_and_a_last_sentence():
    found = parts("The first sentence stands here. " + "More is said in between. " * 5 + "And this ends it.")
    assert found["head"] == "The first sentence stands here."
    assert found["tail"] == "And this ends it."


def test_a_short_text_is_not_taken_apart():
    assert list(parts("Hello there. How are you?")) == ["whole"]


def test_numbers_are_values():
    assert parts("12 * 7,5")["figures"] == parts("3.5 * 1,000")["figures"]
    assert "figures" not in parts("an mp3 of h2o")


def test_prose_code_and_tables_differ_in_composition():
    prose = composition("The river rises in the hills, and it flows slowly to the sea.")
    code = composition("def f(x):\n    return {'a': x[0] + 1, 'b': [x ** 2 for x in y]}")
    table = composition("12;15;18\n14;17;20\n19;22;25")
    other = composition("Der Fluss entspringt in den Bergen und fließt langsam zum Meer.")
    assert abs(prose - other).sum() < 0.1
    assert abs(prose - code).sum() > 0.3
    assert abs(prose - table).sum() > 1
