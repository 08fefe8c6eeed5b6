"""The console's pages of agents: the list and one agent. What can be done with it has files of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.pages import go, page
from accounts.scopes import Scope

from . import insight, selectors
from .actions.agents import archive_agent, create_agent, update_agent
from .models import Agent, Deployment

SHOWN = 50  # versions and deployments on the agent's page; older ones on pages of their own lists
SORTS = ("name", "requests", "errors", "p95", "deployed")


@page()
def agent_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    text, sort = request.GET.get("q", "").strip(), request.GET.get("sort", "name")
    archived = request.GET.get("archived") == "1"
    agents = selectors.agents(actor.workspace, archived=archived)
    if text:
        agents = (
            agents.filter(slug__icontains=text)
            | agents.filter(name__icontains=text)
            | agents.filter(description__icontains=text)
        )
    activity = insight.activity(actor.workspace)
    rows = [{"agent": agent, "activity": activity.get(agent.pk, insight.Activity())} for agent in agents]
    if sort in SORTS[1:]:
        rows.sort(key=lambda row: _rank(row, sort), reverse=True)
    context = {"rows": rows, "q": text, "sort": sort, "archived": archived, "hours": insight.WINDOW_HOURS}
    return render(request, "agents/list.html", context)


def _rank(row: dict[str, Any], sort: str) -> float:
    agent, activity = row["agent"], row["activity"]
    if sort == "deployed":
        return agent.live_deployment.created_at.timestamp() if agent.live_deployment else 0.0
    return {"requests": activity.requests, "errors": activity.error_rate or 0, "p95": activity.p95_ms or 0}[sort]


@page(Scope.AUTHOR)
def agent_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A dialog; then on to the first upload."""
    fields = {name: request.POST.get(name, "").strip() for name in ("name", "slug", "description")}
    error = ""
    if request.method == "POST":
        try:
            if not fields["name"]:
                raise ProductError(_("An agent needs a name."))
            agent = create_agent(actor, fields["name"], fields["slug"], fields["description"])
            return go(request, "agents:version-new", agent.slug)
        except ProductError as refused:
            error = refused.message
    return dialog(request, "agents/new.html", {**fields, "error": error}, refused=bool(error))


@page(Scope.AUTHOR)
def agent_edit(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    agent = selectors.agent(actor.workspace, slug)
    if request.method == "POST" and request.POST.get("name", "").strip():
        update_agent(
            actor, agent, name=request.POST["name"].strip(), description=request.POST.get("description", "").strip()
        )
        return go(request, "agents:detail", slug)
    return dialog(request, "agents/edit.html", {"agent": agent})


@page(Scope.OPERATE)
def agent_archive(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    agent = selectors.agent(actor.workspace, slug)
    if request.method == "POST":
        archive_agent(actor, agent, request.POST.get("reason", "").strip())
        messages.success(request, _("%(agent)s is archived: it takes no more requests.") % {"agent": agent.slug})
        return go(request, "agents:list")
    return dialog(request, "agents/archive.html", {"agent": agent})


@page()
def agent_detail(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Two independent lists: what exists (versions) and what served (deployments)."""
    agent = selectors.agent(actor.workspace, slug)
    live = agent.live_deployment
    running = insight.open_by_version(agent.pk)
    versions = [
        {
            "version": version,
            "is_live": live is not None and version.pk == live.version_id,
            "is_canary": live is not None and version.pk == live.canary_version_id,
            "in_flight": running.get(version.pk, 0),
        }
        for version in selectors.versions(agent)[:SHOWN]
    ]
    context = {
        **frame(agent, "versions"),
        "versions": versions,
        "deployments": _with_targets(list(selectors.deployments(agent)[:SHOWN]), live),
        "activity": insight.activity(actor.workspace).get(agent.pk, insight.Activity()),
        "hours": insight.WINDOW_HOURS,
        "skills": live.version.manifest.get("skills", []) if live else [],
    }
    return render(request, "agents/detail.html", context)


def _with_targets(deployments: list[Deployment], live: Deployment | None) -> list[dict[str, Any]]:
    """Each earlier version can be gone back to from the newest deployment that served it.

    While a canary runs, the live version is one of them: going back to it ends the canary.
    """
    offered = {live.version_id} if live and not live.canary_version_id else set()
    rows = []
    for deployment in deployments:
        rows.append({"deployment": deployment, "can_return": deployment.version_id not in offered})
        offered.add(deployment.version_id)
    return rows


def frame(agent: Agent, tab: str) -> dict[str, Any]:
    """What the head of every page of an agent shows."""
    return {"agent": agent, "live": agent.live_deployment, "tab": tab}


def dialog(request: HttpRequest, template: str, context: dict[str, Any], refused: bool = False) -> HttpResponse:
    """A form that htmx shows in the page's dialog; opened by its URL it is a page of its own."""
    context["shell"] = "parts/dialog_shell.html" if getattr(request, "htmx", False) else "parts/dialog_page.html"
    return render(request, template, context, status=422 if refused else 200)
