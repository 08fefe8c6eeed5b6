"""Hold a document to the schema, and say what is wrong in words that help."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from .document import Document, Path
from .errors import Problem
from .schema import POLICY_SCHEMA

_VALIDATOR = Draft202012Validator(POLICY_SCHEMA)
_MOST_PROBLEMS = 100


def problems_of(document: Document) -> list[Problem]:
    """Every way in which the document departs from the schema, in document order (the first hundred)."""
    found: list[Problem] = []
    for error in _VALIDATOR.iter_errors(document.data):
        found.extend(_problems(document, error))
        if len(found) >= _MOST_PROBLEMS:
            break
    return sorted(set(found))


def _problems(document: Document, error: ValidationError) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    value: Any = error.instance
    wanted: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            known = list(schema["properties"])
            for key in (key for key in value if key not in known):
                near = get_close_matches(key, known, n=1)
                hint = f"Did you mean “{near[0]}”?" if near else f"Known here: {', '.join(sorted(known))}."
                yield document.problem((*path, key), f"The key “{key}” is not known here. {hint}", at_key=True)
        case "required":
            missing = next(key for key in wanted if key not in value and f"'{key}'" in error.message)
            yield document.problem(path, f"“{missing}” is missing here.")
        case "enum":
            near = get_close_matches(str(value), [str(v) for v in wanted], n=1)
            hint = f" Did you mean “{near[0]}”?" if near else ""
            choice = ", ".join(map(str, wanted))
            yield document.problem(path, f"“{_short(value)}” is not one of: {choice}.{hint}")
        case "const":
            yield document.problem(path, f"This must be “{wanted}”, not “{_short(value)}”.")
        case "type":
            yield document.problem(path, f"This must be {_TYPES[wanted]}, not {_kind(value)}.")
        case "pattern":
            yield document.problem(
                path,
                f"“{_short(value)}” cannot be a name: use small letters, digits, “-” and “_”, at most 63, beginning "
                "and ending with a letter or digit.",
            )
        case "minLength" | "minItems":
            yield document.problem(path, "This must not be empty.")
        case "maxLength":
            yield document.problem(path, f"This has {len(value):,} characters; {wanted:,} are allowed.")
        case "maxItems":
            yield document.problem(path, f"This list has {len(value):,} items; {wanted:,} are allowed.")
        case "uniqueItems":
            yield document.problem(path, "This list names something twice.")
        case "minimum":
            yield document.problem(path, f"This must be at least {wanted}, not {value}.")
        case "maximum":
            yield document.problem(path, f"This must be at most {wanted}, not {value}.")
        case _:
            yield document.problem(path, error.message)


_TYPES = {
    "string": "text",
    "array": "a list",
    "object": "a mapping (key: value)",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def _kind(value: Any) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"{str(value).lower()} (put it in quotes if you mean the word)"
        case int() | float():
            return f"the number {value} (put it in quotes if you mean the text)"
        case str():
            return f"the text “{_short(value)}”"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
