import pytest

from guardrails import service

from .conftest import document

pytestmark = pytest.mark.django_db


def test_text_and_value_are_inspected_as_one(policy):
    version_id = policy.live_deployment.version_id
    found = service.inspect(version_id, "input", text="a@b.co", value={"to": "c@d.co", "cc": ["a@b.co"]})
    assert (found.action, found.rule, found.message) == ("redact", None, "")
    assert (found.text, found.value) == ("[EMAIL_1]", {"to": "[EMAIL_2]", "cc": ["[EMAIL_1]"]})
    assert [verdict.get("path") for verdict in found.verdicts] == [None, "/to", "/cc/0"]


def test_a_string_alone_is_a_value_whose_path_is_the_root(policy):
    found = service.inspect(policy.live_deployment.version_id, "output", value="a@b.co")
    assert found.value == "[EMAIL_1]"
    assert found.verdicts[0]["path"] == ""


def test_the_output_goes_on_numbering_where_the_input_stopped(policy):
    version_id = policy.live_deployment.version_id
    first = service.inspect(version_id, "input", text="a@b.co")
    assert "a@b.co" not in str(first.placeholders)
    service.clear()  # as another process would
    second = service.inspect(version_id, "output", value="c@d.co a@b.co", placeholders=first.placeholders)
    assert second.value == "[EMAIL_2] [EMAIL_1]"


def test_the_first_rule_that_blocks_is_named_with_its_message(save):
    rules = document(
        "{name: one, type: deny, terms: [alpha], action: flag}",
        "{name: two, type: deny, terms: [alpha], action: block, agents: [echo], message: No.}",
    )
    version = save(rules)
    assert service.inspect(version.pk, "input", text="alpha").action == "flag"
    assert service.names_agent(version.pk, "echo")
    found = service.inspect(version.pk, "input", text="alpha", agent="echo")
    assert (found.action, found.rule, found.message) == ("block", "two", "No.")


def test_without_a_live_version_all_passes():
    found = service.inspect(None, "input", text="a@b.co", value={"x": 1})
    assert (found.action, found.text, found.value, found.verdicts) == ("allow", "a@b.co", {"x": 1}, [])
    assert not service.names_agent(None, "echo")


def test_a_version_is_read_and_compiled_once(policy, django_assert_num_queries):
    version_id = policy.live_deployment.version_id
    service.clear()
    with django_assert_num_queries(1):
        assert service.compiled(version_id) is service.compiled(version_id)
