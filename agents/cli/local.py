"""`agent run`: an agent in the sandbox of this machine, with its trace in the terminal."""

from __future__ import annotations

import dataclasses
import os
import secrets
import signal
import sys
import threading
import time
import uuid
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import sandbox
from sandbox.capabilities import state, summaries
from sandbox.schemas import Error, Schema, Unusable

from .create import slug_of
from .folder import agent_folder, read_folder, stamp
from .machine import opened
from .packages import with_packages
from .problem import FAILED, INTERRUPTED, OK, Problem
from .report import report, tell_failure
from .terminal import Terminal
from .trace import Trace
from .values import read_grants, read_json, read_limits, read_object, read_secrets, read_text

_LOOK_SECONDS = 0.3


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is to be run, read from the options once."""

    folder: Path
    text: str | None
    payload: Any
    skill: str | None
    session: str | None
    config: dict[str, Any]
    grants: dict[str, dict[str, Any]]
    secrets: dict[str, sandbox.Secret]
    limits: sandbox.Limits
    isolation: str
    quiet: bool


def act(options: Namespace) -> int:
    asked = _asked(options)
    terminal = Terminal(sys.stderr)
    # Other state than the installation's, and none of it is left when the command ends.
    state.use(state.MemoryStore())
    with opened(terminal) as runtime:
        if options.watch:
            return _watch(runtime, asked, terminal)
        return _once(runtime, asked, terminal)


def _asked(options: Namespace) -> Asked:
    path, text = _path_and_text(options.words)
    payload = None if options.payload is None else read_json("--payload", options.payload)
    return Asked(
        folder=agent_folder(path),
        text=read_text(text) if text is not None or payload is not None else "",
        payload=payload,
        skill=options.skill,
        session=options.session,
        config=read_object("--config", options.config),
        grants=read_grants(options.grant),
        secrets=read_secrets(options.secret),
        limits=read_limits(options.limits),
        isolation=options.isolation,
        quiet=options.quiet,
    )


def _path_and_text(words: list[str]) -> tuple[str, str | None]:
    """One word is the folder when there is such a folder with an agent in it, else it is what is said to the agent."""
    if len(words) > 2:
        raise Problem(f'{len(words)} words were given; put the text in quotes: agent run . "{" ".join(words[-3:])}"')
    if len(words) == 2:
        return words[0], words[1]
    if not words:
        return ".", None
    named = Path(words[0])
    is_agent = (named / "agent.py").is_file() or (named.name == "agent.py" and named.is_file())
    looks_like_one = words[0].startswith(("./", "../", "/", "~")) and " " not in words[0]
    return (words[0], None) if is_agent or looks_like_one else (".", words[0])


def _once(runtime: sandbox.Runtime, asked: Asked, terminal: Terminal) -> int:
    """One run, from the files as they are now."""
    source = with_packages(read_folder(asked.folder), asked.isolation, terminal)
    try:
        manifest = runtime.read_manifest(source, asked.limits, isolation=asked.isolation)
    except sandbox.IsolationUnavailable as error:
        raise Problem(f"--isolation {asked.isolation}: {error}.") from None
    except sandbox.SourceError as error:
        tell_failure(terminal, {"code": "bad_source", "message": str(error)})
        return FAILED
    skill = _skill(manifest, asked.skill)
    _check_payload(skill, asked.payload)
    if not asked.quiet:
        for name in manifest["capabilities"]:
            if name not in asked.grants:
                terminal.say(
                    terminal.paint(f"It asks for {name}, which is not granted here: add {_grant(name)}", "yellow")
                )
    return _run(runtime, source, asked, skill["name"], terminal)


def _run(runtime: sandbox.Runtime, source: sandbox.Source, asked: Asked, skill: str, terminal: Terminal) -> int:
    trace = Trace(terminal, began_us=time.time_ns() // 1000)

    def on_event(kind: str, data: dict[str, Any]) -> None:
        if not asked.quiet:
            trace.event(kind, data, int(data.get("end_us") or data.get("start_us") or time.time_ns() // 1000))

    call = sandbox.Call(
        skill=skill,
        text=asked.text,
        payload=asked.payload,
        session=asked.session,
        invocation_id=str(uuid.uuid4()),
        trace_id=secrets.token_hex(16),
        span_id=secrets.token_hex(8),
        config=asked.config,
        agent=slug_of(asked.folder.resolve().name) or "agent",
        version=0,
        owner="agent",
    )
    cancel = sandbox.Cancel()
    with _interrupting(cancel) as interrupted:
        outcome = runtime.run(
            source,
            call,
            asked.limits,
            grants=asked.grants,
            on_event=on_event,
            isolation=asked.isolation,
            cancel=cancel,
            secrets=asked.secrets.get,
        )
    status = report(
        terminal,
        success=outcome.success,
        data=outcome.data,
        error=dataclasses.asdict(outcome.failure) if outcome.failure else None,
        usage=dataclasses.asdict(outcome.usage),
        total_ms=outcome.usage.sandbox_ms,
        quiet=asked.quiet,
    )
    return INTERRUPTED if interrupted else status


def _grant(name: str) -> str:
    """The option that grants a capability, with the terms that it cannot be granted without."""
    known = {capability["name"]: capability["terms"] for capability in summaries()}
    terms = ", ".join(f'"{term}": …' for term in known.get(name, {}).get("required", ()))
    return f"--grant '{name}={{{terms}}}'" if terms else f"--grant {name}"


def _skill(manifest: dict[str, Any], name: str | None) -> dict[str, Any]:
    skills = manifest["skills"]
    names = ", ".join(skill["name"] for skill in skills)
    if not skills:
        raise Problem("The agent has no skill. Add @skill to a method, or define handle().", FAILED)
    if name is None and len(skills) > 1:
        raise Problem(f"The agent has several skills; say which: --skill {names.replace(', ', ' or ')}. "
                      "(On a server the request's words decide.)")  # fmt: skip
    found: dict[str, Any] | None = next((skill for skill in skills if name in (None, skill["name"])), None)
    if found is None:
        raise Problem(f"The agent has no skill {name!r}; it has: {names}.")
    return found


def _check_payload(skill: dict[str, Any], payload: Any) -> None:
    """As a server does when it takes a request."""
    schema = skill.get("input_schema")
    if not schema:
        return
    try:
        found = Schema(schema).errors({} if payload is None else payload)
    except Unusable as error:
        found = [Error([], str(error))]
    if found:
        said = "; ".join(f"payload{_path(error.path)}: {error.message}" for error in found[:10])
        raise Problem(f"{said}. The skill {skill['name']} says what it takes; see --payload.")


def _path(parts: list[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


@contextmanager
def _interrupting(cancel: sandbox.Cancel) -> Iterator[list[bool]]:
    """Ctrl-C cancels the run, as an operator would; a second one leaves at once. The list is filled by it."""
    interrupted: list[bool] = []

    def handler(_number: int, _frame: FrameType | None) -> None:
        if interrupted:
            os._exit(INTERRUPTED)
        interrupted.append(True)
        # Waking the run takes locks that this very thread may hold at the moment, so another one does it.
        threading.Thread(target=cancel.cancel, args=("interrupted by Ctrl-C",)).start()

    former = signal.signal(signal.SIGINT, handler)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, former)


def _watch(runtime: sandbox.Runtime, asked: Asked, terminal: Terminal) -> int:
    """Run, and again after each change, until Ctrl-C. What is wrong with the files is said, and waited out."""
    try:
        while True:
            seen = stamp(asked.folder)
            try:
                if _once(runtime, asked, terminal) == INTERRUPTED:
                    return OK
            except Problem as problem:
                terminal.say(f"{terminal.paint('agent run:', 'red')} {problem}")
            terminal.say(terminal.paint("waiting for a change; Ctrl-C ends", "dim"))
            while (now := stamp(asked.folder)) == seen:
                time.sleep(_LOOK_SECONDS)
            changed = sorted(name for name in {*now, *seen} if now.get(name) != seen.get(name))
            terminal.say(terminal.paint(f"── {', '.join(changed[:5])} changed ──", "bold"))
    except KeyboardInterrupt:
        return OK
