"""The console's Routing page: try a text, see why, set default agent and threshold."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from accounts.pages import go, page
from accounts.scopes import Scope
from agents import selectors as agents

from . import selectors, service
from .actions.update_settings import update_settings
from .engine import Decision
from .errors import Unavailable
from .forms import SettingsForm, TryForm


# A pasted page does not fit into a URL, so a text is tried by POST, although nothing is changed by it.
@require_http_methods(["GET", "POST"])
@page()
def routing(request: HttpRequest, actor: Actor) -> HttpResponse:
    known = list(agents.agents(actor.workspace))
    form = TryForm(request.POST if request.method == "POST" else None, agents=known)
    decision = unavailable = None
    if form.is_bound and form.is_valid():
        try:
            decision = selectors.try_text(
                actor.workspace, form.cleaned_data["text"], form.cleaned_data["agent"] or None
            )
        except Unavailable as error:
            unavailable = error.message
    status = 503 if unavailable else 422 if form.errors else 200
    context = _context(actor, known, form=form, decision=decision, unavailable=unavailable)
    return render(request, "routing/page.html", context, status=status)


@require_POST
@page(Scope.OPERATE)
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    known = list(agents.agents(actor.workspace))
    form = SettingsForm(request.POST, agents=known)
    if not form.is_valid():
        return render(request, "routing/page.html", _context(actor, known, settings_form=form), status=422)
    update_settings(
        actor,
        default_agent=form.cleaned_data["default_agent"] or None,
        threshold=form.cleaned_data["threshold"],
        margin=form.cleaned_data["margin"],
    )
    messages.success(request, _("Saved. It holds from the next request on."))
    return go(request, "routing:page")


def _context(
    actor: Actor,
    known: list,
    *,
    form: TryForm | None = None,
    settings_form: SettingsForm | None = None,
    decision: Decision | None = None,
    unavailable: str | None = None,
) -> dict[str, Any]:
    row = selectors.settings_of(actor.workspace)
    initial = {
        "default_agent": row.default_agent.slug if row.default_agent else "",
        "threshold": row.threshold,
        "margin": row.margin,
    }
    return {
        "form": form or TryForm(agents=known),
        "settings_form": settings_form or SettingsForm(initial=initial, agents=known),
        "decision": decision,
        "rows": _rows(decision) if decision else [],
        "margin_limit": row.margin,
        "unavailable": unavailable,
        "router": service.status(),
        "any_live": any(agent.live_deployment_id for agent in known),
    }


def _rows(decision: Decision) -> list[dict[str, Any]]:
    """Candidates for the table; bars are drawn on a scale of 100, the threshold as a line across them."""
    return [
        {
            "candidate": candidate,
            "bar": round(max(min(candidate.score, 1.0), 0.0) * 100, 1),
            "line": round(decision.threshold * 100, 1),
            "over": candidate.score >= decision.threshold,
            "chosen": decision.chosen == {"agent": candidate.agent, "skill": candidate.skill},
        }
        for candidate in decision.candidates
    ]
