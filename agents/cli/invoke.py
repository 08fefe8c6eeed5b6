"""`agent invoke`: send a request to an agent on a server, and follow it to its end."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from .client import Client, Refused
from .problem import INTERRUPTED, Problem
from .report import report
from .server import connect
from .terminal import Terminal
from .trace import Trace
from .values import read_json, read_text


def act(options: Namespace) -> int:
    body = _body(options)
    client = connect(options)
    terminal = Terminal(sys.stderr)
    invocation = _send(client, body)
    try:
        if not options.quiet:
            terminal.say(terminal.paint(f"invocation {invocation['id']}", "dim"))
        _follow(client, invocation["id"], terminal, options.quiet)
        invocation = client.get(f"invocations/{invocation['id']}/")
    except KeyboardInterrupt:
        terminal.say(f"It goes on without you; to see it again: agent logs {invocation['id']}")
        return INTERRUPTED
    if invocation["status"] in ("queued", "held", "running"):
        raise Problem(f"It is {invocation['status']} still; to follow it: agent logs {invocation['id']}", 3)
    return report(
        terminal,
        success=invocation["success"],
        data=invocation["data"],
        error=invocation["error"],
        usage=invocation["usage"] or {},
        total_ms=invocation["timing"]["total_ms"],
        quiet=options.quiet,
    )


def _body(options: Namespace) -> dict[str, Any]:
    payload = None if options.payload is None else read_json("--payload", options.payload)
    given = {
        "text": read_text(options.text),
        "payload": payload,
        "skill": options.skill,
        "session": options.session,
        "version": options.version,
    }
    return {"agent": options.agent, "wait": 0, **{name: value for name, value in given.items() if value is not None}}


def _send(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    try:
        return client.post("invocations/", body)
    except Refused as refused:
        # What ended at the door, a guardrail's block for instance, is an invocation all the same.
        recorded = refused.body.get("invocation")
        if not isinstance(recorded, dict):
            raise
        return recorded


def _follow(client: Client, invocation_id: str, terminal: Terminal, quiet: bool) -> None:
    trace = Trace(terminal)
    for event in client.events(invocation_id):
        if not quiet:
            trace.event(event["kind"], event["data"], event["at"])
