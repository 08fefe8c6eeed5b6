"""One request: find the skill, call it, make its answer JSON."""

import dataclasses
import inspect
import json
import time
from collections.abc import Callable
from typing import Any

from neuroflow import _convert, _files, _json, _log, _loop, _plan
from neuroflow._context import Context, current_span, serving
from neuroflow._define import Definition, Skill
from neuroflow._request import Request, Response
from neuroflow.errors import AgentFailed, UsageError


@dataclasses.dataclass
class Served:
    """A skill, and how its function is called, once that was found out."""

    skill: Skill
    plan: _plan.Plan | None

    def planned(self) -> _plan.Plan:
        """How to call it. What takes time to find out is found out here, for the one skill that is asked for."""
        if self.plan is None:
            self.plan = _plan.of_skill(self.skill.function, f"the skill {self.skill.name}")
        return self.plan


def prepare(definition: Definition) -> dict[str, Served]:
    """The skills by their names."""
    return {skill.name: Served(skill, _plan.usual(skill.function)) for skill in definition.skills}


def serve(skills: dict[str, Served], call: dict[str, Any]) -> str:
    """Answer one call. Gives the answer as JSON text; raises what the agent raised."""
    function, args, named = prepare_call(skills, call)
    return encode(invoke(function, *args, **named))


def prepare_call(
    skills: dict[str, Served], call: dict[str, Any]
) -> tuple[Callable[..., Any], list[Any], dict[str, Any]]:
    """The function that serves a call, and what to call it with. Raises UsageError."""
    chosen = _choose(skills, call.get("skill"))
    plan = chosen.plan or chosen.planned()
    payload: Any = call.get("payload")
    values: dict[str, Any] = {}
    if plan.declares:
        payload, values = _checked(chosen.skill, plan, payload)
    agent = str(call.get("agent") or "")
    request: Request[Any] = Request(
        text=call.get("text") or "",
        payload=payload,
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
        grants=call.get("grants"),
    )
    current_span.set(context.span_id)
    serving(request, context)
    _files.begin(context.grants.get("files"))
    return chosen.skill.function, *plan.arguments(request, context, values)


def invoke(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Call a function, coroutine or not, and give its result."""
    result = function(*args, **named)
    return _loop.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _rehearsed(request: Request[Any], context: Context) -> Any:
    return request.text


_REHEARSAL = {"rehearsal": Served(Skill("rehearsal", "", [], {}, False, _rehearsed), _plan.usual(_rehearsed))}


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


def _checked(skill: Skill, plan: _plan.Plan, payload: Any) -> tuple[Any, dict[str, Any]]:
    """The payload as `Request[...]` says, and as the function's parameters. Raises UsageError."""
    try:
        if plan.payload is None:
            return payload, _plan.values_of(plan, payload)
        if payload is not None:
            return _convert.convert(plan.payload, payload), {}
    except _convert.Misfit as misfit:
        name = getattr(plan.payload, "__name__", None) or f"the skill {skill.name}"
        raise UsageError(f"the payload does not fit {name}: {misfit}") from None
    try:
        # Nothing was sent: what has a default for everything is made of that.
        return _convert.convert(plan.payload, {}), {}
    except _convert.Misfit:
        return None, {}


def encode(result: Any) -> str:
    """The JSON text of an answer. Raises AgentFailed for an unsuccessful Response, TypeError for what is not JSON."""
    if isinstance(result, Response):
        for name, value in (result.metrics or {}).items():
            _log.emit_metric(name, value)
        if not result.success:
            raise AgentFailed(result.error_message or "the agent answered that it did not succeed")
        result = result.data
    return _json.dumps(result)
