"""Tools: how they are described to a model, called with what it says, and answered in its provider's shape."""

import json
from typing import Any

import pytest

from sandbox import Runtime, SourceError
from sandbox.tests.conftest import Agent

HEAD = '''
import asyncio
from typing import Annotated, Literal
from neuroflow import Context, Request, ToolError, agent, skill, tool, tools

@tool(name="double")
def doubled(number: Annotated[int, "what to double"]) -> int:
    return number * 2

@agent(name="Helper")
class Helper:
    @tool
    async def weather(self, city: str, context: Context, unit: Literal["C", "F"] = "C", days=1) -> dict:
        """The weather of a city.

        It is measured
        every hour.

        Args:
            city: Its name,
                such as Oslo.
            unit (str): Celsius or Fahrenheit.

        Returns:
            What was measured.
        """
        with context.span("measure"):
            await asyncio.sleep(0)
        return {"city": city, "unit": unit, "agent": context.agent}

    @tool
    def broken(self, x: int = 0): raise RuntimeError("the station is down")

    @tool
    def told(self): raise ToolError("Ask for a city instead.")

    @tool
    def nothing(self): pass

    @skill
    async def run(self, request: Request): return await self.body(request.payload)
'''


def body(lines: str) -> str:
    indented = "\n".join("        " + line for line in lines.strip("\n").splitlines())
    return f"{HEAD}\n    async def body(self, payload):\n{indented}\n"


WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Its name, such as Oslo."},
        "unit": {"type": "string", "enum": ["C", "F"], "description": "Celsius or Fahrenheit.", "default": "C"},
        "days": {"default": 1},
    },
    "additionalProperties": False,
    "required": ["city"],
}
DESCRIPTION = "The weather of a city.\nIt is measured every hour."


def test_both_shapes_come_from_the_function(agent: Agent) -> None:
    outcome = agent.run(body("box = tools()\nreturn [box.openai(), box.anthropic(), len(box), 'weather' in box]"))
    assert outcome.success, outcome.failure
    openai, anthropic, count, there = outcome.data
    assert openai[0] == {
        "type": "function",
        "function": {"name": "weather", "description": DESCRIPTION, "parameters": WEATHER},
    }
    assert anthropic[0] == {"name": "weather", "description": DESCRIPTION, "input_schema": WEATHER}
    assert [one["name"] for one in anthropic] == ["weather", "broken", "told", "nothing", "double"]
    assert (count, there) == (5, True)


def test_the_manifest_lists_them(runtime: Runtime) -> None:
    tools = runtime.read_manifest({"agent.py": body("pass")})["tools"]
    assert tools[0] == {"name": "weather", "description": DESCRIPTION, "input_schema": WEATHER}
    assert tools[4]["input_schema"]["properties"] == {"number": {"type": "integer", "description": "what to double"}}


def test_one_is_called_by_name_with_a_span(agent: Agent) -> None:
    lines = """
box = tools(self.weather, doubled)
return [await box.call("double", {"number": 4}), await box.call("weather", '{"city": "Oslo", "unit": "F"}'),
        [one.name for one in box], doubled(5)]
"""
    outcome = agent.run(body(lines))
    assert outcome.data == [8, {"city": "Oslo", "unit": "F", "agent": "tested"}, ["weather", "double"], 10]
    double, measure, weather = agent.told("span_end")
    assert (double["name"], double["status"]) == ("execute_tool double", "ok")
    assert weather["attributes"] == {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather"}
    assert measure["parent_id"] == weather["span_id"]


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("wether", "{}", "There is no tool 'wether'. There are: weather, broken, told, nothing, double."),
        ("double", "{", "The arguments are not valid JSON"),
        ("double", {}, "The arguments do not fit the tool double: number is missing."),
        (
            "weather",
            {"city": 5, "unit": "K", "town": "x"},
            'city must be text, not 5; unit must be one of "C", "F", not "K"; '
            "town is not known (there are: city, unit, days)",
        ),
        ("double", "[1]", "it must be an object, not [1]"),
        ("told", None, "Ask for a city instead."),
    ],
)
def test_what_cannot_be_called_is_said_in_words_for_a_model(agent: Agent, name: str, arguments: Any, says: str) -> None:
    lines = "try:\n    await tools().call(*payload)\nexcept ToolError as error:\n    return str(error)"
    outcome = agent.run(body(lines), payload=[name, arguments])
    assert outcome.success, outcome.failure
    assert says in outcome.data


