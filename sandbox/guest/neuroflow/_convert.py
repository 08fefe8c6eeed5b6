"""A JSON value as what an annotation asks for; what does not fit is said with its path."""

import datetime
import decimal
import enum
import json
import re
import typing
import uuid
from collections.abc import Callable
from typing import Any

from neuroflow import _schema, _types
from neuroflow._types import Field


class Misfit(ValueError):
    """A value that is not what an annotation asks for. `problems` are pairs of a path, such as `lines[2].unit`, and
    what that must be."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path or 'it'} {text}" for path, text in problems))
        self.problems = problems


def convert(annotation: Any, value: Any, path: str = "") -> Any:
    """The value as the annotation says: nested dataclasses, enums, dates and so on. Raises Misfit, Unreadable."""
    kind, keywords = _types.peel(annotation)
    made = _convert(kind, value, path)
    if keywords:
        _check(keywords, value, path)
    return made


def fill(fields: list[Field], value: Any, path: str = "", more: Any = None) -> dict[str, Any]:
    """The fields that an object gives, each converted. Further ones are refused, unless `more` is their type.

    What has a default and is not given is left out. Raises Misfit with everything that does not fit.
    """
    if not isinstance(value, dict):
        raise _misfit(path, "an object", value)
    problems: list[tuple[str, str]] = []
    made: dict[str, Any] = {}
    known = {field.name: field for field in fields}
    for name, item in value.items():
        if name not in known and more is None:
            there = f"there are: {', '.join(known)}" if known else "there are none"
            problems.append((_inner(path, name), f"is not known ({there})"))
            continue
        made[name] = _gather(problems, known[name].type if name in known else more, item, _inner(path, name))
    problems += [(_inner(path, f.name), "is missing") for f in fields if f.required and f.name not in value]
    if problems:
        raise Misfit(problems)
    return made


def _gather(problems: list[tuple[str, str]], annotation: Any, value: Any, path: str) -> Any:
    try:
        return convert(annotation, value, path)
    except Misfit as misfit:
        problems += misfit.problems
        return None


def _inner(path: str, name: str) -> str:
    return f"{path}.{name}" if path else str(name)


def _misfit(path: str, wanted: str, value: Any) -> Misfit:
    return Misfit([(path, f"must be {wanted}, not {shown(value)}")])


def shown(value: Any) -> str:
    """A value as it was written in JSON, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _convert(kind: Any, value: Any, path: str) -> Any:
    try:
        known = _SCALARS.get(kind)
    except TypeError:  # not hashable, so nothing that we know
        return value
    if known is not None:
        return known(value, path)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in _schema.UNIONS:
        return _union(args, value, path)
    if origin is typing.Literal:
        return _literal(args, value, path)
    if kind in _schema.LISTS or origin in _schema.LISTS:
        return _list(origin or kind, args, value, path)
    if kind in _schema.MAPPINGS or origin in _schema.MAPPINGS:
        return _mapping(args, value, path)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _enum(kind, value, path)
    return _class(origin or kind, value, path)


def _class(cls: Any, value: Any, path: str) -> Any:
    if _types.is_pydantic(cls):
        return _pydantic(cls, value, path)
    if _types.is_typeddict(cls):
        return fill(_types.fields_of(cls), value, path)
    if not _types.is_dataclass(cls):
        return value
    made = fill(_types.fields_of(cls), value, path)
    try:
        return cls(**made)
    except (ValueError, TypeError, AssertionError) as error:
        # What __post_init__ found wrong is said of the value, as the author worded it.
        raise Misfit([(path, f"is refused: {error}")]) from None


def _pydantic(cls: Any, value: Any, path: str) -> Any:
    validate: Callable[[Any], Any] = getattr(cls, "model_validate", None) or cls.parse_obj
    try:
        return validate(value)
    except ValueError as error:
        if not callable(errors := getattr(error, "errors", None)):
            raise
        problems = []
        for one in errors():
            where = path
            for part in one["loc"]:
                if part != "__root__":
                    where = f"{where}[{part}]" if isinstance(part, int) else _inner(where, str(part))
            problems.append((where, f"is refused: {one['msg']}"))
        raise Misfit(problems) from None


def _union(args: tuple[Any, ...], value: Any, path: str) -> Any:
    kinds = [_types.peel(arg)[0] for arg in args]
    if type(value) in kinds:
        return value if value is None else convert(args[kinds.index(type(value))], value, path)
    found: list[Misfit] = []
    for arg in args:
        try:
            return convert(arg, value, path)
        except Misfit as misfit:
            found.append(misfit)
    # A value that went wrong further inside was meant to be that member.
    inside = [misfit for misfit in found if any(where != path for where, _ in misfit.problems)]
    if inside:
        raise inside[0]
    wanted = " or ".join(dict.fromkeys(_wanted(misfit) for misfit in found))
    raise _misfit(path, wanted, value)


def _wanted(misfit: Misfit) -> str:
    text = misfit.problems[0][1]
    return text.removeprefix("must be ").rpartition(", not ")[0] or text


