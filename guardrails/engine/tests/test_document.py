"""Reading YAML: only plain data, every mistake with its place, nothing that expands."""

import pytest

from guardrails.engine.document import MAX_CHARACTERS, read
from guardrails.engine.errors import PolicyError


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        read(text)
    return caught.value


def test_words_that_older_yaml_takes_for_booleans_stay_words():
    assert read("a: off\nb: yes\nc: no\nd: true\ne: 2024-01-01\nf: 0o17\n").data == {
        "a": "off",
        "b": "yes",
        "c": "no",
        "d": True,
        "e": "2024-01-01",
        "f": "0o17",
    }


def test_quoted_numbers_stay_text_and_plain_ones_become_numbers():
    assert read("a: '1'\nb: 1\nc: 0.7\nd: ~\n").data == {"a": "1", "b": 1, "c": 0.7, "d": None}


def test_a_billion_laughs_is_refused_at_its_first_anchor():
    bomb = 'a: &a ["ha"]\n' + "\n".join(
        f"{c}: &{c} [*{p},*{p},*{p}]" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    error = refused(bomb)
    assert (error.line, error.column) == (1, 4)
    assert "Anchors" in error.message


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [ls]", "a: !foo b", "!!set {a, b}"])
def test_tags_are_refused(text):
    assert "Tags" in refused(text).message


def test_a_key_set_twice_is_named_with_both_lines():
    error = refused("a: 1\nb: 2\na: 3\n")
    assert (error.line, error.column) == (3, 1)
    assert "line 1" in error.message


def test_deep_nesting_and_size_are_limited():
    assert "nested" in refused("[" * 1000).message
    assert "characters" in refused("x" * (MAX_CHARACTERS + 1)).message


def test_many_values_are_limited():
    assert "values" in refused("[" + "a," * 60_000 + "]").message


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a: ]\n", 1, 4), ("a:\n\tb: 1\n", 2, 1), ("a: 'b\n", 2, 1), ("a: b\n  \x01\n", 2, 3)],
)
def test_what_is_not_yaml_is_refused_with_its_place(text, line, column):
    error = refused(text)
    assert (error.line, error.column) == (line, column)


def test_one_document_only_and_not_an_empty_one():
    assert "second one" in refused("a: 1\n---\nb: 2\n").message
    assert "empty" in refused("# nothing\n").message


def test_every_value_and_key_knows_its_place():
    document = read("rules:\n  - name: x\n    terms: [one, two]\n")
    assert document.values[("rules", 0, "terms", 1)] == (3, 18)
    assert document.keys[("rules", 0, "terms")] == (3, 5)
    assert document.problem(("rules", 0, "gone"), "…").line == 2
