"""The console's playground: a request to any version, written in a form made from its skill's schema."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

import sandbox
from accounts.actor import Actor
from accounts.pages import page
from accounts.scopes import Scope

from . import insight, selectors
from .models import Agent, Check, Version
from .views import SHOWN, frame


@page()
def playground(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """`?version=` chooses one; `?from=` is an invocation whose input is filled in."""
    agent = selectors.agent(actor.workspace, slug)
    versions = _versions(agent)
    live = agent.live_deployment
    carried = insight.input_of(actor.workspace, request.GET["from"]) if request.GET.get("from") else None
    context = {
        **frame(agent, "playground"),
        "versions": versions,
        "live": live,
        "chosen": request.GET.get("version", ""),
        # What the page's script needs: the skills of whatever can be chosen, and what was sent before.
        "catalogue": {
            "agent": agent.slug,
            "live": live.version.number if live else None,
            "versions": {version.number: _entry(version) for version in versions},
            "limits": _limits(agent),
            "past": insight.past_inputs(agent.pk, request.user) if request.user.is_authenticated else [],
            "from": carried,
            "may_run": actor.may(Scope.INVOKE) and agent.archived_at is None,
        },
    }
    return render(request, "agents/playground.html", context)


def _versions(agent: Agent) -> list[Version]:
    """The newest ones that were checked, and always what is live."""
    versions = list(selectors.versions(agent).exclude(state=Version.State.CHECKING)[:SHOWN])
    live, known = agent.live_deployment, {version.pk for version in versions}
    if live is not None:
        wanted = {pk for pk in (live.version_id, live.canary_version_id) if pk is not None and pk not in known}
        versions += list(selectors.versions(agent).filter(pk__in=wanted))
    return versions


def _entry(version: Version) -> dict[str, Any]:
    reasons = [check.message for check in version.checks.all() if check.status == Check.Status.FAILED]
    return {"state": version.state, "skills": version.manifest.get("skills", []), "reasons": reasons}


def _limits(agent: Agent) -> dict[str, int]:
    assert agent.current_settings is not None, "every agent is created with a first revision"
    return sandbox.Limits.from_dict(agent.current_settings.limits).to_dict()
