"""Tools that a model may call: described to it, called with its arguments, answered in its provider's shape."""

import asyncio
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, overload

from neuroflow import _context, _convert, _docs, _json, _plan, _schema, errors
from neuroflow._log import log
from neuroflow._request import Request, Response

Function = TypeVar("Function", bound=Callable[..., Any])
_TOOL = "__neuroflow_tool__"
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class ToolError(Exception):
    """A tool could not be called as the model asked; the text says why, in words that a model can act on.

    A tool's own code may raise it too, to tell the model what to do otherwise.
    """


@overload
def tool(function: Function) -> Function: ...


@overload
def tool(*, name: str | None = None, description: str | None = None) -> Callable[[Function], Function]: ...


def tool(function: Any = None, *, name: str | None = None, description: str | None = None) -> Any:
    """Mark a method or function as a tool that a model may call. The function itself stays as it was.

    Its schema comes from its parameters' annotations; their descriptions from `Annotated[str, "..."]` or from the lines
    under `Args:` in its docstring; its own description from the docstring above them. A parameter annotated `Request`
    or `Context` is filled by us and not shown to the model. Raises ValueError for a name that models do not take.
    """
    if function is not None:
        return tool()(function)
    if name is not None and not _NAME.fullmatch(name):
        raise ValueError(f"the tool's name {name!r} must be 1 to 64 of the letters a-z, A-Z, 0-9, _ and -")

    def mark(func: Function) -> Function:
        setattr(func, _TOOL, {"name": name, "description": description})
        return func

    return mark


class Tool:
    """One tool: `name`, `description`, `function`, and `schema`, the JSON Schema of its arguments."""

    def __init__(self, function: Callable[..., Any]) -> None:
        about = getattr(function, _TOOL, None)
        about = about if isinstance(about, dict) else {}
        self.function = function
        self.name: str = about.get("name") or function.__name__
        self.description: str = about.get("description") or _docs.description(function)
        self._planned: _plan.Plan | None = None

    @property
    def plan(self) -> _plan.Plan:
        if self._planned is None:
            self._planned = _plan.of_tool(self.function, f"the tool {self.name}")
            described = _docs.parameters(self.function)
            for field in self._planned.fields:
                field.description = described.get(field.name, "")
        return self._planned

    @property
    def schema(self) -> dict[str, Any]:
        """Raises TypeError for annotations that cannot be read."""
        return _schema.object_of(self.plan.fields, self.plan.more)


