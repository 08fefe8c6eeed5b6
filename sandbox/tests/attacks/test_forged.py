"""What code says of itself, and of its own tests, without the kit: it reaches nobody in a wrong shape."""

import json
from typing import Any

import pytest

from sandbox import Runtime, SourceError
from sandbox.tests.web import Web

SKILL = {"name": "a", "description": "", "examples": [], "input_schema": {}, "idempotent": False}
MANIFEST = {"name": "a", "description": "", "version": None, "skills": [SKILL], "tools": [], "capabilities": []}


def saying(answer: str) -> dict[str, str]:
    """An agent that answers whatever it is asked, from its import on, with this."""
    source = f"import _neuroflow_app\n_neuroflow_app._answer = lambda *a: {answer}\ndef handle(request): return 1\n"
    return {"agent.py": source, "test_it.py": "def test_it(): pass\n"}


def forged(**changes: Any) -> str:
    return repr("ok\n" + json.dumps({**MANIFEST, **changes}))


def test_a_well_formed_one_is_what_it_says(runtime: Runtime) -> None:
    assert runtime.read_manifest(saying(forged())) == MANIFEST


@pytest.mark.parametrize(
    "answer",
    [
        "'ok'",
        "'ok\\nno json'",
        "'ok\\n[]'",
        "'ok\\nnull'",
        "'ok\\n{}'",
        "'ok\\n' + '[' * 10_000",
        "'ok\\n{\"name\": NaN}'",
        "'ok\\n\"' + 'x' * 30_000_000 + '\"'",
        "'well'",
        "''",
        "None",
        "b'ok'",
        "'failed\\n'",
        "'failed\\n[1]'",
        '\'failed\\n{"detail": {"file": [], "line": "x"}}\'',
        "1 / 0",
        "exit()",
        "[0] * 10**9",
        forged(name=5),
        forged(name=None),
        forged(description=[]),
        forged(version=5),
        forged(skills={}),
        forged(skills=[5]),
        forged(skills=[{}]),
        forged(skills=[{**SKILL, "name": ""}]),
        forged(skills=[{**SKILL, "name": ["a"]}]),
        forged(skills=[{**SKILL, "examples": "a"}]),
        forged(skills=[{**SKILL, "examples": [5]}]),
        forged(skills=[{**SKILL, "description": {}}]),
        forged(skills=[{**SKILL, "idempotent": "no"}]),
        forged(skills=[{**SKILL, "input_schema": []}]),
        forged(skills=[{**SKILL, "input_schema": {"type": 5}}]),
        forged(skills=[{**SKILL, "input_schema": {"$ref": "file:///etc/passwd"}}]),
        forged(skills=[{**SKILL, "input_schema": {"properties": {"a": {"patternProperties": {"(a+)+$": {}}}}}}]),
        forged(skills=[SKILL, SKILL]),
        forged(tools=None),
        forged(tools=[{"name": 5}]),
        forged(capabilities="http"),
        forged(capabilities=[{"name": "http"}]),
    ],
)
def test_a_forged_manifest_is_refused(runtime: Runtime, answer: str) -> None:
    with pytest.raises(SourceError):
        runtime.read_manifest(saying(answer))


def test_a_schema_that_leads_to_an_address_is_refused_and_not_asked(runtime: Runtime, web: Web) -> None:
    schema = {"properties": {"a": {"items": {"$ref": f"{web.url}/schema.json"}}}}
    with pytest.raises(SourceError, match="stay inside the schema"):
        runtime.read_manifest(saying(forged(skills=[{**SKILL, "input_schema": schema}])))
    assert web.seen == []


@pytest.mark.parametrize(
    "answer",
    [
        "'ok\\nno json'",
        "'ok\\n{}'",
        "'ok\\n[5]'",
        "'ok\\n[null]'",
        "'ok\\n[' + '{},' * 400_000 + '{}]'",
        "'well'",
        "'failed\\n{\"message\": \"' + 'x' * 20_000_000 + '\"}'",
        "1 / 0",
    ],
)
def test_forged_test_results_are_one_failure(runtime: Runtime, answer: str) -> None:
    (result,) = runtime.run_tests(saying(answer))
    assert result["name"] == "tests"
    assert result["failure"]["code"] in ("agent_error", "output_limit")


def test_forged_test_results_have_the_documented_shape(runtime: Runtime) -> None:
    told = [{"name": 5}, {"failure": {"code": "cancelled", "message": [], "detail": 7}}, {"failure": "x", "more": 1}]
    results = runtime.run_tests(saying(repr("ok\n" + json.dumps(told))))
    assert [set(result) for result in results] == [{"name", "failure"}] * 3 or results[0]["name"] == "tests"
    for result in results:
        assert isinstance(result["name"], str)
        if result["failure"] is not None:
            assert result["failure"]["code"] == "agent_error"
            assert isinstance(result["failure"]["message"], str)
            assert isinstance(result["failure"]["detail"], dict)


@pytest.mark.parametrize("answer", ["'ok\\nno json'", "'well'", "1 / 0", "'failed\\n' + '[' * 10_000"])
def test_a_forged_health_is_told_as_the_agents(runtime: Runtime, answer: str) -> None:
    failure = runtime.health_check(saying(answer))
    assert failure is None or failure.code == "agent_error"
