"""Decorators that describe an agent, and the finding of the one agent a module defines."""

import dataclasses
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar, overload

from neuroflow import _docs, _plan, _schema, _tools, _types

Thing = TypeVar("Thing")
Function = TypeVar("Function", bound=Callable[..., Any])
_AGENT, _SKILL = "__neuroflow_agent__", "__neuroflow_skill__"


@dataclasses.dataclass
class Skill:
    """One thing an agent can do, and the function that does it."""

    name: str
    description: str
    examples: list[str]
    input_schema: dict[str, Any] | None  # None: to be derived from the function's annotations
    idempotent: bool
    function: Callable[..., Any]

    def manifest(self) -> dict[str, Any]:
        """The skill as JSON. What costs something to find out is found out here, not in every sandbox."""
        try:
            declared, output = self._schemas()
        except _types.Unreadable as error:
            raise BadAgent(str(error)) from None
        return {
            "name": self.name,
            "description": self.description or _docs.summary(self.function),
            "examples": self.examples,
            "input_schema": declared if self.input_schema is None else self.input_schema,
            "output_schema": output,
            "idempotent": self.idempotent,
        }

    def _schemas(self) -> tuple[dict[str, Any], dict[str, Any]]:
        plan = _plan.usual(self.function) or _plan.of_skill(self.function, f"the skill {self.name}")
        schema: dict[str, Any] = {}
        if plan.payload is not None:
            schema = _schema.schema_of(plan.payload)
        elif plan.declares:
            described = _docs.parameters(self.function)
            for field in plan.fields:
                field.description = described.get(field.name, "")
            schema = _schema.object_of(plan.fields, plan.more)
        result = _plan.returned(self.function)
        return schema, {} if result is None else _schema.schema_of(result)


@dataclasses.dataclass
class Definition:
    """An agent as its code describes it. `owner` is its instance, or None for an agent made of functions."""

    name: str
    description: str
    version: str | None
    skills: list[Skill]
    sources: tuple[Any, ...]  # whose docstring describes it when nothing else does; whose members are its tools
    capabilities: list[str]
    owner: Any
    health: Callable[..., Any] | None

    def manifest(self) -> dict[str, Any]:
        """The description as JSON. Raises BadAgent for what cannot be described."""
        try:
            tools = self.tools().anthropic()
        except (_types.Unreadable, ValueError) as error:
            raise BadAgent(str(error)) from None
        return {
            "name": self.name,
            "description": self.description or next((d for d in map(_docs.summary, self.sources) if d), ""),
            "version": self.version,
            "skills": [one.manifest() for one in self.skills],
            "tools": tools,
            "capabilities": self.capabilities,
        }

    def tools(self) -> _tools.Toolbox:
        """The agent's tools: its methods marked with @tool, and those functions of its module."""
        owner = () if self.owner is None else (self.owner,)
        return _tools.Toolbox(*owner, self.sources[-1])


class BadAgent(Exception):
    """The module defines no agent, more than one, or one that cannot be described."""


@overload
def agent(name: type[Thing]) -> type[Thing]: ...


@overload
def agent(
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
    capabilities: tuple[str, ...] | list[str] = (),
) -> Callable[[type[Thing]], type[Thing]]: ...


def agent(
    name: Any = None,
    description: str | None = None,
    version: str | None = None,
    capabilities: tuple[str, ...] | list[str] = (),
) -> Any:
    """Mark a class as the module's agent.

    `name` and `description` are shown in the console (without them: the class's name and docstring), `version` is the
    author's own label, and `capabilities` are those that it asks to be granted, such as ["http"].
    """
    if isinstance(name, type):
        return agent()(name)

    def mark(cls: type[Thing]) -> type[Thing]:
        about = {"name": name, "description": description, "version": version, "capabilities": list(capabilities)}
        setattr(cls, _AGENT, about)
        return cls

    return mark


@overload
def skill(function: Function) -> Function: ...


@overload
def skill(
    *,
    name: str | None = None,
    description: str | None = None,
    examples: tuple[str, ...] | list[str] = (),
    input_schema: dict[str, Any] | None = None,
    idempotent: bool = False,
) -> Callable[[Function], Function]: ...


def skill(
    function: Any = None,
    *,
    name: str | None = None,
    description: str | None = None,
    examples: tuple[str, ...] | list[str] = (),
    input_schema: dict[str, Any] | None = None,
    idempotent: bool = False,
) -> Any:
    """Mark a method, or a module's function, as a skill.

    `examples` are requests in plain language that it serves: routing matches against them. `idempotent` says that
    running it twice does no harm. Without `input_schema` the schema is derived from the annotations: of
    `Request[Units]`, or of the parameters other than request and context, which are then the payload's fields:

        @skill(description="Add two numbers", examples=["add 3 and 4"])
        async def add(self, a: int, b: int = 2) -> int: ...
    """
    if function is not None:
        return skill()(function)

    def mark(func: Function) -> Function:
        about = {
            "name": name,
            "description": description,
            "examples": [str(example) for example in examples],
            "input_schema": input_schema,
            "idempotent": bool(idempotent),
        }
        setattr(func, _SKILL, about)
        return func

    return mark


