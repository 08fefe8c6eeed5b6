"""Schemas of strangers: what they may hold, and that checking with them neither reaches out nor goes on for ever."""

from typing import Any

import pytest

from sandbox import schemas
from sandbox.tests.web import Web


def multiplied(times: int) -> dict[str, Any]:
    """Each definition refers to the next one ten times."""
    defs: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 10} for n in range(times)}
    defs[f"d{times}"] = {"type": "string"}
    return {"$defs": defs, "$ref": "#/$defs/d0"}


def test_an_ordinary_schema_finds_the_first_place_that_does_not_fit() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]+$"},
            "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "uniqueItems": True},
        },
        "required": ["name"],
        "additionalProperties": False,
        "$defs": {"tag": {"enum": ["a", "b", {"pattern": 5}]}},
    }
    schemas.check(schema)
    usable = schemas.Schema(schema)
    assert usable.first_error({"name": "ada", "tags": ["a", "b"]}) is None
    assert usable.first_error({"name": "ada", "tags": ["a", "c"]})[0] == ["tags", 1]
    assert usable.first_error({"name": "Ada"})[0] == ["name"]
    assert usable.first_error({"name": "ada", "tags": ["a", "a"]}) == (
        ["tags"],
        "the items of the list are not all different",
    )
    assert usable.first_error({"name": "ada", "age": 5})[0] == []
    assert "required" in usable.first_error({})[1]


def test_a_property_may_be_named_like_a_keyword() -> None:
    schema = {"properties": {"$ref": {"type": "string"}, "pattern": {"type": "integer"}, "$id": {}}}
    schemas.check(schema)
    assert schemas.Schema(schema).first_error({"$ref": "http://example.com/", "pattern": 5, "$id": 1}) is None


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": 5}, "5"),
        ({"type": "text"}, "text"),
        ({"properties": []}, "object"),
        ({"$ref": "http://127.0.0.1/schema"}, "inside the schema"),
        ({"$ref": "file:///etc/passwd"}, "inside the schema"),
        ({"items": {"anyOf": [{"$ref": "other.json"}]}}, "inside the schema"),
        ({"pattern": "(?=a)"}, "cannot be used"),
        ({"pattern": "("}, "regex"),
        ({"patternProperties": {"(a+)+$": {}}}, "patternProperties"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties"),
        ({"$id": "http://127.0.0.1/schema"}, "$id"),
        ({"enum": ["x" * 200_000]}, "at most 100,000"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(schema: dict[str, Any], says: str) -> None:
    with pytest.raises(schemas.Unusable) as refused:
        schemas.check(schema)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"$ref": "#"}, {}),
        ({"$ref": "#/nothing"}, {}),
        ({"x": {"$ref": "WEB/schema"}, "$ref": "#/x"}, {}),
        ({"$ref": "WEB/schema"}, {}),
        ({"allOf": [{"$ref": "WEB/schema#/$defs/x"}]}, {}),
        ({"$dynamicRef": "WEB/schema"}, {}),
        ({"$schema": "WEB/schema", "$ref": "WEB/schema"}, {}),
        (multiplied(12), "text"),
        ({"properties": {"a": {"$ref": "#"}}, "allOf": [{"$ref": "#/properties/a"}]}, {"a": {}}),
        ({"patternProperties": {"(a+)+$": {}}}, {"a" * 40 + "b": 1}),
        ({"additionalProperties": False, "patternProperties": {"(a+)+$": {}}}, {"a" * 40 + "b": 1}),
        ({"type": 5}, {}),
        ({"$id": False}, {}),
        ({"required": 5}, {}),
        ({"allOf": [{"items": {"enum": list(range(20_000))}}] * 50}, [-1] * 20_000),
        ({"anyOf": [{"type": "string"}] * 5_000}, ["x" * 1_000_000]),
    ],
)
def test_one_that_was_not_checked_ends_and_reaches_nothing(web: Web, schema: dict[str, Any], value: Any) -> None:
    with pytest.raises(schemas.Unusable):
        schemas.Schema(_addressed(schema, web.url)).first_error(value)
    assert web.seen == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "(a+)+$"}, "a" * 100_000 + "b"),
        ({"pattern": "(a|a|aa)*c"}, "a" * 100_000),
        ({"uniqueItems": True}, [{"a": n} for n in range(50_000)] + [{"a": 1}]),
        ({"allOf": [{"type": "string"}] * 2_000}, ["x" * 100_000]),
        ({"items": {"type": "string"}}, [1] * 100_000),
        (multiplied(12), 5),
    ],
)
def test_what_would_take_for_ever_is_told_nevertheless(schema: dict[str, Any], value: Any) -> None:
    path, message = schemas.Schema(schema).first_error(value)
    assert len(path) <= 1
    assert len(message) <= 1000


def _addressed(value: Any, url: str) -> Any:
    if isinstance(value, str):
        return value.replace("WEB", url)
    if isinstance(value, list):
        return [_addressed(item, url) for item in value]
    return {key: _addressed(item, url) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", "2026-11-20", "2026-13-01"),
        ("date-time", "2026-11-20T10:00:00Z", "yesterday"),
        ("time", "10:30", "25:00"),
        ("uuid", "9ea5eca0-cdff-4736-a5aa-c45ea8f7b6bb", "x"),
    ],
)
def test_texts_that_the_kit_could_not_read_do_not_fit(form: str, good: str, bad: str) -> None:
    schema = schemas.Schema({"properties": {"at": {"type": "string", "format": form}}})
    assert schema.errors({"at": good}) == []
    assert [error.path for error in schema.errors({"at": bad})] == [["at"]]
    assert schemas.Schema({"format": form}).errors(5) == []


def test_every_place_that_does_not_fit_is_told_in_order() -> None:
    schema = schemas.Schema({"properties": {"a": {"type": "integer"}, "b": {"items": {"type": "string"}}}})
    assert [error.path for error in schema.errors({"b": ["x", 1, 2], "a": "y"})] == [["a"], ["b", 1], ["b", 2]]
