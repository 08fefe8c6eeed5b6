"""`agent push`: upload a folder as a version, show what its checks found, publish it."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .client import Client, Refused
from .create import slug_of
from .folder import agent_folder, read_folder
from .problem import FAILED, OK, Problem
from .server import connect
from .terminal import Terminal, harmless
from .trace import duration

_SIGNS = {"passed": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}
_LOOK_SECONDS, _CHECK_SECONDS = 0.5, 120.0


def act(options: Namespace) -> int:
    folder = agent_folder(options.path)
    files = read_folder(folder)
    slug = options.agent or slug_of(folder.resolve().name)
    if not slug:
        raise Problem(f"The folder's name, {folder.resolve().name!r}, is no agent's; say which: --agent SLUG.")
    client = connect(options)
    out = Terminal(sys.stdout)
    created = _ensure(client, slug, folder, options.create)
    if created:
        out.say(f"{slug}: created")
    version = _upload(client, slug, files, options.message)
    if created:
        _describe(client, slug, version["manifest"])
    _show(out, slug, version)
    if version["state"] != "ready":
        if options.publish:
            out.say("It was not published: what serves stays as it is.")
        return FAILED
    if options.publish:
        _publish(client, out, slug, version["number"], options.message)
    return OK


def _ensure(client: Client, slug: str, folder: Path, create: bool) -> bool:
    """Whether the agent had to be made."""
    try:
        client.get(f"agents/{quote(slug, safe='')}/")
        return False
    except Refused as refused:
        if refused.http != 404:
            raise
        if not create:
            raise Problem(
                f"{refused} To make it: --create. To push to another: --agent SLUG.", refused.status
            ) from None
    client.post("agents/", {"name": folder.resolve().name[:100], "slug": slug})
    return True


def _upload(client: Client, slug: str, files: dict[str, str], message: str) -> dict[str, Any]:
    try:
        version = client.post(f"agents/{slug}/versions/", {"files": files, "message": message})
    except Refused as refused:
        if refused.code == "bad_source":
            raise Problem(f"The files cannot become a version. {refused}", FAILED) from None
        raise
    until = time.monotonic() + _CHECK_SECONDS
    while version["state"] == "checking" and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        version = client.get(f"agents/{slug}/versions/{version['number']}/")
    return version


def _describe(client: Client, slug: str, manifest: dict[str, Any]) -> None:
    """A new agent is called what its code calls it."""
    said = {name: manifest.get(name) for name in ("name", "description") if manifest.get(name)}
    if said:
        client.patch(f"agents/{slug}/", said)


def _show(out: Terminal, slug: str, version: dict[str, Any]) -> None:
    state = version["state"]
    style = {"ready": "green", "rejected": "red"}.get(state, "yellow")
    out.say(f"{slug} v{version['number']}: {out.paint(state, style)}  {out.paint(version['checksum'][:12], 'dim')}")
    for check in version["checks"]:
        sign, colour = _SIGNS.get(check["status"], ("?", "yellow"))
        took = out.paint(duration(check["duration_ms"]), "dim")
        message = harmless(check["message"]).partition("\n")[0]
        out.say(f"  {out.paint(sign, colour)} {check['name']:<10} {took}  {message}".rstrip())
        for test in check["detail"].get("failed", []):
            out.say(f"      {out.paint(harmless(test['name']), 'red')}")
            failure = test["failure"]
            for line in harmless(str(failure["detail"].get("traceback") or failure["message"])).splitlines():
                out.say(f"      {line}")


def _publish(client: Client, out: Terminal, slug: str, number: int, reason: str) -> None:
    live = client.get(f"agents/{slug}/")["live"]
    if live is not None and live["version"] == number and live["canary"] is None:
        out.say(f"v{number} serves already.")
        return
    body = {"version": number, "reason": reason, "expected": live["id"] if live else None}
    deployment = client.post(f"agents/{slug}/deployments/", body)
    before = f" (before: v{live['version']})" if live else ""
    out.say(f"v{number} serves from now on{before}, deployment {deployment['id']}.")