class Toolbox:
    """Some tools, to be given to a model. Made by `tools()`; a sequence of Tool.

    The whole exchange with a model, OpenAI's or one that speaks like it:

        box = tools(self)
        while True:
            reply = await ask_model(messages, tools=box.openai())
            turn = await box.respond(reply)
            if not turn:
                return reply["choices"][0]["message"]["content"]
            messages += turn

    For Anthropic's it is the same with `box.anthropic()`.
    """

    def __init__(self, *sources: Any) -> None:
        self._tools: dict[str, Tool] = {}
        for source in sources:
            for function in _marked(source):
                one = Tool(function)
                if one.name in self._tools and self._tools[one.name].function != function:
                    raise ValueError(f"two tools have the name {one.name!r}; give one another by @tool(name=...)")
                self._tools[one.name] = one

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def openai(self) -> list[dict[str, Any]]:
        """The tools as OpenAI's chat completions take them: [{"type": "function", "function": {"name", "description",
        "parameters"}}]."""
        return [
            {
                "type": "function",
                "function": {"name": one.name, "description": one.description, "parameters": one.schema},
            }
            for one in self
        ]

    def anthropic(self) -> list[dict[str, Any]]:
        """The tools as Anthropic's messages take them: [{"name", "description", "input_schema"}]."""
        return [{"name": one.name, "description": one.description, "input_schema": one.schema} for one in self]

    async def call(self, name: str, arguments: Any = None) -> Any:
        """Call one tool with a model's arguments, an object or its JSON text, and give what it returns.

        The call is shown in the trace as `execute_tool <name>`. Raises ToolError when there is no such tool or when the
        arguments do not fit, and what the tool itself raises.
        """
        return await self._call(name, arguments, None)

    async def _call(self, name: str, arguments: Any, call_id: str | None) -> Any:
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
        if call_id is not None:
            attributes["gen_ai.tool.call.id"] = call_id
        with _context.span(f"execute_tool {name}", **attributes):
            one = self._tools.get(name)
            if one is None:
                raise ToolError(f"There is no tool {name!r}. There are: {', '.join(self._tools) or 'none'}.")
            request, context = _context.current()
            try:
                values = _plan.values_of(one.plan, _read(arguments))
            except _convert.Misfit as misfit:
                raise ToolError(f"The arguments do not fit the tool {name}: {misfit}.") from None
            args, named = one.plan.arguments(request or Request(), context or _context.Context(), values)
            result = one.function(*args, **named)
            return await result if inspect.isawaitable(result) else result

    async def respond(self, reply: Any) -> list[dict[str, Any]]:
        """Call every tool that a model's reply asks for, all at the same time, and give the messages to append: the
        model's own and the results. Empty when the reply asks for none: then it is the model's answer.

        `reply` is the JSON body of OpenAI's chat completions or of Anthropic's messages, or the assistant's message of
        either. What goes wrong in a tool is told to the model, and logged as a warning.
        """
        if callable(dump := getattr(reply, "model_dump", None)):
            reply = dump(exclude_none=True)
        if "choices" in reply:
            reply = reply["choices"][0]["message"]
        if isinstance(reply.get("content"), list):
            asked = [block for block in reply["content"] if block.get("type") == "tool_use"]
            results = await asyncio.gather(*(self._answer(b["id"], b["name"], b.get("input")) for b in asked))
            blocks = [
                {"type": "tool_result", "tool_use_id": b["id"], "content": text, **({} if well else {"is_error": True})}
                for b, (well, text) in zip(asked, results, strict=True)
            ]
            own = {"role": "assistant", "content": reply["content"]}
            return [own, {"role": "user", "content": blocks}] if blocks else []
        calls = reply.get("tool_calls") or []
        results = await asyncio.gather(
            *(self._answer(c["id"], c["function"]["name"], c["function"].get("arguments")) for c in calls)
        )
        told = [
            {"role": "tool", "tool_call_id": c["id"], "content": text if well else f"Error: {text}"}
            for c, (well, text) in zip(calls, results, strict=True)
        ]
        return [reply, *told] if told else []

    async def _answer(self, call_id: str, name: str, arguments: Any) -> tuple[bool, str]:
        try:
            return _text(await self._call(name, arguments, call_id))
        except MemoryError:
            raise  # ends the run, which no model can mend
        except ToolError as error:
            log.warning(f"tool {name}: {error}")
            return False, str(error)
        except Exception as error:
            told = errors.describe(error)
            log.warning(f"tool {name} failed: {told['message']}", traceback=told["detail"].get("traceback", ""))
            return False, f"The tool {name} failed: {told['message']}"


def tools(*sources: Any) -> Toolbox:
    """The tools of what is named: functions, objects (their marked methods) or modules. Without arguments: all tools of
    the agent. Raises ValueError for two of the same name."""
    if sources:
        return Toolbox(*sources)
    if of_agent is None:
        raise ValueError("the agent is still being loaded; call tools() inside a skill, or name the functions")
    return of_agent()


#: Set when an agent has been loaded.
of_agent: Callable[[], Toolbox] | None = None


def _marked(source: Any) -> list[Callable[..., Any]]:
    if isinstance(source, Toolbox):
        return [one.function for one in source]
    if isinstance(source, type(sys)):
        return [v for v in vars(source).values() if _is_marked(v)]
    if _is_marked(source) or inspect.isroutine(source):
        return [source]
    names: dict[str, None] = {}
    for base in reversed(type(source).__mro__):
        names.update(dict.fromkeys(key for key, value in vars(base).items() if _is_marked(value)))
    return [getattr(source, name) for name in names]


def _is_marked(value: Any) -> bool:
    return callable(value) and isinstance(getattr(value, _TOOL, None), dict)


def _read(arguments: Any) -> Any:
    if arguments is None or arguments == "":
        return {}
    if not isinstance(arguments, (str, bytes)):
        return arguments
    try:
        return json.loads(arguments)
    except ValueError as error:
        raise ToolError(f"The arguments are not valid JSON ({error}). Send one JSON object.") from None


def _text(result: Any) -> tuple[bool, str]:
    """A tool's result as the text that a model reads, and whether it went well."""
    if isinstance(result, Response):
        if not result.success:
            return False, result.error_message or "it did not succeed"
        result = result.data
    if isinstance(result, str):
        return True, result
    return True, "done" if result is None else _json.dumps(result)
