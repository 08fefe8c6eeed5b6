"""The console's pages of invocations: the list with its filters, and one invocation live."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.pages import go, page, paginate
from accounts.scopes import Scope
from agents import selectors as agents

from . import pins, selectors
from .actions.cancel import cancel
from .actions.replay import replay
from .errors import CATALOGUE
from .filters import InvocationFilter
from .ids import now_us
from .models import Invocation, Status

WINDOWS = {"15m": 15, "1h": 60, "6h": 360, "24h": 1440, "7d": 10_080}  # minutes


@page()
def invocation_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Newest first; every filter is in the URL. What arrives meanwhile is counted by the page, not moved in."""
    found = InvocationFilter(request.GET, queryset=selectors.invocations(actor.workspace))
    rows = paginate(request, found.qs)
    wanted = {name: request.GET.get(name, "") for name in ("q", "status", "agent", "error", "since", "until", "min_ms")}
    if wanted["q"] and rows.paginator.count == 1:
        return go(request, "invocations:detail", rows[0].pk)
    context = {
        "page": rows,
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "problems": found.form.errors,
        "statuses": Status.choices,
        "agents": list(agents.agents(actor.workspace).values_list("slug", flat=True)),
        "codes": sorted(CATALOGUE),
        "live": {"status": wanted["status"], "agent": wanted["agent"], "error": wanted["error"],
                 "counting": rows.number == 1 and not wanted["q"] and not wanted["until"] and not wanted["min_ms"]},
    }  # fmt: skip
    return render(request, "invocations/list.html", context)


@page()
def invocation_detail(request: HttpRequest, actor: Actor, invocation_id: UUID) -> HttpResponse:
    """The page; asked by htmx (the page itself, when something changed) only its head and outcome."""
    invocation = selectors.invocation(actor.workspace, invocation_id)
    version = pins.version(invocation.version_id) if invocation.version_id else None
    settings = pins.settings(invocation.settings_id) if invocation.settings_id else None
    stored = [] if invocation.is_open else list(invocation.events.order_by("seq").values())
    context: dict[str, Any] = {
        "invocation": invocation,
        "version": version,
        "by": invocation.api_key or invocation.user,
        "can_cancel": invocation.is_open,
        "tried_again": invocation.replays.order_by("-created_at")[:5],
        "limits": settings.limits if settings else None,
        "isolation": settings.isolation if settings else "",
        "lifetime": settings.lifetime if settings else "",
        "carried": {
            "agent": version.agent if version else None,
            "skill": invocation.skill,
            "text": invocation.text,
            "payload": invocation.payload,
            "session": invocation.session,
        },
        "trace": {
            "id": str(invocation.pk),
            "root_span_id": invocation.root_span_id,
            "now_us": now_us(),
            "limits": settings.limits.to_dict() if settings else {},
            "events": [
                {
                    "seq": event["seq"],
                    "at": event["at_us"],
                    "attempt": event["attempt"],
                    "kind": event["kind"],
                    "span_id": event["span_id"],
                    "data": event["data"],
                }
                for event in stored
            ],
        },
    }
    template = "invocations/outcome.html" if getattr(request, "htmx", False) else "invocations/detail.html"
    return render(request, template, {**context, "partial": bool(getattr(request, "htmx", False))})


@require_POST
@page(Scope.INVOKE)
def invocation_cancel(request: HttpRequest, actor: Actor, invocation_id: UUID) -> HttpResponse:
    invocation = selectors.invocation(actor.workspace, invocation_id)
    try:
        cancel(actor, invocation)
        messages.success(request, _("Cancelled."))
    except ProductError as refused:
        messages.info(request, refused.message)
    return go(request, "invocations:detail", invocation_id)


@require_POST
@page(Scope.INVOKE)
def invocation_replay(request: HttpRequest, actor: Actor, invocation_id: UUID) -> HttpResponse:
    """The same input again, on what is live now; on to the new invocation's page."""
    invocation = selectors.invocation(actor.workspace, invocation_id)
    admitted: Invocation = replay(actor, invocation).invocation
    return go(request, "invocations:detail", admitted.pk)
