"""Schemas that a stranger's code brought, used on the host: they fetch nothing, and checking with them comes to an end.

A schema is a program. `$ref` may name an address, which the library would go and fetch; references may multiply each
other, or never end; a `pattern` may take for ever in Python's `re`. So references stay inside the document, patterns
run in linear time, and a check that computes for too long is given up.
"""

import datetime
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import re2
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

MAX_SCHEMA = 100_000
#: Processor time that one check may take, in seconds.
MAX_SECONDS = 0.25
_MOST_ERRORS = 50
_LONGEST_MESSAGE = 1000
#: Keywords that would hand patterns to `re`, or lead outside of the document.
_NOT_USED = ("patternProperties", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$id")
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20
_now = threading.local()


class Unusable(ValueError):
    """A schema that cannot be used; the text says why."""


def check(schema: Any) -> None:
    """Whether a schema can be used. Raises Unusable."""
    size = len(json.dumps(schema))
    if size > MAX_SCHEMA:
        raise Unusable(f"it has {size:,} characters; at most {MAX_SCHEMA:,} are allowed")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise Unusable(error.message[:_LONGEST_MESSAGE]) from None
    except RecursionError:
        raise Unusable("it is nested too deeply") from None
    except Exception as error:  # What the library does with a schema that is none is not said anywhere.
        raise Unusable(f"it is no schema ({type(error).__name__})") from None
    for inner in _schemas(schema):
        for key in _NOT_USED:
            if key in inner:
                raise Unusable(f"{key} cannot be used")
        if not str(inner.get("$ref", "#")).startswith("#"):
            raise Unusable(f"$ref must stay inside the schema, not lead to {inner['$ref'][:100]!r}")
        if isinstance(inner.get("pattern"), str):
            _pattern(inner["pattern"])


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema; what stands under `const`, `enum`, `default` and `examples` is data."""
    left = [schema]
    while left:
        inner = left.pop()
        if isinstance(inner, list):
            left.extend(inner)
        if not isinstance(inner, dict):
            continue
        yield inner
        for key, value in inner.items():
            if key in ("properties", "$defs", "definitions", "dependentSchemas", "patternProperties"):
                left.extend(value.values() if isinstance(value, dict) else [])
            elif key not in ("const", "enum", "default", "examples"):
                left.append(value)


class Error(NamedTuple):
    """One place in a value that does not fit: the way to it, and what is wrong."""

    path: list[str | int]
    message: str


#: What the kit makes of these texts: a payload that it could not read is refused before the code runs.
_READERS: dict[str, Callable[[str], Any]] = {
    "date": datetime.date.fromisoformat,
    "date-time": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
    "uuid": uuid.UUID,
}
_FORMATS = FormatChecker(formats=())


def _readable(read: Callable[[str], Any]) -> Callable[[object], bool]:
    def reads(value: object) -> bool:
        if isinstance(value, str):
            read(value)
        return True

    return reads


for _format, _read in _READERS.items():
    _FORMATS.checks(_format, raises=ValueError)(_readable(_read))


class Schema:
    """A schema, ready to check values with. Safe for use by many threads."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._validator: Any = None
        try:
            self._validator = _Bounded(schema, registry=Registry(), format_checker=_FORMATS)
        except Exception:
            pass  # Told at the first use: one that was checked gets here whole.

    def errors(self, value: Any) -> list[Error]:
        """Every place that does not fit, in the order of paths, 50 at most.

        Raises Unusable when it cannot be told.
        """
        if self._validator is None:
            raise Unusable("the schema is none")
        _now.ends = time.thread_time() + MAX_SECONDS
        try:
            errors = list(itertools.islice(self._validator.iter_errors(value), _MOST_ERRORS))
        except RecursionError:
            raise Unusable("the schema refers to itself without end") from None
        except Unresolvable as error:
            raise Unusable(f"the schema refers to {str(error.ref)[:100]!r}, which is not there") from None
        except Unusable:
            raise
        except Exception as error:
            raise Unusable(f"the schema is none ({type(error).__name__})") from None
        errors.sort(key=lambda one: [str(part) for part in one.absolute_path])
        return [Error(list(one.absolute_path), one.message[:_LONGEST_MESSAGE]) for one in errors]

    def first_error(self, value: Any) -> Error | None:
        """The first place that does not fit, or None. Raises Unusable."""
        return next(iter(self.errors(value)), None)


def _pattern(source: str) -> Any:
    try:
        return re2.compile(source.encode(), _OPTIONS)
    except re2.error as error:
        said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise Unusable(f"the pattern {source[:100]!r} cannot be used: {said}") from None


Keyword = Callable[..., Iterator[ValidationError]]


def _counted(keyword: Keyword) -> Keyword:
    """The same, given up when the check has computed for too long."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if time.thread_time() > _now.ends:
            raise Unusable("checking the payload with the schema takes too long")
        yield from keyword(validator, value, instance, schema) or ()

    return checked


def _matches(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _pattern(value).search(instance.encode("utf-8", "replace")):
        yield ValidationError(f"{instance[:100]!r} does not match {value!r}")


def _unique(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """By what they look like, which takes as long as the list is long."""
    if value and isinstance(instance, list):
        looks = {json.dumps(item, sort_keys=True) for item in instance}
        if len(looks) < len(instance):
            yield ValidationError("the items of the list are not all different")


def _not_used(name: str) -> Keyword:
    def refuse(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        raise Unusable(f"{name} cannot be used in a schema")

    return refuse


def _additional(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if "patternProperties" in schema:
        raise Unusable("patternProperties cannot be used in a schema")
    return _ADDITIONAL(validator, value, instance, schema) or iter(())


_ADDITIONAL = Draft202012Validator.VALIDATORS["additionalProperties"]
_KEYWORDS: dict[str, Keyword] = {
    **Draft202012Validator.VALIDATORS,
    "pattern": _matches,
    "uniqueItems": _unique,
    "additionalProperties": _additional,
    **{name: _not_used(name) for name in _NOT_USED if name != "$id"},
}
_Bounded = validators.extend(Draft202012Validator, {name: _counted(keyword) for name, keyword in _KEYWORDS.items()})
