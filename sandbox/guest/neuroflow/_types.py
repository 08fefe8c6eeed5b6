"""What annotations say, read in one place for the schema, for the check of a payload and for tools."""

import dataclasses
import inspect
import typing
from typing import Any

MISSING: Any = object()  # stands for a default that is not there

_WRAPPERS = tuple(
    wrapper for name in ("Required", "NotRequired", "ReadOnly", "Final") if (wrapper := getattr(typing, name, None))
)


class Unreadable(TypeError):
    """An annotation that cannot be evaluated."""


@dataclasses.dataclass
class Field:
    """One named part of an object: a dataclass's field, a TypedDict's key, a function's parameter."""

    name: str
    type: Any = Any
    required: bool = True
    default: Any = MISSING
    description: str = ""


def hints(thing: Any) -> dict[str, Any]:
    """The evaluated annotations of a class or function, with Annotated kept. Raises Unreadable."""
    try:
        return typing.get_type_hints(thing, include_extras=True)
    except Exception as error:
        name = getattr(thing, "__qualname__", repr(thing))
        raise Unreadable(
            f"the annotations of {name} cannot be read ({type(error).__name__}: {error}); "
            "what they name must be imported at run time too, not only under TYPE_CHECKING"
        ) from None


def peel(annotation: Any) -> tuple[Any, dict[str, Any]]:
    """The type below Annotated, NewType and aliases, and the JSON Schema keywords written around it.

    `Annotated[int, "how many", {"minimum": 1}]` gives int and {"description": "how many", "minimum": 1}.
    """
    keywords: dict[str, Any] = {}
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            for extra in annotation.__metadata__:
                if isinstance(extra, str):
                    keywords.setdefault("description", extra)
                elif isinstance(extra, dict):
                    keywords = {**extra, **keywords}
            annotation = annotation.__origin__
        elif origin in _WRAPPERS:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        else:
            return annotation, keywords


def is_dataclass(annotation: Any) -> bool:
    """Whether it is a dataclass itself, not an instance of one."""
    return isinstance(annotation, type) and dataclasses.is_dataclass(annotation)


def is_typeddict(annotation: Any) -> bool:
    """Whether it is a TypedDict, of `typing` or of `typing_extensions`."""
    return (
        isinstance(annotation, type) and hasattr(annotation, "__total__") and hasattr(annotation, "__required_keys__")
    )


def is_pydantic(annotation: Any) -> bool:
    """Whether it is a pydantic model, of version 1 or 2."""
    return isinstance(annotation, type) and hasattr(annotation, "parse_obj") and hasattr(annotation, "schema")


def fields_of(cls: type) -> list[Field]:
    """The fields of a dataclass or TypedDict, in the order they were written. Raises Unreadable."""
    found = hints(cls)
    if is_typeddict(cls):
        required = cls.__required_keys__  # type: ignore[attr-defined]
        return [Field(name, hint, _required(name in required, hint)) for name, hint in found.items()]
    fields = []
    for one in dataclasses.fields(cls):
        if not one.init:
            continue
        default = MISSING if one.default is dataclasses.MISSING else one.default
        if one.default_factory in (list, dict, set, tuple):
            default = one.default_factory()
        required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
        fields.append(Field(one.name, found[one.name], required, default, str(one.metadata.get("description", ""))))
    return fields


def _required(listed: bool, hint: Any) -> bool:
    """What the wrapper says counts more: annotations that were text hid it when the class was made."""
    origin = typing.get_origin(hint)
    if origin is typing.Required:
        return True
    return listed and origin is not typing.NotRequired


def doc_of(cls: type) -> str:
    """The first paragraph of a class's own docstring; "" for the one that a dataclass gives itself."""
    text = vars(cls).get("__doc__") or ""
    if text.startswith(f"{cls.__name__}("):
        return ""
    return " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
