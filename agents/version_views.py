"""The console's pages of versions: upload, one version, the difference of two."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.pages import go, page
from accounts.scopes import Scope

from . import diff, selectors
from .actions.upload_version import upload_version
from .errors import BadSource
from .models import Agent
from .views import frame

STARTER = '''"""What this agent does, in a sentence."""

from neuroflow import Context, Request, agent, log, skill


@agent(name="{slug}", description="Greets whoever writes")
class Agent:
    @skill(description="Greet somebody", examples=["say hello to Ada", "greet the team"])
    async def greet(self, request: Request, context: Context) -> dict:
        log("greeting", text=request.text)
        return {{"greeting": f"Hello! You wrote: {{request.text}}"}}

    async def on_health_check(self) -> bool:
        return True
'''


@page(Scope.AUTHOR)
def version_new(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Paste or choose files. Begins with those of `?from=n`, else of the newest version, else with a small example."""
    agent = selectors.agent(actor.workspace, slug)
    error: BadSource | None = None
    message = request.POST.get("message", "")
    if request.method == "POST":
        files: dict[str, str] = {}
        try:
            files = _sent_files(request)
            version, created = upload_version(actor, agent, files, message)
            if not created:
                text = _("This is exactly version %(number)s, which exists already; nothing new was stored.")
                messages.info(request, text % {"number": version.number})
            return go(request, "agents:version", slug, version.number)
        except BadSource as refused:
            error = refused
    else:
        files = _files_to_begin_with(agent, request.GET.get("from", ""))
    context = {
        **frame(agent, "versions"),
        "files": files,
        "source": files.get("agent.py", ""),
        "message": message,
        "error": error,
        "error_at": error.detail if error else {},
    }
    return render(request, "agents/upload.html", context, status=422 if error else 200)


def _sent_files(request: HttpRequest) -> dict[str, str]:
    """The files as the page's script sends them (JSON), as chosen in a browser without it, or the one pasted."""
    if request.POST.get("files"):
        try:
            files = json.loads(request.POST["files"])
            for text in (part for file in files.items() for part in file):
                text.encode()  # half of a surrogate pair is no text, and could not even be shown
        except (ValueError, AttributeError, RecursionError):
            raise BadSource(
                _("The list of files did not arrive whole. Load the page again."), file="", line=None
            ) from None
        return files
    files = {}
    for upload in request.FILES.getlist("upload"):
        try:
            files[upload.name or "agent.py"] = upload.read().decode()
        except UnicodeDecodeError:
            reason = _("This file is not UTF-8 text.")
            raise BadSource(f"{upload.name}: {reason}", file=upload.name, line=None, reason=reason) from None
    return files or {"agent.py": request.POST.get("source", "").replace("\r\n", "\n")}


def _files_to_begin_with(agent: Agent, number: str) -> dict[str, str]:
    if number.isdecimal():
        return selectors.version(agent, int(number)).files
    newest = agent.versions.order_by("-number").first()
    return newest.files if newest else {"agent.py": STARTER.format(slug=agent.slug)}


@page()
def version_detail(request: HttpRequest, actor: Actor, slug: str, number: int) -> HttpResponse:
    agent = selectors.agent(actor.workspace, slug)
    version = selectors.version(agent, number)
    live = agent.live_deployment
    context = {
        **frame(agent, "versions"),
        "version": version,
        "is_live": live is not None and version.pk == live.version_id,
        "is_canary": live is not None and version.pk == live.canary_version_id,
        "files": sorted(version.files.items(), key=lambda item: (item[0] != "agent.py", item[0])),
        "others": agent.versions.exclude(pk=version.pk).values_list("number", flat=True),
        "deployments": selectors.deployments(agent).filter(version=version)[:5],
        "size": sum(len(text.encode()) for text in version.files.values()),
    }
    return render(request, "agents/version.html", context)


@page()
def version_diff(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Any two versions; by default the newest against the live one."""
    agent = selectors.agent(actor.workspace, slug)
    numbers = list(agent.versions.values_list("number", flat=True))
    live = agent.live_deployment.version.number if agent.live_deployment else None
    new = _number(request, "version") or (numbers[0] if numbers else None)
    old = _number(request, "against") or (live if live != new else next((n for n in numbers if n != new), None))
    found: dict[str, Any] | None = None
    if new is not None:
        found = diff.between(selectors.version(agent, old) if old else None, selectors.version(agent, new))
    context = {
        **frame(agent, "versions"),
        "numbers": numbers,
        "new": new,
        "old": old,
        "diff": found,
        "live_number": live,
    }
    return render(request, "agents/diff.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() else None
