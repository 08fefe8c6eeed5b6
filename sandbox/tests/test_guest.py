"""What an author can write: the ways to define an agent, and what surrounds a request."""

from typing import Any

import pytest

from sandbox import Runtime
from sandbox.tests.conftest import Agent

DECORATED = '''
from dataclasses import dataclass
from typing import Literal, TypedDict
from neuroflow import agent, skill, tool, Request, Response, Context

@dataclass
class Units:
    amount: float
    unit: Literal["km", "mi"] = "km"
    tags: list[str] | None = None

class Place(TypedDict, total=False):
    city: str

@agent(name="Converter", description="Converts", version="2.1", capabilities=["http"])
class Converter:
    """Not used: the description above is."""

    @skill(description="Convert", examples=["5 km in miles"], idempotent=True)
    async def convert(self, request: Request[Units], context: Context) -> Response:
        return Response(data=[request.payload.amount, request.payload.unit], metrics={"amount": request.payload.amount})

    @skill
    def locate(self, request: Request[Place]):
        """Find a place.

        More words.
        """
        return request.payload["city"]

    @skill(name="free", input_schema={"type": "object", "required": ["x"]})
    def other(self): return "no arguments"

    @tool(description="Look up")
    def lookup(self): ...
'''


def test_a_manifest_says_all_that_the_decorators_say(runtime: Runtime) -> None:
    manifest = runtime.read_manifest({"agent.py": DECORATED})
    assert {k: v for k, v in manifest.items() if k != "skills"} == {
        "name": "Converter",
        "description": "Converts",
        "version": "2.1",
        "tools": [
            {
                "name": "lookup",
                "description": "Look up",
                "input_schema": {"type": "object", "properties": {}, "additionalProperties": False},
            }
        ],
        "capabilities": ["http"],
    }
    convert, locate, free = manifest["skills"]
    assert convert == {
        "name": "convert",
        "description": "Convert",
        "examples": ["5 km in miles"],
        "input_schema": {
            "type": "object",
            "properties": {
                "amount": {"type": "number"},
                "unit": {"type": "string", "enum": ["km", "mi"], "default": "km"},
                "tags": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}], "default": None},
            },
            "additionalProperties": False,
            "required": ["amount"],
        },
        "output_schema": {},
        "idempotent": True,
    }
    assert locate["description"] == "Find a place."
    assert "required" not in locate["input_schema"]
    assert (free["name"], free["input_schema"]["required"]) == ("free", ["x"])


def test_a_skill_is_served_by_name(agent: Agent) -> None:
    outcome = agent.run(DECORATED, skill="convert", payload={"amount": 5.0})
    assert outcome.data == [5.0, "km"], outcome.failure
    assert agent.told("metric") == [{"name": "amount", "value": 5.0}]
    assert agent.run(DECORATED, skill="locate", payload={"city": "Oslo"}).data == "Oslo"
    assert agent.run(DECORATED, skill="free").data == "no arguments"


def test_a_skill_that_is_not_there_or_not_named_is_an_error_that_lists_them(agent: Agent) -> None:
    for skill in (None, "nope"):
        outcome = agent.run(DECORATED, skill=skill)
        assert outcome.failure is not None
        assert outcome.failure.code == "agent_error"
        assert "convert, locate, free" in outcome.failure.message


def test_a_payload_of_another_shape_is_said(agent: Agent) -> None:
    outcome = agent.run(DECORATED, skill="convert", payload={"size": 5})
    assert outcome.failure is not None
    assert "does not fit Units" in outcome.failure.message


@pytest.mark.parametrize(
    "source",
    [
        "async def handle(request): return request.text",
        "def handle(request): return request.text",
        "def handle(request, context): return request.text",
        "async def handle(*args): return args[0].text",
        "class A:\n  metadata = {'skills': ['one']}\n  async def handle(self, request): return request.text",
        "class A:\n  class metadata:\n    name = 'a'\n  def handle(self, request, context): return request.text",
        "from neuroflow import skill\n@skill(description='d')\ndef one(request): return request.text",
        "from neuroflow import agent\n@agent(name='x')\nclass A:\n  def handle(self, request): return request.text",
        "import functools\nhandle = functools.partial(lambda r, c, k: r.text, k=1)",
    ],
)
def test_short_forms(agent: Agent, source: str) -> None:
    outcome = agent.run(source, text="words")
    assert outcome.data == "words", outcome.failure


