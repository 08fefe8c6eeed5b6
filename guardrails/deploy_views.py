"""The console's dialogs that change what inspects: publish and roll back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.pages import go, page
from accounts.scopes import Scope

from . import selectors
from .actions.deploy import publish, rollback
from .diff import unified
from .errors import NeverServed
from .models import Policy, PolicyVersion
from .views import dialog


@page(Scope.OPERATE)
def publish_version(request: HttpRequest, actor: Actor, slug: str, number: int) -> HttpResponse:
    """The difference to what is live, a reason; refused when a test fails or what is live moved meanwhile."""
    policy = selectors.policy(actor.workspace, slug)
    version = selectors.version(policy, number)
    error: ProductError | None = None
    if request.method == "POST":
        try:
            publish(actor, policy, version, reason=_reason(request), expected=_expected(request))
            messages.success(request, _("Version %(number)s inspects from the next request on.") % {"number": number})
            return go(request, "guardrails:policy", slug)
        except ProductError as refused:
            error = refused
            policy = selectors.policy(actor.workspace, slug)  # what is live may have moved
    context = _context(request, policy, version, error)
    return dialog(request, "guardrails/publish.html", context, refused=error is not None)


@page(Scope.OPERATE)
def roll_back(request: HttpRequest, actor: Actor, slug: str, number: int) -> HttpResponse:
    """Go back to a version that served before."""
    policy = selectors.policy(actor.workspace, slug)
    target = selectors.version(policy, number)
    error: ProductError | None = None
    if request.method == "POST":
        try:
            rollback(actor, policy, to=number, reason=_reason(request), expected=_expected(request))
            messages.success(request, _("Rolled back: version %(number)s inspects again.") % {"number": number})
            return go(request, "guardrails:policy", slug)
        except ProductError as refused:
            error = refused
            policy = selectors.policy(actor.workspace, slug)
    if policy.live_deployment is None:
        raise NeverServed(_("Nothing is live, so there is nothing to roll back. Publish a version instead."))
    return dialog(
        request, "guardrails/rollback.html", _context(request, policy, target, error), refused=error is not None
    )


def _context(request: HttpRequest, policy: Policy, version: PolicyVersion, error: ProductError | None) -> dict:
    live = policy.live_deployment
    return {
        "policy": policy,
        "version": version,
        "live": live,
        "unified": unified(selectors.version(policy, live.version.number) if live else None, version),
        "diff_name": f"{policy.slug}.yaml",
        "error": error,
        "problems": error.detail.get("errors", []) if error else [],
        "reason": request.POST.get("reason", ""),
    }


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()


def _expected(request: HttpRequest) -> int | None:
    """The deployment that the dialog showed as live; empty when it showed none."""
    value = request.POST.get("expected", "")
    return int(value) if value.isdecimal() else None
