"""JSON Schema from a payload's annotation: a dataclass, a TypedDict or plain types."""

import dataclasses
import datetime
import enum
import types
import typing
from typing import Any

from neuroflow._request import Request

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    datetime.date: {"type": "string", "format": "date"},
    datetime.datetime: {"type": "string", "format": "date-time"},
}


def payload_type(function: Any) -> Any:
    """What `Request[...]` names in a skill's annotations, or None."""
    try:
        hints = getattr(function, "__annotations__", {})
        if any(isinstance(hint, str) for hint in hints.values()):
            hints = typing.get_type_hints(function)
    except Exception:
        return None
    for hint in hints.values():
        if isinstance(hint, typing._GenericAlias) and hint.__origin__ is Request:  # type: ignore[attr-defined]
            return hint.__args__[0]
    return None


def schema_of(annotation: Any) -> dict[str, Any]:
    """The JSON Schema of an annotation; `{}`, which allows anything, where there is none to give."""
    if annotation in _PLAIN:
        return dict(_PLAIN[annotation])
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        words = [a for a in args[1:] if isinstance(a, str)]
        return {**schema_of(args[0]), **({"description": words[0]} if words else {})}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema_of(arg) for arg in args]}
    if origin is typing.Literal:
        return {"enum": list(args)}
    if annotation in (list, tuple, set) or origin in (list, tuple, set):
        return {"type": "array", **({"items": schema_of(args[0])} if args else {})}
    if annotation is dict or origin is dict:
        return {"type": "object", **({"additionalProperties": schema_of(args[1])} if len(args) == 2 else {})}
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return {"enum": [member.value for member in annotation]}
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return _dataclass(annotation)
    if typing.is_typeddict(annotation):
        hints = typing.get_type_hints(annotation, include_extras=True)
        return _object({name: schema_of(_bare(hint)) for name, hint in hints.items()}, annotation.__required_keys__)
    return {}


def _bare(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Required, typing.NotRequired):
        return typing.get_args(hint)[0]
    return hint


def _dataclass(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, include_extras=True)
    properties: dict[str, Any] = {}
    required = []
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        properties[field.name] = schema_of(hints[field.name])
        if field.default is not dataclasses.MISSING:
            properties[field.name]["default"] = field.default
        elif field.default_factory is dataclasses.MISSING:
            required.append(field.name)
    return _object(properties, required)


def _object(properties: dict[str, Any], required: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = sorted(required, key=list(properties).index)
    return schema
