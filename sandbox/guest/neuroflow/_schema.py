"""JSON Schema from annotations: dataclasses, TypedDicts, pydantic models, enums and plain types."""

import collections.abc as abc
import dataclasses
import datetime
import decimal
import enum
import json
import types
import typing
import uuid
from typing import Any

from neuroflow import _json, _types
from neuroflow._types import Field

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    decimal.Decimal: {"type": ["number", "string"]},
    datetime.date: {"type": "string", "format": "date"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.time: {"type": "string", "format": "time"},
    uuid.UUID: {"type": "string", "format": "uuid"},
}
LISTS = (list, set, frozenset, tuple, abc.Sequence, abc.Iterable, abc.Collection, abc.Set, abc.MutableSequence)
SETS = (set, frozenset, abc.Set)
MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)
UNIONS = (typing.Union, types.UnionType)
_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def schema_of(annotation: Any) -> dict[str, Any]:
    """The JSON Schema of an annotation; `{}`, which allows anything, where there is none to give. Raises Unreadable."""
    builder = _Builder()
    return builder.rooted(builder.of(annotation))


def object_of(fields: list[Field], more: Any = None) -> dict[str, Any]:
    """The JSON Schema of an object with these fields; further ones of the type `more` where that is given."""
    builder = _Builder()
    schema = builder.object(fields)
    if more is not None:
        schema["additionalProperties"] = builder.of(more) or True
    return builder.rooted(schema)


class _Builder:
    """Makes one schema. A class that contains itself is written once, under `$defs`."""

    def __init__(self) -> None:
        self.defs: dict[str, Any] = {}
        self._open: list[type] = []
        self._recursive: set[type] = set()

    def rooted(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The whole schema, an object at its root where it is one, with what it refers to."""
        if not self.defs:
            return schema
        name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
        if len(schema) == 1 and name in self.defs:
            schema = dict(self.defs[name])
        return {**schema, "$defs": self.defs}

    def of(self, annotation: Any) -> dict[str, Any]:
        kind, keywords = _types.peel(annotation)
        schema = self._bare(kind)
        return {**schema, **keywords} if keywords else schema

    def _bare(self, kind: Any) -> dict[str, Any]:
        try:
            if kind in _PLAIN:
                return dict(_PLAIN[kind])
        except TypeError:  # not hashable, so nothing that we know
            return {}
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if origin in UNIONS:
            return {"anyOf": [self.of(arg) for arg in args]}
        if origin is typing.Literal:
            return _choice(list(args))
        if kind in LISTS or origin in LISTS:
            return self._list(origin or kind, args)
        if kind in MAPPINGS or origin in MAPPINGS:
            return self._mapping(args)
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return _choice([member.value for member in kind])
        return self._class(origin or kind)

    def _list(self, origin: Any, args: tuple[Any, ...]) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array"}
        if origin is tuple and args and args[-1] is not Ellipsis:
            return {**schema, "prefixItems": [self.of(a) for a in args], "minItems": len(args), "maxItems": len(args)}
        if args:
            schema["items"] = self.of(args[0])
        if origin in SETS:
            schema["uniqueItems"] = True
        return schema

    def _mapping(self, args: tuple[Any, ...]) -> dict[str, Any]:
        if len(args) != 2:
            return {"type": "object"}
        schema: dict[str, Any] = {"type": "object", "additionalProperties": self.of(args[1]) or True}
        allowed = self.of(args[0]).get("enum")
        if allowed:
            schema["propertyNames"] = {"enum": allowed}
        return schema

    def _class(self, cls: Any) -> dict[str, Any]:
        if _types.is_pydantic(cls):
            return self._pydantic(cls)
        if not (_types.is_dataclass(cls) or _types.is_typeddict(cls)):
            return {}
        reference = {"$ref": f"#/$defs/{cls.__name__}"}
        if cls in self._open:
            self._recursive.add(cls)
        if cls in self._recursive:
            return reference
        self._open.append(cls)
        schema = self.object(_types.fields_of(cls))
        self._open.pop()
        if description := _types.doc_of(cls):
            schema["description"] = description
        if cls in self._recursive:
            self.defs[cls.__name__] = schema
            return reference
        return schema

    def _pydantic(self, cls: Any) -> dict[str, Any]:
        """The model's own schema; what it refers to is moved up to the root."""
        if hasattr(cls, "model_json_schema"):
            schema = cls.model_json_schema(ref_template="#/$defs/{model}")
        else:
            schema = cls.schema(ref_template="#/$defs/{model}")
        schema = json.loads(json.dumps(schema, default=str))
        self.defs.update(schema.pop("definitions", {}))
        self.defs.update(schema.pop("$defs", {}))
        return dict(schema)

    def object(self, fields: list[Field]) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        for field in fields:
            schema = self.of(field.type)
            if field.description:
                schema.setdefault("description", field.description)
            if field.default is not _types.MISSING:
                _add_default(schema, field.default)
            properties[field.name] = schema
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if required := [field.name for field in fields if field.required]:
            schema["required"] = required
        return schema


def _choice(values: list[Any]) -> dict[str, Any]:
    plain = [value.value if isinstance(value, enum.Enum) else value for value in values]
    kinds = {type(value) for value in plain}
    kind = _NAMES.get(kinds.pop()) if len(kinds) == 1 else None
    return {"type": kind, "enum": plain} if kind else {"enum": plain}


def _add_default(schema: dict[str, Any], default: Any) -> None:
    """Defaults that have no JSON form are left out: the code gives them all the same."""
    if dataclasses.is_dataclass(default) or isinstance(default, (set, frozenset, tuple, list, dict, enum.Enum)):
        try:
            default = json.loads(_json.dumps(default))
        except (TypeError, ValueError):
            return
    elif isinstance(default, (datetime.date, datetime.time, uuid.UUID, decimal.Decimal)):
        default = str(default) if not isinstance(default, datetime.datetime) else default.isoformat()
    elif not isinstance(default, (str, int, float, bool, type(None))):
        return
    schema["default"] = default