def test_an_openai_reply_is_answered(agent: Agent) -> None:
    calls = [("a", "weather", '{"city": "Oslo"}'), ("b", "broken", ""), ("c", "told", "{}"), ("d", "nothing", "{}")]
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": key, "type": "function", "function": {"name": name, "arguments": arguments}}
            for key, name, arguments in calls
        ],
    }
    lines = "return await tools().respond(payload)"
    for reply in ({"choices": [{"message": message}]}, message):
        outcome = agent.run(body(lines), payload=reply)
        assert outcome.success, outcome.failure
        own, *results = outcome.data
        assert own == message
        assert [(r["role"], r["tool_call_id"]) for r in results] == [("tool", key) for key, _, _ in calls]
        assert json.loads(results[0]["content"]) == {"city": "Oslo", "unit": "C", "agent": "tested"}
        assert results[1]["content"] == "Error: The tool broken failed: RuntimeError: the station is down"
        assert results[2]["content"] == "Error: Ask for a city instead."
        assert results[3]["content"] == "done"
    warning = agent.told("log")[0]
    assert (warning["level"], warning["message"]) == (
        "warning",
        "tool broken failed: RuntimeError: the station is down",
    )
    assert 'raise RuntimeError("the station is down")' in warning["fields"]["traceback"]
    assert agent.told("span_end")[0]["attributes"]["gen_ai.tool.call.id"] in "abcd"
    assert agent.run(body(lines), payload={"choices": [{"message": {"role": "assistant", "content": "Hi"}}]}).data == []


def test_an_anthropic_reply_is_answered(agent: Agent) -> None:
    content = [
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "a", "name": "double", "input": {"number": 3}},
        {"type": "tool_use", "id": "b", "name": "told", "input": {}},
    ]
    reply = {"id": "m", "role": "assistant", "content": content, "stop_reason": "tool_use"}
    lines = "return await tools().respond(payload)"
    assert agent.run(body(lines), payload=reply).data == [
        {"role": "assistant", "content": content},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "6"},
                {"type": "tool_result", "tool_use_id": "b", "content": "Ask for a city instead.", "is_error": True},
            ],
        },
    ]
    said = {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]}
    assert agent.run(body(lines), payload=said).data == []


def test_a_reply_with_several_calls_runs_them_at_the_same_time(agent: Agent) -> None:
    """Each waits until the other is there too."""
    source = """
import asyncio
from neuroflow import tool, tools
here = []
@tool
async def meet(name: str):
    here.append(name)
    while len(here) < 2:
        await asyncio.sleep(0.001)
    return name
async def handle(request):
    calls = [{"type": "tool_use", "id": n, "name": "meet", "input": {"name": n}} for n in "ab"]
    return [b["content"] for b in (await tools().respond({"content": calls}))[1]["content"]]
"""
    assert agent.run(source).data == ["a", "b"]


def test_names_that_do_not_do_are_refused(runtime: Runtime) -> None:
    for source, says in (
        ("@tool(name='look up')\ndef f(): pass", "'look up' must be 1 to 64"),
        ("@tool\ndef f(): pass\ng = f\n@tool\ndef f(): pass", "two tools have the name 'f'"),
        ("@tool\ndef f(x: Missing): pass", "'Missing' is not defined"),
    ):
        with pytest.raises(SourceError) as caught:
            runtime.read_manifest({"agent.py": f"from neuroflow import tool\n{source}\ndef handle(request): pass"})
        assert says in caught.value.reason
