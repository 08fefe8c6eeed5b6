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


def test_all_that_is_wrong_is_told_and_formats_are_read_as_the_kit_reads_them() -> None:
    formats = {"day": "date", "at": "date-time", "hour": "time", "id": "uuid", "mail": "email"}
    schema = {"properties": {name: {"type": ["string", "null"], "format": form} for name, form in formats.items()}}
    usable = schemas.Schema(schema)
    fits = {"day": "2024-02-29", "at": "2024-05-31T12:00:00Z", "hour": "12:30", "id": "0" * 32, "mail": "any", "x": 1}
    assert usable.errors(fits) == usable.errors(dict.fromkeys(formats)) == []
    assert usable.errors({"day": "2023-02-29", "at": "noon", "hour": "25:00", "id": "7", "mail": 5}) == [
        (["at"], "'noon' is not a date and time such as 2024-05-31T12:00:00Z"),
        (["day"], "'2023-02-29' is not a date such as 2024-05-31"),
        (["hour"], "'25:00' is not a time such as 12:30:00"),
        (["id"], "'7' is not a UUID"),
        (["mail"], "5 is not of type 'string', 'null'"),
    ]
    assert schemas.Schema({"format": ["date"]}).errors("x") == []


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
