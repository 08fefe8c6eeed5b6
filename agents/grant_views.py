"""The console's pages of an agent's grants: what its code asks for, what it has, and the form that gives it."""

from __future__ import annotations

import copy
import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

import sandbox
from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.models import AuditEntry
from accounts.pages import go, page
from accounts.scopes import Scope

from . import insight, registry, selectors
from .actions.grants import give_grant, revoke_grant
from .errors import AgentsError, NotFound
from .models import Agent, Secret, Version
from .views import dialog, frame

HISTORY = 30


@page()
def grants(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Every capability: who asks for it, on which terms it is granted, and how it is used."""
    agent = selectors.agent(actor.workspace, slug)
    rows = _rows(agent)
    context = {
        **frame(agent, "grants"),
        "rows": rows,
        "missing": [row["name"] for row in rows if row["state"] == "missing"],
        "newest": _newest(agent),
        "history": _history(agent),
        "hours": insight.WINDOW_HOURS,
    }
    return render(request, "agents/grants.html", context)


def _newest(agent: Agent) -> Version | None:
    """The version uploaded last, when it is not the live one."""
    newest = agent.versions.order_by("-number").defer("files").first()
    live = agent.live_deployment
    return newest if newest is not None and (live is None or newest.pk != live.version_id) else None


def _asked(version: Version | None) -> set[str]:
    return set(version.manifest.get("capabilities", [])) if version else set()


def _rows(agent: Agent) -> list[dict[str, Any]]:
    """What needs looking at comes first: missing, granted, unused, the rest."""
    live = agent.live_deployment.version if agent.live_deployment else None
    by_live, by_newest = _asked(live), _asked(_newest(agent))
    granted = {grant.capability: grant for grant in agent.grants.filter(revoked_at=None)}
    known = {each["name"]: each for each in registry.capabilities()}
    used = insight.calls(agent.pk)
    rows = []
    for name in sorted({*known, *granted, *by_live, *by_newest}):
        asked, grant = name in by_live | by_newest, granted.get(name)
        if grant is not None:
            state = "granted" if asked else "unused"
        else:
            state = "unknown" if asked and name not in known else "missing" if asked else "none"
        rows.append(
            {
                "name": name,
                "state": state,
                "summary": known[name]["summary"] if name in known else "",
                "by_live": name in by_live,
                "by_newest": name in by_newest,
                "grant": grant,
                "terms": registry.shown(known[name]["terms"] if name in known else {}, grant.params) if grant else [],
                "calls": used.get(name),
            }
        )
    order = ("missing", "unknown", "granted", "unused", "none")
    return sorted(rows, key=lambda row: order.index(row["state"]))


def _history(agent: Agent) -> list[AuditEntry]:
    """Who gave and took what, from the audit log."""
    entries = AuditEntry.objects.filter(
        workspace_id=agent.workspace_id, action__startswith="grant.", object_id=str(agent.pk)
    )
    return list(entries[:HISTORY])


@page(Scope.OPERATE)
def grant_edit(request: HttpRequest, actor: Actor, slug: str, capability: str) -> HttpResponse:
    """The form of one grant, made from what the capability says of its terms; and the same as JSON."""
    agent = selectors.agent(actor.workspace, slug)
    known = {each["name"]: each for each in registry.capabilities()}
    if capability not in known:
        raise NotFound(_("There is no capability “%(name)s”.") % {"name": capability})
    grant = agent.grants.filter(capability=capability, revoked_at=None).first()
    error, path = "", ""
    if request.method == "POST":
        try:
            params = _params(request)
            path = _where(capability, params)
            give_grant(actor, agent, capability, params, request.POST.get("reason", "").strip())
            text = _("%(agent)s may use %(capability)s from its next call on.")
            messages.success(request, text % {"agent": slug, "capability": capability})
            return go(request, "agents:grants", slug)
        except ProductError as refused:
            error = refused.message
    stored = json.dumps(grant.params if grant else {}, indent=2, ensure_ascii=False)
    secrets = list(selectors.secrets(actor.workspace))
    context = {
        **frame(agent, "grants"),
        "capability": known[capability],
        "grant": grant,
        "params": request.POST.get("params", stored),
        "reason": request.POST.get("reason", ""),
        "error": error,
        "form": {"terms": _with_secrets(known[capability]["terms"], secrets), "path": path, "error": error},
        "secrets": secrets,
        "takes_secrets": "secrets" in known[capability]["terms"].get("properties", {}),
    }
    return render(request, "agents/grant.html", context, status=422 if error else 200)


def _params(request: HttpRequest) -> dict[str, Any]:
    try:
        params = json.loads(request.POST.get("params") or "{}")
    except json.JSONDecodeError as error:
        raise AgentsError(_("The terms are not JSON: %(reason)s.") % {"reason": error.msg}) from error
    except (ValueError, RecursionError) as error:  # a number too long, a list too deep
        raise AgentsError(_("The terms are not JSON: %(reason)s.") % {"reason": error}) from error
    if not isinstance(params, dict):
        raise AgentsError(_("The terms must be a JSON object."))
    return params


def _where(capability: str, params: dict[str, Any]) -> str:
    """Where the terms do not fit, as “terms.hosts[0]”; empty when they do. For the form, which shows it there."""
    kind = sandbox.capabilities.get(capability)
    error = best_match(Draft202012Validator(kind.terms).iter_errors(params)) if kind else None
    if error is None:
        return ""
    return "terms" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)


def _with_secrets(terms: dict[str, Any], secrets: list[Secret]) -> dict[str, Any]:
    """The terms' schema with the workspace's secrets to choose from, where it takes secrets."""
    terms = copy.deepcopy(terms)
    named = terms.get("properties", {}).get("secrets")
    if named is not None and secrets:
        named["items"] = {"enum": [secret.name for secret in secrets]}
    return terms


@page(Scope.OPERATE)
def grant_revoke(request: HttpRequest, actor: Actor, slug: str, capability: str) -> HttpResponse:
    """A dialog that says what will stop; then the next call is refused."""
    agent = selectors.agent(actor.workspace, slug)
    if request.method == "POST":
        if revoke_grant(actor, agent, capability, request.POST.get("reason", "").strip()):
            text = _("Revoked: the next call of %(capability)s is refused.")
            messages.success(request, text % {"capability": capability})
        return go(request, "agents:grants", slug)
    context = {
        "agent": agent,
        "capability": capability,
        "grant": agent.grants.filter(capability=capability, revoked_at=None).first(),
        "asked_by_live": capability in _asked(agent.live_deployment.version if agent.live_deployment else None),
        "calls": insight.calls(agent.pk).get(capability),
        "running": sum(insight.open_by_version(agent.pk).values()),
        "hours": insight.WINDOW_HOURS,
    }
    return dialog(request, "agents/revoke.html", context)