def find(module: ModuleType) -> Definition:
    """The one agent of a module. Raises BadAgent."""
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    marked = [cls for cls in own if _AGENT in vars(cls)]
    plain = [cls for cls in own if hasattr(cls, "metadata") and callable(getattr(cls, "handle", None))]
    candidates = marked or plain or _imported(module)
    if len(candidates) > 1:
        raise BadAgent(f"it defines {len(candidates)} agents ({', '.join(c.__name__ for c in candidates)}); keep one")
    if candidates:
        return _from_class(candidates[0], module)
    functions = [v for v in vars(module).values() if isinstance(getattr(v, _SKILL, None), dict)]
    if functions or callable(getattr(module, "handle", None)):
        return _from_module(module, functions)
    raise BadAgent(
        "it defines no agent; decorate a class with @agent(name=...) and its methods with @skill, "
        "or write `async def handle(request)`"
    )


def _imported(module: ModuleType) -> list[type]:
    """An agent that another file of the version defines and `agent.py` imports."""
    if callable(getattr(module, "handle", None)):
        return []
    found = [v for v in vars(module).values() if isinstance(v, type) and _AGENT in vars(v)]
    return list(dict.fromkeys(found))


def _from_class(cls: type, module: ModuleType) -> Definition:
    about = {**_as_dict(getattr(cls, "metadata", None)), **{k: v for k, v in getattr(cls, _AGENT, {}).items() if v}}
    owner = cls()
    skills = [_skill(getattr(owner, key)) for key in _skill_names(cls)]
    handle = getattr(owner, "handle", None)
    if not skills and callable(handle):
        skills = _listed_skills(about, handle)
    if not skills:
        raise BadAgent(f"{cls.__name__} has no skill; decorate a method with @skill(description=..., examples=[...])")
    return _definition(about, cls.__name__, (cls, module), skills, owner)


def _from_module(module: ModuleType, functions: list[Any]) -> Definition:
    about = _as_dict(getattr(module, "metadata", None))
    skills = [_skill(f) for f in functions]
    if not skills:
        skills = _listed_skills(about, vars(module)["handle"])
        if not skills[0].description and not skills[0].function.__doc__:
            skills[0].description = _docs.summary(module)
    return _definition(about, "", (module,), skills, None, module)


def _definition(
    about: dict[str, Any],
    name: str,
    sources: tuple[Any, ...],
    skills: list[Skill],
    owner: Any,
    module: Any = None,
) -> Definition:
    names = [s.name for s in skills]
    if len(set(names)) != len(names):
        raise BadAgent(f"two skills have the same name: {', '.join(sorted({n for n in names if names.count(n) > 1}))}")
    version = about.get("version")
    return Definition(
        name=str(about.get("name") or name),
        description=str(about.get("description") or ""),
        version=None if version is None else str(version),
        skills=skills,
        sources=sources,
        capabilities=[str(c) for c in about.get("capabilities") or ()],
        owner=owner,
        health=getattr(owner if owner is not None else module, "on_health_check", None),
    )


def _skill(function: Any) -> Skill:
    about = getattr(function, _SKILL)
    name = about["name"] or function.__name__
    description = about["description"] or ""
    return Skill(name, description, about["examples"], about["input_schema"], about["idempotent"], function)


def _listed_skills(about: dict[str, Any], handle: Callable[..., Any]) -> list[Skill]:
    """The skills that `metadata` lists, each served by `handle`; one named handle where it lists none."""
    skills = []
    inherited = (about.get("description") if about.get("skills") else "") or ""
    for entry in about.get("skills") or [{"name": "handle"}]:
        one = {"name": entry} if isinstance(entry, str) else _as_dict(entry)
        skills.append(
            Skill(
                name=str(one.get("name", "handle")),
                description=str(one.get("description") or inherited),
                examples=[str(e) for e in one.get("examples") or ()],
                input_schema=_as_dict(one["input_schema"]) if one.get("input_schema") else None,
                idempotent=bool(one.get("idempotent", False)),
                function=handle,
            )
        )
    return skills


def _as_dict(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return {k: v for k, v in vars(value).items() if not k.startswith("_")}


def _skill_names(cls: type) -> list[str]:
    """Names of a class's skills in the order they were written, inherited ones first."""
    names: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        names.update(dict.fromkeys(k for k, v in vars(base).items() if hasattr(v, _SKILL)))
    return list(names)