def _literal(args: tuple[Any, ...], value: Any, path: str) -> Any:
    for arg in args:
        plain = arg.value if isinstance(arg, enum.Enum) else arg
        if plain == value and type(plain) is type(value):
            return arg
    raise _misfit(path, f"one of {', '.join(shown(a) for a in args)}", value)


def _enum(kind: type[enum.Enum], value: Any, path: str) -> Any:
    for member in kind:
        if member.value == value and isinstance(value, bool) == isinstance(member.value, bool):
            return member
    raise _misfit(path, f"one of {', '.join(shown(m.value) for m in kind)}", value)


def _list(origin: Any, args: tuple[Any, ...], value: Any, path: str) -> Any:
    if not isinstance(value, (list, tuple)):
        raise _misfit(path, "a list", value)
    each = tuple(args) if args else (Any,)
    if origin is tuple and args and args[-1] is not Ellipsis:
        if len(value) != len(args):
            raise _misfit(path, f"a list of {len(args)}", value)
    else:
        each = (each[0],) * len(value)
    problems: list[tuple[str, str]] = []
    made = [_gather(problems, one, item, f"{path}[{n}]") for n, (one, item) in enumerate(zip(each, value, strict=True))]
    if problems:
        raise Misfit(problems)
    if origin is tuple:
        return tuple(made)
    if origin in _schema.SETS:
        try:
            return frozenset(made) if origin is frozenset else set(made)
        except TypeError:
            raise _misfit(path, "a list of values that can be told apart, such as text", value) from None
    return made


def _mapping(args: tuple[Any, ...], value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise _misfit(path, "an object", value)
    if len(args) != 2:
        return value
    problems: list[tuple[str, str]] = []
    key_kind = _types.peel(args[0])[0]
    made = {}
    for key, item in value.items():
        where = f"{path}[{shown(key)}]"
        sent: Any = key
        if key_kind in (int, float) and re.fullmatch(r"-?\d+(\.\d+)?", key):
            sent = key_kind(float(key)) if "." in key else key_kind(key)
        made[_gather(problems, args[0], sent, where)] = _gather(problems, args[1], item, where)
    if problems:
        raise Misfit(problems)
    return made


def _any(value: Any, path: str) -> Any:
    return value


def _none(value: Any, path: str) -> Any:
    if value is None:
        return None
    raise _misfit(path, "null", value)


def _bool(value: Any, path: str) -> Any:
    if isinstance(value, bool):
        return value
    raise _misfit(path, "true or false", value)


def _int(value: Any, path: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _misfit(path, "a whole number", value)


def _float(value: Any, path: str) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise _misfit(path, "a number", value)


def _str(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return value
    raise _misfit(path, "text", value)


def _decimal(value: Any, path: str) -> Any:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return decimal.Decimal(str(value))
        except decimal.InvalidOperation:
            pass
    raise _misfit(path, "a number", value)


def _parsed(read: Callable[[str], Any], wanted: str) -> Callable[[Any, str], Any]:
    def parse(value: Any, path: str) -> Any:
        if isinstance(value, str):
            try:
                return read(value)
            except ValueError:
                pass
        raise _misfit(path, wanted, value)

    return parse


_SCALARS: dict[Any, Callable[[Any, str], Any]] = {
    Any: _any,
    object: _any,
    None: _none,
    type(None): _none,
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    decimal.Decimal: _decimal,
    datetime.date: _parsed(datetime.date.fromisoformat, 'a date such as "2024-05-31"'),
    datetime.datetime: _parsed(datetime.datetime.fromisoformat, 'a date and time such as "2024-05-31T12:00:00Z"'),
    datetime.time: _parsed(datetime.time.fromisoformat, 'a time such as "12:30:00"'),
    uuid.UUID: _parsed(uuid.UUID, "a UUID"),
}


def _check(keywords: dict[str, Any], value: Any, path: str) -> None:
    """The bounds that an annotation adds in words of JSON Schema."""
    for keyword, (holds, wanted) in _BOUNDS.items():
        if keyword in keywords:
            bound = keywords[keyword]
            try:
                kept = holds(value, bound)
            except TypeError:
                continue  # a bound for another type than the value has
            if not kept:
                raise _misfit(path, wanted.format(bound), value)


_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, bound: value >= bound, "at least {}"),
    "maximum": (lambda value, bound: value <= bound, "at most {}"),
    "exclusiveMinimum": (lambda value, bound: value > bound, "more than {}"),
    "exclusiveMaximum": (lambda value, bound: value < bound, "less than {}"),
    "minLength": (lambda value, bound: len(value) >= bound, "at least {} characters long"),
    "maxLength": (lambda value, bound: len(value) <= bound, "at most {} characters long"),
    "minItems": (lambda value, bound: len(value) >= bound, "a list of at least {}"),
    "maxItems": (lambda value, bound: len(value) <= bound, "a list of at most {}"),
    "pattern": (lambda value, bound: re.search(bound, value) is not None, "text like {}"),
    "enum": (lambda value, bound: value in bound, "one of {}"),
}
