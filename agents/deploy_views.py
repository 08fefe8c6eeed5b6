"""The console's dialogs that change what serves: publish, roll back, limits, grants."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

import sandbox
from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.pages import go, page
from accounts.scopes import Scope

from . import diff, selectors
from .actions.deploy import publish, rollback
from .actions.grants import give_grant, revoke_grant
from .actions.settings import update_settings
from .errors import AgentsError, NotReady
from .models import Agent, AgentSettings, Version
from .views import dialog, frame

# What each limit of the sandbox is called on the page.
LIMITS = {
    "wall_ms": gettext_lazy("Time, in ms"),
    "fuel": gettext_lazy("Fuel, in instructions"),
    "memory_bytes": gettext_lazy("Memory, in bytes"),
    "output_bytes": gettext_lazy("Answer, in bytes"),
    "log_bytes": gettext_lazy("Log, in bytes"),
    "log_lines": gettext_lazy("Log, in lines"),
    "capability_calls": gettext_lazy("Capability calls"),
}


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


@page()
def agent_settings(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Limits, rate and config in one form, a new revision each time; and the grants."""
    agent = selectors.agent(actor.workspace, slug)
    error = ""
    if request.method == "POST":
        try:
            revision = update_settings(
                actor, agent, **_settings_from(request), reason=request.POST.get("reason", "").strip()
            )
            messages.success(
                request, _("Saved as revision %(number)s, which serves from now on.") % {"number": revision.number}
            )
            return go(request, "agents:settings", slug)
        except ProductError as refused:
            error = refused.message
    return _settings_page(request, agent, error)


def _settings_page(request: HttpRequest, agent: Agent, error: str = "", grant_error: str = "") -> HttpResponse:
    own = _revision(agent)
    context = {
        **frame(agent, "settings"),
        "limits": _limits(agent, request),
        "config": request.POST.get("config") or json.dumps(own.config, indent=2, ensure_ascii=False),
        "rate": request.POST.get("rate_per_second", own.rate_per_second or ""),
        "burst": request.POST.get("burst", own.burst or ""),
        "grants": agent.grants.filter(revoked_at=None),
        "capabilities": sandbox.capabilities.summaries(),
        "asked": agent.live_deployment.version.manifest.get("capabilities", []) if agent.live_deployment else [],
        "error": error,
        "grant": {
            "error": grant_error,
            "capability": request.POST.get("capability", "http"),
            "params": request.POST.get("params", '{"hosts": ["api.example.com"]}'),
            "reason": request.POST.get("reason", "") if grant_error else "",
        },
    }
    return render(request, "agents/settings.html", context, status=422 if error or grant_error else 200)


def _revision(agent: Agent) -> AgentSettings:
    assert agent.current_settings is not None, "every agent is created with a first revision"
    return agent.current_settings


def _limits(agent: Agent, request: HttpRequest) -> list[dict[str, Any]]:
    """Each limit with its default and, where one is set, its override."""
    defaults, ceiling, own = sandbox.Limits().to_dict(), sandbox.Limits.CEILING.to_dict(), _revision(agent).limits
    return [
        {
            "name": name,
            "label": LIMITS.get(name, name),
            "bytes": name.endswith("_bytes"),
            "default": default,
            "ceiling": ceiling.get(name),
            "value": request.POST.get(f"limit.{name}", own.get(name, "")),
        }
        for name, default in defaults.items()
    ]


def _settings_from(request: HttpRequest) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    try:
        for name in sandbox.Limits().to_dict():
            value = request.POST.get(f"limit.{name}", "").strip()
            if value:
                limits[name] = int(value)
        rate, burst = request.POST.get("rate_per_second", "").strip(), request.POST.get("burst", "").strip()
        config = json.loads(request.POST.get("config") or "{}")
        if not isinstance(config, dict):
            raise AgentsError(_("The config must be a JSON object."), field="config")
        return {
            "limits": limits,
            "config": config,
            "rate_per_second": float(rate) if rate else None,
            "burst": int(burst) if burst else None,
        }
    except json.JSONDecodeError as error:
        raise AgentsError(
            _("The config is not JSON: line %(line)s, %(reason)s.") % {"line": error.lineno, "reason": error.msg},
            field="config",
        ) from error
    except RecursionError as error:
        raise AgentsError(_("The config must be a JSON object."), field="config") from error
    except ValueError as error:
        raise AgentsError(_("Limits and rates are numbers: %(reason)s.") % {"reason": error}) from error


@require_POST
@page(Scope.OPERATE)
def grant_give(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    agent = selectors.agent(actor.workspace, slug)
    capability = request.POST.get("capability", "")
    try:
        params = json.loads(request.POST.get("params") or "{}")
        if not isinstance(params, dict):
            raise AgentsError(_("The terms must be a JSON object."), field="params")
        give_grant(actor, agent, capability, params, request.POST.get("reason", "").strip())
        messages.success(
            request,
            _("%(agent)s may use %(capability)s from its next call on.") % {"agent": slug, "capability": capability},
        )
    except json.JSONDecodeError as error:
        return _settings_page(
            request, agent, grant_error=_("The terms are not JSON: %(reason)s.") % {"reason": error.msg}
        )
    except (ValueError, RecursionError) as error:  # a number too long, a list too deep
        return _settings_page(request, agent, grant_error=_("The terms are not JSON: %(reason)s.") % {"reason": error})
    except ProductError as refused:
        return _settings_page(request, agent, grant_error=refused.message)
    return go(request, "agents:settings", slug)


@require_POST
@page(Scope.OPERATE)
def grant_revoke(request: HttpRequest, actor: Actor, slug: str, capability: str) -> HttpResponse:
    agent = selectors.agent(actor.workspace, slug)
    if revoke_grant(actor, agent, capability):
        messages.success(
            request, _("Revoked: the next call of %(capability)s is refused.") % {"capability": capability}
        )
    return go(request, "agents:settings", slug)
