"""Decorators that describe an agent, and the finding of the one agent a module defines."""

import dataclasses
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from neuroflow import _schema

Thing = TypeVar("Thing")
_AGENT, _SKILL, _TOOL = "__neuroflow_agent__", "__neuroflow_skill__", "__neuroflow_tool__"


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
        schema = self.input_schema
        if schema is None:
            annotation = _schema.payload_type(self.function)
            schema = {} if annotation is None else _schema.schema_of(annotation)
        return {
            "name": self.name,
            "description": self.description or _doc(self.function),
            "examples": self.examples,
            "input_schema": schema,
            "idempotent": self.idempotent,
        }


@dataclasses.dataclass
class Definition:
    """An agent as its code describes it. `owner` is its instance, or None for an agent made of functions."""

    name: str
    description: str
    version: str | None
    skills: list[Skill]
    tools: list[tuple[dict[str, Any], Any]]
    sources: tuple[Any, ...]  # whose docstring describes it when nothing else does
    capabilities: list[str]
    owner: Any
    health: Callable[..., Any] | None

    def manifest(self) -> dict[str, Any]:
        """The description as JSON."""
        return {
            "name": self.name,
            "description": self.description or next((d for d in map(_doc, self.sources) if d), ""),
            "version": self.version,
            "skills": [one.manifest() for one in self.skills],
            "tools": [{**t, "description": t["description"] or _doc(f)} for t, f in self.tools],
            "capabilities": self.capabilities,
        }


class NoAgent(Exception):
    """The module defines no agent, or more than one."""


def agent(
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
    capabilities: tuple[str, ...] | list[str] = (),
) -> Callable[[type[Thing]], type[Thing]]:
    """Mark a class as the module's agent. `capabilities` are those it asks to be granted."""
    if isinstance(name, type):
        return agent()(name)  # type: ignore[return-value]

    def mark(cls: type[Thing]) -> type[Thing]:
        about = {"name": name, "description": description, "version": version, "capabilities": list(capabilities)}
        setattr(cls, _AGENT, about)
        return cls

    return mark


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
    running it twice does no harm. Without `input_schema` the schema is derived from a `Request[...]` annotation.
    """
    if function is not None:
        return skill()(function)

    def mark(func: Thing) -> Thing:
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


def tool(function: Any = None, *, name: str | None = None, description: str | None = None) -> Any:
    """Mark a method or function as a tool that the manifest lists."""
    if function is not None:
        return tool()(function)

    def mark(func: Thing) -> Thing:
        setattr(func, _TOOL, {"name": name, "description": description})
        return func

    return mark


def find(module: ModuleType) -> Definition:
    """The one agent of a module. Raises NoAgent."""
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    marked = [cls for cls in own if _AGENT in vars(cls)]
    plain = [cls for cls in own if hasattr(cls, "metadata") and callable(getattr(cls, "handle", None))]
    candidates = marked or plain
    if len(candidates) > 1:
        raise NoAgent(f"it defines {len(candidates)} agents ({', '.join(c.__name__ for c in candidates)}); keep one")
    if candidates:
        return _from_class(candidates[0], module)
    functions = [v for v in vars(module).values() if hasattr(v, _SKILL)]
    if functions or callable(getattr(module, "handle", None)):
        return _from_module(module, functions)
    raise NoAgent(
        "it defines no agent; decorate a class with @agent(name=...) and its methods with @skill, "
        "or write `async def handle(request)`"
    )


def _from_class(cls: type, module: ModuleType) -> Definition:
    about = {**_as_dict(getattr(cls, "metadata", None)), **{k: v for k, v in getattr(cls, _AGENT, {}).items() if v}}
    owner = cls()
    members = [getattr(owner, key) for key in _member_names(cls)]
    skills = [_skill(m) for m in members if hasattr(m, _SKILL)]
    handle = getattr(owner, "handle", None)
    if not skills and callable(handle):
        skills = _listed_skills(about, handle)
    if not skills:
        raise NoAgent(f"{cls.__name__} has no skill; decorate a method with @skill(description=..., examples=[...])")
    return _definition(about, cls.__name__, (cls, module), skills, members, owner)


def _from_module(module: ModuleType, functions: list[Any]) -> Definition:
    about = _as_dict(getattr(module, "metadata", None))
    skills = [_skill(f) for f in functions]
    if not skills:
        skills = _listed_skills(about, vars(module)["handle"])
        if not skills[0].description and not skills[0].function.__doc__:
            skills[0].description = _doc(module)
    return _definition(about, "", (module,), skills, list(vars(module).values()), None, module)


def _definition(
    about: dict[str, Any],
    name: str,
    sources: tuple[Any, ...],
    skills: list[Skill],
    members: list[Any],
    owner: Any,
    module: Any = None,
) -> Definition:
    names = [s.name for s in skills]
    if len(set(names)) != len(names):
        raise NoAgent(f"two skills have the same name: {', '.join(sorted({n for n in names if names.count(n) > 1}))}")
    tools = []
    for member in members:
        if (mark := getattr(member, _TOOL, None)) is not None:
            tools.append(({"name": mark["name"] or member.__name__, "description": mark["description"]}, member))
    version = about.get("version")
    return Definition(
        name=str(about.get("name") or name),
        description=str(about.get("description") or ""),
        version=None if version is None else str(version),
        skills=skills,
        tools=tools,
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
                input_schema=_as_dict(one.get("input_schema")),
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


def _member_names(cls: type) -> list[str]:
    """Names of a class's members in the order they were written, inherited ones first."""
    names: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        names.update(dict.fromkeys(k for k, v in vars(base).items() if hasattr(v, _SKILL) or hasattr(v, _TOOL)))
    return list(names)


def _doc(thing: Any) -> str:
    text = inspect.getdoc(thing) if getattr(thing, "__doc__", None) else None
    return " ".join(text.split("\n\n")[0].split()) if text else ""
