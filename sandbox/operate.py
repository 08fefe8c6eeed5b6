"""Doing one operation in a sandbox and reading what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox import guestjson
from sandbox.calls import Failure, limit_failure
from sandbox.host import Guest, Stop
from sandbox.limits import Limits
from sandbox.run import Run

#: Operations whose answers are read on the host, and in which the agent's code has a say.
_SAID = ("describe", "health", "test")


class Trapped(Exception):
    """The guest was ended from below: by its limits, by the host, or by its own crash. `failure` says by what."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Instance(Protocol):
    """One sandbox of whatever kind. Not safe for use by two threads at once."""

    def call(self, operation: str, body: str, guest: Guest, fuel: int, limits: Limits) -> tuple[str, int]:
        """Do one operation for at most so much fuel, within the limits of memory and of what it may multiply.

        Gives the answer and the fuel it took. Raises Trapped, after which the sandbox is good for nothing.
        """

    def fuel_left(self) -> int:
        """Fuel that the last operation did not use."""

    def memory_bytes(self) -> int:
        """The most memory it has had."""

    def cpu_ms(self) -> float:
        """Processor time that the last operation used outside of the thread that asked for it."""

    def close(self) -> None:
        """Give everything back. Doing it twice is no harm."""


@dataclass
class Reply:
    """What an operation gave: the text of its result, or the failure; and what it used."""

    body: str = ""
    failure: Failure | None = None
    fuel: int = 0
    cpu_ms: float = 0.0
    memory_bytes: int = 0


@dataclass
class Prepared:
    """A sandbox that has loaded an agent, or a way to make one: what loading told and used, and how often it served.

    `reseed` says that it began from a snapshot and must draw fresh randomness before it serves.
    """

    instance: Instance | Callable[[], Instance] | None
    reply: Reply = field(default_factory=Reply)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    uses: int = 0
    reseed: bool = False


def operate(
    run: Run, instance: Callable[[], Instance] | Instance, limits: Limits, operation: str, body: str, spent: int = 0
) -> tuple[Instance | None, Reply]:
    """Take the compute slot, do one operation (`spent` fuel was used before), give the slot up.

    Also gives the instance, or None where it did not come to be.
    """
    reply = Reply()
    made: Instance | None = None if callable(instance) else instance
    began = time.thread_time()
    try:
        run.begin()
        if made is None:
            made = instance()  # type: ignore[operator]
        _enter(run, made, limits, operation, body, spent, reply)
    except Stop:
        reply.failure = run.failure
    except Trapped as trap:
        reply.failure = run.failure or trap.failure
    finally:
        run.end()
        reply.cpu_ms = (time.thread_time() - began) * 1000 + (made.cpu_ms() if made is not None else 0.0)
    if run.fault is not None:
        raise run.fault
    return made, reply


def _enter(run: Run, instance: Instance, limits: Limits, operation: str, body: str, spent: int, reply: Reply) -> None:
    fuel = max(1, limits.fuel - spent)
    try:
        answer, reply.fuel = instance.call(operation, body, run, fuel, limits)
    except Trapped as trap:
        reply.fuel = fuel - instance.fuel_left()
        reply.memory_bytes = instance.memory_bytes()
        reply.failure = run.failure or _without_memory(trap.failure, limits, reply.memory_bytes)
        if reply.failure.code == "fuel_limit" and not reply.failure.detail:
            used = spent + reply.fuel
            reply.failure = limit_failure("fuel_limit", "fuel", limits, used, "units", "too much was computed")
        return
    reply.memory_bytes = instance.memory_bytes()
    verdict, _, reply.body = answer.partition("\n")
    if verdict != "ok":
        reply.failure = _reported(reply.body, limits, reply.memory_bytes)
    elif operation in _SAID and len(reply.body) > limits.output_bytes:
        what = "what the code says of itself is too large"
        reply.failure = limit_failure("output_limit", "output_bytes", limits, len(reply.body), "characters", what)


def _without_memory(failure: Failure, limits: Limits, memory: int) -> Failure:
    """A crash with next to no memory left came of that: not everything in an interpreter survives its lack."""
    if failure.code == "agent_error" and memory > limits.memory_bytes * 0.9:
        found = limit_failure(
            "memory_limit", "memory_bytes", limits, memory, "bytes", "it asked for more memory than was left"
        )
        return Failure(found.code, found.message, {**failure.detail, **found.detail})
    return failure


def _reported(body: str, limits: Limits, memory: int) -> Failure:
    try:
        code, message, detail = guestjson.failure(body)
    except guestjson.BadJson as error:
        return Failure("agent_error", f"the code failed, and what it told of that is {error}", {})
    if code == "memory_limit":
        found = limit_failure(
            "memory_limit", "memory_bytes", limits, memory, "bytes", "it asked for more memory than was left"
        )
        return Failure(code, found.message, {**detail, **found.detail})
    if code == "stack_limit":
        depth = limits.recursion_depth
        found = limit_failure("stack_limit", "recursion_depth", limits, depth, "levels", "too deep a recursion")
        return Failure(code, found.message, {**detail, **found.detail})
    return Failure(code, message, detail)
