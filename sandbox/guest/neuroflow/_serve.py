"""One request: find the skill, call it, make its answer JSON."""

import dataclasses
import datetime
import decimal
import enum
import inspect
import json
import time
from collections.abc import Callable
from typing import Any

from neuroflow import _log, _loop, _schema
from neuroflow._context import Context, current_span
from neuroflow._define import Definition, Skill
from neuroflow._request import Request, Response
from neuroflow.errors import AgentFailed, UsageError


@dataclasses.dataclass
class Served:
    """A skill with what was found out about its function once, at load."""

    skill: Skill
    arguments: int
    payload: type | None


def prepare(definition: Definition) -> dict[str, Served]:
    """What each skill's function takes, by the skill's name."""
    served = {}
    for skill in definition.skills:
        annotation = _schema.payload_type(skill.function)
        convert = annotation if dataclasses.is_dataclass(annotation) and isinstance(annotation, type) else None
        served[skill.name] = Served(skill, _positional(skill.function), convert)
    return served


def _positional(function: Callable[..., Any]) -> int:
    """How many arguments to give: request and context, or fewer. Read from the code, which costs less than a signature
    and is done in every sandbox."""
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return _counted(function)
    count = code.co_argcount - (1 if hasattr(function, "__self__") else 0)
    return 2 if code.co_flags & inspect.CO_VARARGS else min(count, 2)


def _counted(function: Callable[..., Any]) -> int:
    count = 0
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            count += 1
        elif parameter.kind is parameter.VAR_POSITIONAL:
            count += 2
    return min(count, 2)


def serve(skills: dict[str, Served], call: dict[str, Any]) -> str:
    """Answer one call. Gives the answer as JSON text; raises what the agent raised."""
    chosen = _choose(skills, call.get("skill"))
    agent = str(call.get("agent") or "")
    request: Request[Any] = Request(
        text=call.get("text") or "",
        payload=_payload(chosen, call.get("payload")),
        skill=chosen.skill.name,
        session=call.get("session"),
        agent_id=agent,
        trace_id=call.get("trace_id", ""),
        invocation_id=call.get("invocation_id", ""),
    )
    context = Context(
        trace_id=request.trace_id,
        span_id=call.get("span_id", ""),
        invocation_id=request.invocation_id,
        session=request.session,
        agent=agent,
        version=call.get("version", 0),
        config=call.get("config"),
        deadline=time.time() + call.get("remaining", 30.0),
    )
    current_span.set(context.span_id)
    return encode(invoke(chosen.skill.function, *(request, context)[: chosen.arguments]))


def invoke(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function, coroutine or not, and give its result."""
    result = function(*args)
    return _loop.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _rehearsed(request: Request[Any], context: Context) -> Any:
    return request.text


_REHEARSAL = {"rehearsal": Served(Skill("rehearsal", "", [], {}, False, _rehearsed), 2, None)}


def rehearse() -> None:
    """Serve a request of our own, so that the pages a real one needs are there when it comes."""
    serve(_REHEARSAL, json.loads('{"text": "a", "config": {}, "payload": {"a": [1, 2.5]}, "remaining": 1.0}'))


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _choose(skills: dict[str, Served], name: str | None) -> Served:
    if name is None and len(skills) == 1:
        return next(iter(skills.values()))
    if name is None or name not in skills:
        said = "names no skill" if name is None else f"names the skill {name!r}, which is not there"
        raise UsageError(f"the request {said}; this agent has: {', '.join(skills)}")
    return skills[name]


def _payload(served: Served, payload: Any) -> Any:
    if served.payload is None or payload is None:
        return payload
    try:
        return served.payload(**payload)
    except TypeError as error:
        raise UsageError(f"the payload does not fit {served.payload.__name__}: {error}") from None


def encode(result: Any) -> str:
    """The JSON text of an answer. Raises AgentFailed for an unsuccessful Response, TypeError for what is not JSON."""
    if isinstance(result, Response):
        for name, value in (result.metrics or {}).items():
            _log.emit_metric(name, value)
        if not result.success:
            raise AgentFailed(result.error_message or "the agent answered that it did not succeed")
        result = result.data
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False, default=_plain)
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(result, allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise TypeError(f"the returned {type(result).__name__} cannot be written as JSON: {error}") from None
    return text


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, decimal.Decimal):
        return str(value)
    if callable(dump := getattr(value, "dict", None)):
        return dump()
    raise TypeError(f"a {type(value).__name__} is not a JSON value")
