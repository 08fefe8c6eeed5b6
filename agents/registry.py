"""The sandbox's capabilities in the reader's language: their summaries, and what their terms are called."""

from __future__ import annotations

import copy
from typing import Any

from django.utils.translation import gettext

import sandbox

from . import units

SAID = ("title", "description")


def capabilities() -> list[dict[str, Any]]:
    """Each as {"name", "summary", "terms": its JSON Schema}, with words in the current language."""
    return [
        {"name": each["name"], "summary": gettext(each["summary"]), "terms": _translated(copy.deepcopy(each["terms"]))}
        for each in sandbox.capabilities.summaries()
    ]


def said() -> set[str]:
    """Every sentence that the registry says to people."""
    found: set[str] = set()
    for each in sandbox.capabilities.summaries():
        found.add(each["summary"])
        _collect(each["terms"], found)
    return found


def _collect(schema: Any, found: set[str]) -> None:
    if isinstance(schema, dict):
        found |= {schema[key] for key in SAID if isinstance(schema.get(key), str)}
        for key, value in schema.items():
            if key not in ("default", "examples", "enum", "const"):
                _collect(value, found)
    elif isinstance(schema, list):
        for value in schema:
            _collect(value, found)


def _translated(schema: Any) -> Any:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key in SAID and isinstance(value, str) and value:
                schema[key] = gettext(value)
            elif key not in ("default", "examples", "enum", "const"):
                _translated(value)
    elif isinstance(schema, list):
        for value in schema:
            _translated(value)
    return schema


def shown(terms: dict[str, Any], params: dict[str, Any]) -> list[dict[str, Any]]:
    """A grant's terms as lines: {"label", "values": in words, "default": nothing was said, so this holds}."""
    properties = terms.get("properties", {})
    lines = []
    for name in [*properties, *(extra for extra in params if extra not in properties)]:
        schema = properties.get(name, {})
        value, default = params.get(name), name not in params
        if default:
            value = schema.get("default")
        if value is None or value == []:
            continue
        values = value if isinstance(value, list) else [value]
        lines.append(
            {"label": schema.get("title") or name, "values": [_word(name, one) for one in values], "default": default}
        )
    return lines


def _word(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return units.show(name, value)
    return str(value)
