"""How a skill's or a tool's function is called: which parameter gets the request, the context, a field of the payload.

The rule: a parameter annotated `Request` or `Context` is that; one without an annotation is that when it is named so.
Every other annotated parameter is a field of the payload. Where a skill has no such field, what is left without an
annotation gets the request and then the context, whatever it is named.
"""

import dataclasses
import inspect
import re
import typing
from collections.abc import Callable
from typing import Any

from neuroflow import _convert, _types
from neuroflow._context import Context
from neuroflow._request import Request, Response
from neuroflow._types import Field, Unreadable

_NAMED = {"request": "request", "req": "request", "context": "context", "ctx": "context"}
_AS_TEXT = re.compile(r"^(?:\w+\.)*(Request|Context)\b(.*)$")


class Part(typing.NamedTuple):
    """One parameter: its name, what it gets (`request`, `context` or the field of its name), and how."""

    name: str
    gets: str
    by_name: bool = False


@dataclasses.dataclass
class Plan:
    """How one function is called."""

    parts: list[Part]
    fields: list[Field]
    payload: Any = None  # what `Request[...]` names
    more: Any = None  # the type of further fields, where the function takes them by `**`
    label: str = ""

    @property
    def declares(self) -> bool:
        """Whether the function says what its payload is."""
        return bool(self.fields) or self.payload is not None or self.more is not None

    def arguments(self, request: Any, context: Any, values: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """What to call the function with; `values` are the fields that were given."""
        args: list[Any] = []
        named = dict(values)
        by_name = False
        for part in self.parts:
            if part.gets == "request":
                value = request
            elif part.gets == "context":
                value = context
            elif part.gets in named:
                value = named.pop(part.gets)
            else:
                by_name = True  # its default serves, and what follows cannot be given by position
                continue
            if by_name or part.by_name:
                named[part.name] = value
            else:
                args.append(value)
        return args, named


_PLAIN_REQUEST, _PLAIN_CONTEXT = (None, Request, "Request"), (None, Context, "Context")

#: Plans of the usual shapes, made beforehand: nearly every agent needs no other.
_USUAL = {
    (): Plan([], []),
    ("request",): Plan([Part("request", "request")], []),
    ("request", "context"): Plan([Part("request", "request"), Part("context", "context")], []),
}


def usual(function: Any) -> Plan | None:
    """The plan of a function of the usual shape, read from its code; None when it must be looked at more closely.

    This is done in every sandbox, and costs far less than a signature.
    """
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return None
    names = code.co_varnames[: code.co_argcount]
    plan = _USUAL.get(names[1:] if names[:1] == ("self",) else names)
    if plan is None or "__wrapped__" in function.__dict__:
        return None
    try:
        hints = function.__annotations__
    except Exception:
        return None
    if hints and not (hints.get("request") in _PLAIN_REQUEST and hints.get("context") in _PLAIN_CONTEXT):
        return None
    return plan


def of_skill(function: Callable[..., Any], label: str) -> Plan:
    """How a skill's function is called. Raises Unreadable for annotations that cannot be used."""
    plan = _read(function, label, fields_need_annotation=True)
    if plan.fields and plan.payload is not None:
        raise Unreadable(f"{label} takes both Request[...] and parameters of its own; declare the payload in one way")
    return plan


def of_tool(function: Callable[..., Any], label: str) -> Plan:
    """How a tool's function is called: all its parameters but request and context are the model's to fill."""
    return _read(function, label, fields_need_annotation=False)


def _read(function: Callable[..., Any], label: str, fields_need_annotation: bool) -> Plan:
    signature = _signature(function)
    hints = _hints(function, label)
    plan = Plan([], [], label=label)
    loose: list[int] = []
    for parameter in signature.parameters.values():
        hint = hints.get(parameter.name, Any)
        if parameter.kind is parameter.VAR_POSITIONAL:
            if fields_need_annotation:
                plan.parts += [Part("", "request"), Part("", "context")]
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            if hint is not Any or not fields_need_annotation:
                plan.more = hint
            continue
        by_name = parameter.kind is parameter.KEYWORD_ONLY
        special = _special(parameter.name, hint)
        if special:
            plan.payload = _payload(hint) if special == "request" else plan.payload
            plan.parts.append(Part(parameter.name, special, by_name))
            continue
        if hint is Any:
            loose.append(len(plan.parts))
        plan.parts.append(Part(parameter.name, parameter.name, by_name))
        required = parameter.default is parameter.empty
        plan.fields.append(Field(parameter.name, hint, required, _types.MISSING if required else parameter.default))
    if fields_need_annotation and len(loose) == len(plan.fields):
        _fill_in_order(plan, loose)
    return plan


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except NameError:
        import annotationlib  # Python 3.14, which evaluates annotations for a signature

        text = annotationlib.Format.STRING
        return inspect.signature(function, annotation_format=text)  # type: ignore[call-arg]


def _fill_in_order(plan: Plan, loose: list[int]) -> None:
    """No parameter is a field of the payload: those that are left get the request and the context."""
    taken = [part.gets for part in plan.parts]
    free = [one for one in ("request", "context") if one not in taken]
    required = {field.name for field in plan.fields if field.required}
    for position in loose:
        part = plan.parts[position]
        if free and not part.by_name:
            plan.parts[position] = part._replace(gets=free.pop(0))
        elif part.name in required:
            raise Unreadable(
                f"{plan.label}: the parameter {part.name!r} needs an annotation, to be a field of the payload"
            )
    plan.fields = []


def _special(name: str, hint: Any) -> str | None:
    kind = typing.get_origin(hint) or hint
    if isinstance(kind, str):
        matched = _AS_TEXT.match(kind)
        return matched[1].lower() if matched else None
    if isinstance(kind, type) and issubclass(kind, Request):
        return "request"
    if isinstance(kind, type) and issubclass(kind, Context):
        return "context"
    return _NAMED.get(name) if kind is Any else None


def _payload(hint: Any) -> Any:
    args = typing.get_args(hint)
    return None if not args or args[0] is Any or isinstance(args[0], typing.TypeVar) else args[0]


def _hints(function: Any, label: str) -> dict[str, Any]:
    target = inspect.unwrap(function)
    while hasattr(target, "func") and not hasattr(target, "__code__"):  # functools.partial
        target = inspect.unwrap(target.func)
    target = getattr(target, "__func__", target)
    if not inspect.isfunction(target):
        target = type(target).__call__
    try:
        return _types.hints(target)
    except Unreadable:
        return {name: _alone(target, name, hint) for name, hint in _written(target).items() if name != "return"}


def _alone(target: Any, name: str, hint: Any) -> Any:
    """One annotation, evaluated without the others. `Request` and `Context` may be imported for type checkers only, and
    then stay text; what a payload is made of is needed for real."""

    def holder() -> None: ...

    holder.__annotations__ = {name: hint}
    try:
        found = typing.get_type_hints(holder, getattr(target, "__globals__", {}), include_extras=True)
        return found[name]
    except Exception:
        matched = _AS_TEXT.match(hint) if isinstance(hint, str) else None
        if matched is None or matched[2]:
            _types.hints(target)
        return hint


def _written(target: Any) -> dict[str, Any]:
    """Annotations as they were written, as text where they cannot be evaluated."""
    try:
        return dict(target.__annotations__)
    except NameError:
        import annotationlib  # Python 3.14, where annotations are evaluated late

        return dict(annotationlib.get_annotations(target, format=annotationlib.Format.STRING))


def values_of(plan: Plan, payload: Any) -> dict[str, Any]:
    """The payload as the function's parameters. Raises Misfit."""
    if not plan.fields and plan.more is None:
        return {}
    return _convert.fill(plan.fields, {} if payload is None else payload, more=plan.more)


def returned(function: Callable[..., Any]) -> Any:
    """What a function says that it answers with; None where it says nothing that a schema could tell."""
    try:
        hint = _types.hints(getattr(function, "__func__", function)).get("return")
    except Unreadable:
        return None
    told = (hint, *typing.get_args(hint))
    return None if hint in (None, Any, type(None)) or Response in told else hint