def test_the_manifest_of_a_module_comes_from_its_words(runtime: Runtime) -> None:
    metadata = 'metadata = {"name": "Hello", "capabilities": ["http"]}'
    source = f'"""Says hello.\n\nAt length."""\n{metadata}\ndef handle(request): pass'
    manifest = runtime.read_manifest({"agent.py": source})
    assert (manifest["name"], manifest["description"]) == ("Hello", "Says hello.")
    assert manifest["capabilities"] == ["http"]
    assert [(s["name"], s["description"]) for s in manifest["skills"]] == [("handle", "Says hello.")]


def test_a_request_and_its_context(agent: Agent) -> None:
    lines = """
assert request.skill_name == request.skill == "handle"
assert context.deadline > __import__("time").time()
return [request.text, request.payload, request.session, request.agent_id, request.trace_id, request.invocation_id,
        context.trace_id, context.span_id, context.config, context.agent, context.version,
        0 < context.remaining() <= 15]
"""
    outcome = agent.body(
        lines, text="t", payload={"a": 1}, session="s", config={"region": "eu"}, agent="slug", version=7
    )
    trace = "0af7651916cd43dd8448eb211c80319c"
    expected: list[Any] = [
        "t",
        {"a": 1},
        "s",
        "slug",
        trace,
        "inv-1",
        trace,
        "b7ad6b7169203331",
        {"region": "eu"},
        "slug",
        7,
        True,
    ]
    assert outcome.data == expected, outcome.failure


def test_an_unsuccessful_response_is_a_failure_with_its_words(agent: Agent) -> None:
    outcome = agent.body("from neuroflow import Response\nreturn Response(success=False, error_message='no such city')")
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.message) == ("agent_error", "no such city")
    assert "traceback" not in outcome.failure.detail


def test_values_that_have_a_json_form_are_given_in_it(agent: Agent) -> None:
    lines = """
import dataclasses, datetime, decimal, enum
@dataclasses.dataclass
class P: x: int
class E(enum.Enum): A = "a"
day = datetime.date(2024, 1, 2)
return {"d": P(1), "t": day, "n": decimal.Decimal("1.5"), "e": E.A, "s": {1}, "u": (1, 2), "z": "好"}
"""
    assert agent.body(lines).data == {
        "d": {"x": 1},
        "t": "2024-01-02",
        "n": "1.5",
        "e": "a",
        "s": [1],
        "u": [1, 2],
        "z": "好",
    }


def test_spans_nest_and_an_error_marks_its_own(agent: Agent) -> None:
    lines = """
with context.span("outer", a=1) as attributes:
    attributes["b"] = 2
    try:
        with context.span("inner"):
            raise ValueError
    except ValueError:
        pass
"""
    assert agent.body(lines).success
    inner, outer = agent.told("span_end")
    assert (inner["name"], inner["status"], inner["parent_id"]) == ("inner", "error", outer["span_id"])
    assert (outer["status"], outer["attributes"]) == ("ok", {"a": 1, "b": 2})


def test_a_span_that_a_crash_leaves_open_is_closed(agent: Agent) -> None:
    agent.body("import os\nwith context.span('s'): os.abort()")
    assert [s["status"] for s in agent.told("span_end")] == ["error"]


def test_an_agents_own_files_can_be_read_and_imported(agent: Agent) -> None:
    files = {
        "agent.py": "import json, pathlib\nfrom lib import words\nfrom lib.deep import deeper\n"
        "def handle(request):\n"
        "    beside = pathlib.Path(__file__).parent / 'data' / 'a.json'\n"
        "    first = open('data/a.json', 'rb').read(1).decode()\n"
        "    return [words.ONE, deeper(), json.load(open('data/a.json')), beside.read_text(), first]",
        "lib/words.py": "ONE = 'one'",
        "lib/deep/__init__.py": "from ..words import ONE\ndef deeper(): return ONE * 2",
        "data/a.json": "[1]",
    }
    outcome = agent.run(files)
    assert outcome.data == ["one", "oneone", [1], "[1]", "["], outcome.failure


def test_the_config_capability_gives_the_keys_that_the_grant_names(agent: Agent) -> None:
    lines = "return await context.call('config', key='region')"
    config = {"region": "eu", "secret": "x"}
    assert agent.body(lines, config=config, grants={"config": {"keys": ["region"]}}).data == "eu"
    denied = agent.body(lines, config=config, grants={"config": {"keys": ["other"]}})
    assert denied.failure is not None
    assert denied.failure.code == "capability_denied"
