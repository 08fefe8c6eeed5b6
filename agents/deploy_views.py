"""The console's dialogs that change what serves: publish and roll back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.pages import go, page
from accounts.scopes import Scope

from . import diff, selectors
from .actions.deploy import publish, rollback
from .errors import AgentsError, NotReady
from .models import Version
from .views import dialog


@page(Scope.OPERATE)
def publish_version(request: HttpRequest, actor: Actor, slug: str, number: int) -> HttpResponse:
    """The difference to what is live, the checks, a reason; refused when what is live moved meanwhile."""
    agent = selectors.agent(actor.workspace, slug)
    version = selectors.version(agent, number)
    error: ProductError | None = None
    if request.method == "POST":
        try:
            percent = int(request.POST.get("percent") or 100)
            deployment = publish(
                actor,
                agent,
                version,
                percent=percent,
                reason=request.POST.get("reason", "").strip(),
                expected=_expected(request),
                override=request.POST.get("override") == "1",
            )
            text = _("Version %(number)s serves every request from now on.")
            if deployment.canary_version_id:
                text = _("Version %(number)s serves %(percent)s%% of the requests from now on.")
            messages.success(request, text % {"number": number, "percent": percent})
            return go(request, "agents:detail", slug)
        except ValueError:
            error = AgentsError(_("The share must be a whole number of percent."))
        except ProductError as refused:
            error = refused
            agent = selectors.agent(actor.workspace, slug)  # what is live may have moved
    live = agent.live_deployment
    context = {
        "agent": agent,
        "version": version,
        "live": live,
        "diff": diff.between(live.version if live else None, version),
        "error": error,
        "reason": request.POST.get("reason", ""),
        "percent": request.POST.get("percent", "100"),
        "needs_override": version.state != Version.State.READY,
    }
    return dialog(request, "agents/publish.html", context, refused=error is not None)


@page(Scope.OPERATE)
def roll_back(request: HttpRequest, actor: Actor, slug: str, number: int) -> HttpResponse:
    """Go back to a version that served before; the dialog says what changes and what does not."""
    agent = selectors.agent(actor.workspace, slug)
    target = selectors.version(agent, number)
    error: ProductError | None = None
    if request.method == "POST":
        try:
            rollback(
                actor, agent, to=number, reason=request.POST.get("reason", "").strip(), expected=_expected(request)
            )
            messages.success(
                request, _("Rolled back: version %(number)s serves every request again.") % {"number": number}
            )
            return go(request, "agents:detail", slug)
        except ProductError as refused:
            error = refused
            agent = selectors.agent(actor.workspace, slug)
    live = agent.live_deployment
    if live is None:
        raise NotReady(_("Nothing is live, so there is nothing to roll back. Publish a version instead."))
    now, then = _skill_names(live.version), _skill_names(target)
    context = {
        "agent": agent,
        "target": target,
        "live": live,
        "lost_skills": sorted(now - then),
        "regained_skills": sorted(then - now),
        "diff": diff.between(live.version, target),
        "error": error,
        "reason": request.POST.get("reason", ""),
    }
    return dialog(request, "agents/rollback.html", context, refused=error is not None)


def _skill_names(version: Version) -> set[str]:
    return {skill["name"] for skill in version.manifest.get("skills", [])}


def _expected(request: HttpRequest) -> int | None:
    """The deployment that the dialog showed as live; empty when it showed none."""
    value = request.POST.get("expected", "")
    return int(value) if value.isdecimal() else None
