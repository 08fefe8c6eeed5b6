"""An answer as JSON text: what has an obvious JSON form is given in it."""

import dataclasses
import datetime
import decimal
import enum
import inspect
import json
import uuid
from typing import Any


def dumps(value: Any) -> str:
    """The JSON text of a value. Raises TypeError for what has none.

    Dataclasses and pydantic models become objects, enums their values, dates ISO text, sets and tuples lists, decimals
    and UUIDs text.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain)
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, allow_nan=False, default=plain)
    except (TypeError, ValueError) as error:
        raise TypeError(f"the returned {type(value).__name__} cannot be written as JSON: {error}") from None
    return text


def plain(value: Any) -> Any:
    """The JSON form of one value that is not JSON by itself. Raises TypeError where there is none."""
    if isinstance(value, type):
        raise TypeError(f"the class {value.__name__} is not a JSON value")
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if inspect.iscoroutine(value):
        name = value.__qualname__
        value.close()
        raise TypeError(f"{name}(...) was not awaited; write `await {name}(...)`")
    for name in ("model_dump", "dict", "tolist"):  # pydantic 2, pydantic 1, arrays of numbers
        if callable(dump := getattr(value, name, None)):
            return dump()
    raise TypeError(f"a {type(value).__name__} is not a JSON value")
