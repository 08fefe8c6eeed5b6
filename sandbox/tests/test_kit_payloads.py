"""What a skill declares of its payload: the schema in the manifest, and the check and conversion before its code."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox import Runtime, SourceError
from sandbox.tests.conftest import Agent

SHOP = '''
import datetime, decimal, enum, uuid
from dataclasses import dataclass, field
from typing import Annotated, Literal, NewType, NotRequired, TypedDict
import pydantic
from neuroflow import Context, Request, agent, skill

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Line:
    """One line of an order."""
    amount: Annotated[float, "how much", {"minimum": 0}]
    unit: Literal["km", "mi"] = "km"
    colour: Colour = Colour.RED
    tags: list[str] = field(default_factory=list)
    when: datetime.date | None = None
    size: tuple[int, int] = field(default=(1, 1), metadata={"description": "width and height"})

    def __post_init__(self):
        if self.amount > 100:
            raise ValueError("amount is more than there is")

@dataclass
class Node:
    name: str
    children: list["Node"] = field(default_factory=list)

class Place(TypedDict):
    city: str
    code: NotRequired[int]

class Person(pydantic.BaseModel):
    class Address(pydantic.BaseModel):
        street: str
    name: pydantic.constr(min_length=2)
    address: Address
    born: datetime.date = None

Key = NewType("Key", str)

@dataclass
class Easy:
    depth: int = 3

@agent(name="Shop")
class Shop:
    @skill
    async def add(self, a: int, b: int = 2) -> int:
        """Add two numbers.

        Args:
            a: The first
                number.
            b (int): The second.
        """
        return a + b

    @skill
    def order(self, context: Context, lines: list[Line], place: Place, *, request: Request) -> dict:
        return {"kinds": [type(v).__name__ for v in (lines[0], lines[0].colour, lines[0].when, lines[0].size, place)],
                "text": request.text, "agent": context.agent, "lines": lines}

    @skill
    def tree(self, request: Request[Node]) -> Node:
        assert all(isinstance(child, Node) for child in request.payload.children)
        return request.payload

    @skill
    def greet(self, request: Request[Person]) -> str:
        return f"{request.payload.name} of {request.payload.address.street}, {request.payload.born!r}"

    @skill
    def several(self, people: dict[str, Person], key: Key | None = None, **more: int) -> list[str]:
        return [type(p).__name__ for p in people.values()] + sorted(f"{k}={v}" for k, v in more.items())

    @skill
    def scalars(
        self, at: datetime.datetime, price: decimal.Decimal, id: uuid.UUID, ids: set[int], byday: dict[int, str]
    ) -> list:
        return [at.year, type(price).__name__, id.version, sorted(ids), type(next(iter(byday))).__name__]

    @skill
    def easy(self, request: Request[Easy]): return request.payload

    @skill
    def anything(self, request): return request.payload
'''
ORDER = {"lines": [{"amount": 1, "colour": "blue", "when": "2024-01-02"}], "place": {"city": "Oslo"}}


@pytest.fixture(scope="module")
def skills(runtime: Runtime) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in runtime.read_manifest({"agent.py": SHOP})["skills"]}


def test_every_schema_is_one(skills: dict[str, dict[str, Any]]) -> None:
    for one in skills.values():
        Draft202012Validator.check_schema(one["input_schema"])
        Draft202012Validator.check_schema(one["output_schema"])
    assert skills["anything"]["input_schema"] == {}


def test_parameters_are_the_fields_of_a_payload(skills: dict[str, dict[str, Any]]) -> None:
    assert skills["add"]["input_schema"] == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "description": "The first number."},
            "b": {"type": "integer", "description": "The second.", "default": 2},
        },
        "additionalProperties": False,
        "required": ["a"],
    }
    assert skills["add"]["output_schema"] == {"type": "integer"}
    assert skills["several"]["input_schema"]["additionalProperties"] == {"type": "integer"}


def test_a_dataclass_says_all_that_its_fields_say(skills: dict[str, dict[str, Any]]) -> None:
    line = skills["order"]["input_schema"]["properties"]["lines"]["items"]
    assert line["description"] == "One line of an order."
    assert line["required"] == ["amount"]
    assert line["properties"] == {
        "amount": {"type": "number", "minimum": 0, "description": "how much"},
        "unit": {"type": "string", "enum": ["km", "mi"], "default": "km"},
        "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "size": {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "integer"}],
            "minItems": 2,
            "maxItems": 2,
            "description": "width and height",
            "default": [1, 1],
        },
    }
    place = skills["order"]["input_schema"]["properties"]["place"]
    assert (place["required"], place["additionalProperties"]) == (["city"], False)


def test_a_class_that_contains_itself_and_a_pydantic_model_keep_their_definitions(
    skills: dict[str, dict[str, Any]],
) -> None:
    tree = Draft202012Validator(skills["tree"]["input_schema"])
    assert tree.is_valid({"name": "a", "children": [{"name": "b", "children": []}]})
    assert not tree.is_valid({"name": "a", "children": [{"name": 5}]})
    person = {"name": "Ada", "address": {"street": "Main"}}
    for name, payload in (("greet", person), ("several", {"people": {"x": person}})):
        schema = Draft202012Validator(skills[name]["input_schema"])
        assert schema.is_valid(payload)
        person["address"] = {}
        assert not schema.is_valid(payload)
        person["address"] = {"street": "Main"}


@pytest.mark.parametrize(
    ("skill", "payload", "answer"),
    [
        ("add", {"a": 1}, 3),
        ("add", {"a": 1, "b": 5.0}, 6),
        (
            "order",
            ORDER,
            {
                "kinds": ["Line", "Colour", "date", "tuple", "dict"],
                "text": "words",
                "agent": "tested",
                "lines": [
                    {"amount": 1.0, "unit": "km", "colour": "blue", "tags": [], "when": "2024-01-02", "size": [1, 1]}
                ],
            },
        ),
        (
            "tree",
            {"name": "a", "children": [{"name": "b"}]},
            {"name": "a", "children": [{"name": "b", "children": []}]},
        ),
        (
            "greet",
            {"name": "Ada", "address": {"street": "Main"}, "born": "1815-12-10"},
            "Ada of Main, datetime.date(1815, 12, 10)",
        ),
        ("several", {"people": {"x": {"name": "Ada", "address": {"street": "M"}}}, "n": 4}, ["Person", "n=4"]),
        (
            "scalars",
            {
                "at": "2024-05-31T12:00:00Z",
                "price": "1.50",
                "id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
                "ids": [2, 1],
                "byday": {"1": "a"},
            },
            [2024, "Decimal", 4, [1, 2], "int"],
        ),
        ("easy", None, {"depth": 3}),
        ("anything", {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_payload_becomes_what_the_annotations_say(agent: Agent, skill: str, payload: Any, answer: Any) -> None:
    outcome = agent.run(SHOP, skill=skill, payload=payload, text="words")
    assert outcome.success, outcome.failure
    assert outcome.data == answer


@pytest.mark.parametrize(
    ("skill", "payload", "says"),
    [
        ("add", None, ["the skill add", "a is missing"]),
        ("add", {"a": "x", "c": 1}, ['a must be a whole number, not "x"', "c is not known (there are: a, b)"]),
        ("add", {"a": True}, ["a must be a whole number, not true"]),
        ("add", [1], ["it must be an object, not [1]"]),
        (
            "order",
            {"lines": [{"amount": -1, "unit": "m", "colour": "green"}, 5], "place": {}},
            [
                "lines[0].amount must be at least 0, not -1",
                'lines[0].unit must be one of "km", "mi", not "m"',
                'lines[0].colour must be one of "red", "blue", not "green"',
                "lines[1] must be an object, not 5",
                "place.city is missing",
            ],
        ),
        ("order", {**ORDER, "lines": [{"amount": 200}]}, ["lines[0] is refused: amount is more than there is"]),
        (
            "order",
            {**ORDER, "lines": [{"amount": 1, "when": "soon"}]},
            ['lines[0].when must be a date such as "2024-05-31" or null, not "soon"'],
        ),
        ("order", {**ORDER, "lines": [{"amount": 1, "size": [1]}]}, ["lines[0].size must be a list of 2, not [1]"]),
        ("tree", {"name": "a", "children": [{"name": 5}]}, ["fit Node", "children[0].name must be text, not 5"]),
        ("greet", {"name": "A", "address": {}}, ["fit Person", "name is refused", "address.street is refused: field"]),
        ("several", {"people": {}, "n": "x"}, ['n must be a whole number, not "x"']),
    ],
)
def test_what_does_not_fit_is_said_with_its_path(agent: Agent, skill: str, payload: Any, says: list[str]) -> None:
    outcome = agent.run(SHOP, skill=skill, payload=payload)
    assert outcome.failure is not None
    assert outcome.failure.detail["type"] == "UsageError"
    for words in says:
        assert words in outcome.failure.message


def test_request_and_context_are_recognised_wherever_they_stand(agent: Agent) -> None:
    head = "from neuroflow import Context, Request, skill\n"
    for signature, expression in (
        ("context, request", "request.text, context.agent"),
        ("n: int, request, context", "request.text, context.agent"),
        ("n: int, *, ctx: Context, r: Request", "r.text, ctx.agent"),
        ("r, c", "r.text, c.agent"),
        ("req, n: int = 1, ctx=None", "req.text, ctx.agent"),
    ):
        outcome = agent.run(f"{head}@skill\ndef one({signature}): return {expression}", text="words", payload={"n": 1})
        assert outcome.data == ["words", "tested"], (signature, outcome.failure)


def test_imports_for_type_checkers_only_do_no_harm(agent: Agent) -> None:
    head = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from neuroflow import Context, Request\n"
    for future in ("", "from __future__ import annotations\n"):
        source = f"{future}{head}def handle(context: Context, n: int, request: Request): return [n, request.text]"
        outcome = agent.run(source, text="words", payload={"n": 1})
        assert outcome.data == [1, "words"], outcome.failure


def test_what_cannot_be_described_is_refused_with_the_reason(runtime: Runtime) -> None:
    for source, says in (
        ("from neuroflow import skill\n@skill\ndef f(a: Missing): pass", "name 'Missing' is not defined"),
        ("from neuroflow import *\n@skill\ndef f(r: Request[int], a: int): pass", "declare the payload in one way"),
        ("from neuroflow import skill\n@skill\ndef f(a, b, c): pass", "'c' needs an annotation"),
    ):
        with pytest.raises(SourceError) as caught:
            runtime.read_manifest({"agent.py": source})
        assert says in caught.value.reason


def test_an_agent_may_be_defined_in_another_file(agent: Agent) -> None:
    files = {
        "agent.py": "from shop import Shop",
        "shop.py": "from neuroflow import agent, skill\n"
        "@agent\nclass Shop:\n    @skill\n    def f(self, n: int): return n",
    }
    assert agent.run(files, payload={"n": 4}).data == 4
