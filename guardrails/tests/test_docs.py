"""docs/guardrails.md is true: its examples run, and it names everything a document may hold."""

import json
import re
from pathlib import Path

import pytest

from guardrails.engine import POLICY_SCHEMA, compile_policy
from guardrails.engine.detectors.injection import FAMILIES
from guardrails.engine.detectors.pii import ENTITIES

DOCS = (Path(__file__).parents[2] / "docs" / "guardrails.md").read_text(encoding="utf-8")


def test_the_policy_of_the_docs_compiles_and_its_tests_hold():
    [document] = re.findall(r"```yaml\n(.*?)```", DOCS, re.S)
    assert compile_policy(document).failed_tests() == ()


@pytest.mark.django_db
def test_the_answer_of_the_docs_is_the_answer(policy, call):
    [answer] = re.findall(r"```json\n(.*?)```", DOCS, re.S)
    given = call("post", "check/", {"text": "Write to jane@example.org", "direction": "input"}).json()
    assert given == json.loads(answer)


def test_every_type_key_entity_and_family_is_named():
    rules = [definition for name, definition in POLICY_SCHEMA["$defs"].items() if name != "rule"]
    keys = {key for rule in rules for key in rule["properties"]} - {"description"}
    families = {family for family in FAMILIES if family not in ("new_role", "manner", "addressed_to_machine")}
    for word in {*keys, *(set(POLICY_SCHEMA["$defs"]) - {"rule"}), *ENTITIES, *families}:
        assert f"`{word}" in DOCS, word
