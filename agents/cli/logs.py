"""`agent logs`: what invocations told, past ones first, then new ones as they come."""

from __future__ import annotations

import re
import sys
import threading
import time
from argparse import Namespace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from .client import Client, Refused
from .problem import OK, Problem
from .report import tell_failure
from .server import connect
from .terminal import Terminal, harmless
from .trace import Trace, duration

_ID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_SHORT_ID = re.compile(r"[0-9a-f]{8}")
_LOOK_SECONDS = 1.0
_AT_ONCE = 200
_OPEN = ("queued", "held", "running")
_STYLES = {"succeeded": "green", "running": "cyan", "queued": "cyan", "held": "yellow"}


def act(options: Namespace) -> int:
    client = connect(options)
    out = Terminal(sys.stdout)
    one = _one(client, options.target)
    if one is not None:
        _show(client, out, one, follow=options.follow)
        return OK
    known = {one["id"] for one in _latest(client, options.target)} if options.follow else set()
    past = _past(client, options.target, options.n)
    for invocation in past:
        if options.follow and invocation["status"] in _OPEN:
            known.discard(invocation["id"])  # it is followed with those that come
        else:
            _show(client, out, invocation, follow=False)
            known.add(invocation["id"])
    if options.follow:
        out.say(out.paint(f"following {options.target}; Ctrl-C ends", "dim"))
        _go_on(client, out, options.target, known)
    elif not past and options.n:
        out.say(f'{options.target} has had no invocation yet. To send one: agent invoke {options.target} "…"')
    return OK


def _one(client: Client, target: str) -> dict[str, Any] | None:
    """The invocation that is meant, or None where an agent is."""
    if _ID.fullmatch(target):
        return client.get(f"invocations/{target}/")
    try:
        client.get(f"agents/{quote(target, safe='')}/")
        return None
    except Refused as refused:
        if refused.http != 404 or not _SHORT_ID.fullmatch(target):
            raise
        found = client.get("invocations/", q=target)["results"]
        if not found:
            raise Problem(f"There is neither an agent nor an invocation {target}.", refused.status) from None
        return dict(found[0])


def _past(client: Client, agent: str, count: int) -> list[dict[str, Any]]:
    """The last so many invocations, oldest first."""
    found: list[dict[str, Any]] = []
    page = 1
    while len(found) < count:
        size = min(count, 200)
        answer = client.get("invocations/", agent=agent, page_size=size, page=page)
        found += answer["results"]
        if answer["next"] is None:
            break
        page += 1
    return found[:count][::-1]


def _show(client: Client, out: Terminal, invocation: dict[str, Any], *, follow: bool, prefix: str = "") -> None:
    """One invocation's events: all of them with `follow`, as far as they were told without."""
    out.say(prefix + _title(out, invocation))
    trace = Trace(out, prefix=prefix)
    open_still = invocation["status"] in _OPEN
    if open_still and not follow:
        out.say(f"{prefix}  not over yet; to follow it: agent logs --follow {invocation['id']}")
        return
    for event in client.events(invocation["id"]):
        trace.event(event["kind"], event["data"], event["at"])
    ended = client.get(f"invocations/{invocation['id']}/") if open_still else invocation
    if ended["error"]:
        tell_failure(out, ended["error"])


def _title(out: Terminal, invocation: dict[str, Any]) -> str:
    status = invocation["status"]
    at = datetime.fromisoformat(invocation["created_at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    served = f"{invocation['agent']} v{invocation['version']} {invocation['skill'] or ''}".rstrip()
    total = invocation["timing"]["total_ms"]
    took = f" {duration(total)}" if total is not None else ""
    name = out.paint(str(invocation["id"])[-8:], "bold")
    return f"{name} {at} {harmless(served)}: {out.paint(status, _STYLES.get(status, 'red'))}{took}"


def _latest(client: Client, agent: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("invocations/", agent=agent, page_size=_AT_ONCE)["results"]
    return found


def _go_on(client: Client, out: Terminal, agent: str, known: set[str]) -> None:
    """Follow what is not known yet, several at once: a thread each, and its id before each line."""
    failures: list[Problem] = []

    def follow(invocation: dict[str, Any]) -> None:
        try:
            _show(client, out, invocation, follow=True, prefix=out.paint(invocation["id"][-8:], "dim") + " ")
        except Problem as problem:
            failures.append(problem)

    try:
        while not failures:
            for invocation in reversed(_latest(client, agent)):
                if invocation["id"] not in known:
                    known.add(invocation["id"])
                    threading.Thread(target=follow, args=(invocation,), daemon=True).start()
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        return
    raise failures[0]
