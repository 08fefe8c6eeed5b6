"""The console's Guardrails page: write a policy, try a text by it, see its versions; publishing is in deploy_views."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from accounts.pages import go, page
from accounts.scopes import Scope
from agents import selectors as agents

from . import selectors, service
from .actions.policies import create_policy
from .actions.save_version import save_version
from .diff import unified
from .engine import DEFAULT_POLICY, Direction, Policy, PolicyError, Problem, compile_policy
from .errors import BadPolicy, SlugTaken
from .models import Policy as PolicyRow
from .models import PolicyDeployment, PolicyVersion
from .trial import Trial, try_text

SHOWN = 50  # versions and deployments on the page
MAX_TEXT = 1_000_000


@page()
def policy(request: HttpRequest, actor: Actor, slug: str = selectors.DEFAULT_SLUG) -> HttpResponse:
    """The editor with the live document (or `?version=n`), the try box, versions and deployments. A POST saves."""
    row = selectors.policy(actor.workspace, slug)
    errors: list[dict[str, Any]] = []
    if request.method == "POST":
        try:
            version, created = save_version(actor, row, _document(request), request.POST.get("message", "").strip())
        except BadPolicy as refused:
            errors = refused.detail["errors"]
        else:
            _say_what_was_saved(request, version, created)
            return go(request, "guardrails:version", slug, version.number)
    context = _context(request, actor, row, errors=errors)
    return render(request, "guardrails/policy.html", context, status=422 if errors else 200)


@require_POST
@page()
def try_it(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Try a text by the document in the editor or by what is live. Nothing is stored and nothing is sent on."""
    row = selectors.policy(actor.workspace, slug)
    trial, errors = None, []
    try:
        trial = _trial(request, row)
    except PolicyError as error:
        errors = [problem.to_dict() for problem in error.errors]
    if getattr(request, "htmx", False):
        return render(request, "guardrails/tried.html", {"trial": trial, "errors": errors})
    context = _context(request, actor, row, trial=trial, errors=errors)
    return render(request, "guardrails/policy.html", context, status=422 if errors else 200)


@page()
def version(request: HttpRequest, actor: Actor, slug: str, number: int) -> HttpResponse:
    """One version: what it changes against the live one, whether its tests hold, its text."""
    row = selectors.policy(actor.workspace, slug)
    found = selectors.version(row, number)
    live = row.live_deployment
    against = selectors.version(row, live.version.number) if live and live.version_id != found.pk else None
    context = {
        "policy": row,
        "version": found,
        "live": live,
        "is_live": live is not None and live.version_id == found.pk,
        "failed": _failed_tests(found),
        "against": against,
        "unified": unified(against, found) if against else "",
        "lines": found.text.splitlines(),
    }
    return render(request, "guardrails/version.html", context)


@page(Scope.OPERATE)
def policy_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A dialog; then on to the editor."""
    name, error = request.POST.get("name", "").strip(), ""
    if request.method == "POST":
        if not name:
            error = _("A policy needs a name.")
        else:
            try:
                return go(request, "guardrails:policy", create_policy(actor, name).slug)
            except SlugTaken as refused:
                error = refused.message
    return dialog(request, "guardrails/new.html", {"name": name, "error": error}, refused=bool(error))


def dialog(request: HttpRequest, template: str, context: dict[str, Any], refused: bool = False) -> HttpResponse:
    """A form that htmx shows in the page's dialog; opened by its URL it is a page of its own."""
    context["shell"] = "parts/dialog_shell.html" if getattr(request, "htmx", False) else "guardrails/dialog_page.html"
    return render(request, template, context, status=422 if refused else 200)


def _context(
    request: HttpRequest,
    actor: Actor,
    row: PolicyRow,
    *,
    errors: list[dict[str, Any]],
    trial: Trial | None = None,
) -> dict[str, Any]:
    live = row.live_deployment
    versions = list(selectors.versions(row)[:SHOWN])
    base = _version_to_begin_with(request, row, versions)
    return {
        "policy": row,
        "policies": selectors.policies(actor.workspace),
        "live": live,
        "versions": versions,
        "deployments": _with_targets(list(selectors.deployments(row)[:SHOWN]), live),
        "base": base,
        "document": _document(request) if "document" in request.POST else base.text if base else DEFAULT_POLICY,
        "message": request.POST.get("message", ""),
        "errors": errors,
        "errors_json": json.dumps(errors),
        "trial": trial,
        "text": request.POST.get("text", ""),
        "direction": _direction(request),
        "by": request.POST.get("by", "draft"),
        "agent": request.POST.get("agent", ""),
        "agents": agents.agents(actor.workspace).values_list("slug", flat=True),
    }


def _version_to_begin_with(request: HttpRequest, row: PolicyRow, versions: list[PolicyVersion]) -> PolicyVersion | None:
    number = request.GET.get("version", "")
    if number.isdecimal():
        return selectors.version(row, int(number))
    if row.live_deployment is not None:
        return selectors.version(row, row.live_deployment.version.number)
    return selectors.version(row, versions[0].number) if versions else None


def _with_targets(deployments: list[PolicyDeployment], live: PolicyDeployment | None) -> list[PolicyDeployment]:
    """Each earlier version can be gone back to from the newest deployment of it."""
    offered = {live.version_id} if live else set()
    for deployment in deployments:
        deployment.can_return = deployment.version_id not in offered  # type: ignore[attr-defined]
        offered.add(deployment.version_id)
    return deployments


def _trial(request: HttpRequest, row: PolicyRow) -> Trial | None:
    text = request.POST.get("text", "").replace("\r\n", "\n")[:MAX_TEXT]
    compiled: Policy
    if request.POST.get("by") == "live":
        if row.live_deployment is None:
            return None
        compiled = service.compiled(row.live_deployment.version_id)
    else:
        compiled = compile_policy(_document(request))
    return try_text(compiled, text, _direction(request), request.POST.get("agent") or None)


def _direction(request: HttpRequest) -> Direction:
    return "output" if request.POST.get("direction") == "output" else "input"


def _document(request: HttpRequest) -> str:
    return request.POST.get("document", "").replace("\r\n", "\n")


def _failed_tests(version: PolicyVersion) -> tuple[Problem, ...]:
    try:
        return service.compiled(version.pk).failed_tests()
    except PolicyError as error:  # stored under an older format of the document
        return tuple(error.errors)


def _say_what_was_saved(request: HttpRequest, version: PolicyVersion, created: bool) -> None:
    if created:
        text = _("Saved as version %(number)s. It inspects nothing until it is published.")
        messages.success(request, text % {"number": version.number})
    else:
        text = _("This is exactly version %(number)s, which exists already; nothing new was stored.")
        messages.info(request, text % {"number": version.number})
