"""What a document may say, and how its mistakes are told."""

import pytest
from jsonschema import Draft202012Validator

from guardrails.engine import DEFAULT_POLICY, POLICY_SCHEMA, PolicyError, compile_policy

HEAD = "apiVersion: neuroflow/v1\nkind: GuardrailPolicy\nrules:\n"


def mistakes(rules: str) -> list[tuple[int, int, str]]:
    with pytest.raises(PolicyError) as caught:
        compile_policy(HEAD + rules)
    return [(error.line, error.column, error.message) for error in caught.value.errors]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(POLICY_SCHEMA)


def test_the_starting_policy_compiles_and_its_tests_hold():
    assert compile_policy(DEFAULT_POLICY).failed_tests() == ()


def test_an_unknown_key_is_named_where_it_stands_with_what_was_meant():
    [(line, column, message)] = mistakes("  - name: x\n    type: pii\n    action: log\n    entitys: [email]\n")
    assert (line, column) == (7, 5)
    assert "“entitys”" in message
    assert "“entities”" in message


def test_all_mistakes_are_told_at_once_in_order():
    found = mistakes(
        "  - name: one\n    type: pattern\n    action: blok\n    pattern: a\n"
        "  - name: two\n    type: pattern\n    action: log\n    pattern: 'a(?=b)'\n"
        "  - name: three\n    type: lenght\n"
        "  - name: two\n    type: pii\n    action: log\n"
    )
    assert [line for line, _, _ in found] == [6, 11, 13, 14]
    assert "“block”" in found[0][2]
    assert "Look-around" in found[1][2]
    assert "“length”" in found[2][2]
    assert "line 8" in found[3][2]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("  - name: x\n    type: pattern\n    action: log\n    pattern: '(a)\\1'\n", "Back-references"),
        ("  - name: x\n    type: pattern\n    action: log\n    pattern: 'a*'\n", "empty text"),
        ("  - name: x\n    type: pattern\n    action: log\n    pattern: '(a'\n", "RE2 does not take"),
        ("  - name: x\n    type: pattern\n    action: log\n", "either “pattern” or “patterns”"),
        ("  - name: x\n    type: length\n    action: block\n", "“max”, “min” or both"),
        ("  - name: x\n    type: length\n    action: block\n    max: 1\n    min: 2\n", "more than “max”"),
        ("  - name: x\n    type: length\n    action: redact\n    max: 1\n", "not one of"),
        ("  - name: X Y\n    type: pii\n    action: log\n", "cannot be a name"),
        ("  - name: x\n    type: pii\n    action: true\n", "not one of"),
        ("  - name: x\n    type: pii\n", "“action” is missing"),
        ("  - name: x\n    type: injection\n    action: log\n    threshold: 7\n", "at most 1"),
        ("  - name: x\n    type: deny\n    action: log\n    terms: [1]\n", "put it in quotes"),
        ("  - x\n", "must be a mapping"),
    ],
)
def test_a_mistake_is_explained(rules, says):
    assert any(says in message for _, _, message in mistakes(rules))


def test_a_rule_test_that_does_not_hold_is_reported_with_its_line():
    policy = compile_policy(
        HEAD
        + "  - name: x\n    type: deny\n    action: block\n    terms: [secret]\n    tests:\n"
        + "      should_match:\n        - a secret\n        - nothing here\n"
        + "      should_not_match: [secretary, secret]\n"
    )
    assert [(problem.line, problem.path) for problem in policy.failed_tests()] == [
        (11, "/rules/0/tests/should_match/1"),
        (12, "/rules/0/tests/should_not_match/1"),
    ]


def test_rule_tests_are_run_with_the_allow_rules_and_whatever_the_action():
    policy = compile_policy(
        HEAD
        + "  - {name: ok, type: allow, terms: [bath bomb]}\n"
        + "  - name: x\n    type: deny\n    action: off\n    direction: output\n    agents: [shop]\n    terms: [bomb]\n"
        + "    tests: {should_match: [a bomb], should_not_match: [a bath bomb]}\n"
    )
    assert policy.failed_tests() == ()
