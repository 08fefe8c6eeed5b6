"""The console's overview, the page of patterns, and the error pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog
from redis.exceptions import RedisError

from accounts.actor import Actor
from accounts.api.errors import body
from accounts.pages import error_page, page
from agents import diff
from agents.models import Agent, Deployment, Version
from agents.selectors import agents as agents_of
from invocations import figures, selectors, statistics
from invocations.worker.running import live_workers

from . import charts
from .templatetags.console import STATES

# name in the URL → (length, slices): slices of a round length
WINDOWS = {
    "15m": (timedelta(minutes=15), 60),
    "1h": (timedelta(hours=1), 60),
    "6h": (timedelta(hours=6), 72),
    "24h": (timedelta(hours=24), 72),
    "7d": (timedelta(days=7), 84),
}
DEFAULT_WINDOW = "1h"
RECENT = 12


@page()
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Rate, failures and durations over `?window=`, whole and by agent. htmx gets the live part alone."""
    name = request.GET.get("window", DEFAULT_WINDOW)
    name = name if name in WINDOWS else DEFAULT_WINDOW
    window, slices = WINDOWS[name]
    agent = request.GET.get("agent", "")
    report = statistics.report(actor.workspace, window, slices, agent)
    known = {found.pk: found for found in agents_of(actor.workspace)}
    recent = selectors.invocations(actor.workspace)
    context = {
        "windows": list(WINDOWS),
        "window": name,
        "agent": agent,
        "agents": sorted(found.slug for found in known.values()),
        "report": report,
        "charts": _charts(report),
        "points": _points(report),
        "deployments": _marks(actor, report, agent),
        "rows": _rows(report, known),
        "recent": (recent.filter(agent__slug=agent) if agent else recent)[:RECENT],
        "per_minute": report.whole.requests / (window.total_seconds() / 60),
        "workers": _workers(),
        "pool": _pool(),
    }
    part = getattr(request, "htmx", False)
    return render(request, "site/overview_live.html" if part else "site/overview.html", context)


def _charts(report: statistics.Report) -> dict[str, charts.Chart]:
    slices = report.slices
    ok = [max(0, each.requests - each.failed - each.blocked) for each in slices]
    return {
        "requests": charts.bars(
            [
                ((good, "ok"), (each.blocked, "warn"), (each.failed, "bad"))
                for good, each in zip(ok, slices, strict=True)
            ],
            least=4,
        ),
        "errors": charts.lines([(_("failed"), "bad", [_in_percent(each.error_rate) for each in slices])], top=100),
        "durations": charts.lines(
            [("p95", "soft", [each.p95_ms for each in slices]), ("p50", "accent", [each.p50_ms for each in slices])],
            least=5,
        ),
    }


def _in_percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _points(report: statistics.Report) -> list[dict[str, Any]]:
    """What the crosshair says, slice by slice."""
    return [
        {
            "since": (report.since + index * report.step).isoformat(),
            "until": (report.since + (index + 1) * report.step).isoformat(),
            "requests": each.requests,
            "failed": each.failed,
            "blocked": each.blocked,
            "p50": each.p50_ms,
            "p95": each.p95_ms,
        }
        for index, each in enumerate(report.slices)
    ]


def _marks(actor: Actor, report: statistics.Report, agent: str) -> list[dict[str, Any]]:
    """Deployments within the window, as places on the time axis."""
    made = Deployment.objects.filter(agent__workspace=actor.workspace, created_at__gte=report.since).select_related(
        "agent", "version", "canary_version"
    ).defer("version__files", "canary_version__files")  # fmt: skip
    if agent:
        made = made.filter(agent__slug=agent)
    length = (report.until - report.since).total_seconds()
    return [
        {"x": round((each.created_at - report.since).total_seconds() / length * charts.WIDTH, 1), "deployment": each}
        for each in made.order_by("-id")[:30]
    ]


def _rows(report: statistics.Report, known: dict[int, Agent]) -> list[dict[str, Any]]:
    rows = [
        {"agent": known.get(pk) if pk else None, "reached": pk is not None, "figures": figures}
        for pk, figures in report.agents.items()
    ]
    return sorted(rows, key=lambda row: -row["figures"].requests)


def _workers() -> int | None:
    """How many workers say that they live; None when Redis does not answer."""
    try:
        return live_workers()
    except RedisError:
        return None


@dataclass(frozen=True)
class Pool:
    """Sandboxes held ready by all workers: the share of requests that found one, and how many there are now."""

    hit_rate: float | None
    prepared: int
    kept: int


def _pool() -> Pool | None:
    """None when Redis does not answer."""
    try:
        known = figures.known()
    except RedisError:
        return None
    found = known.of("pool")
    hits, asked = found.get("hits", 0.0), sum(found.values())
    return Pool(hits / asked if asked else None, known.gauges["prepared"], known.gauges["kept"])


@page()
def patterns(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every component once, for those who write pages."""
    if not request.user.is_staff:
        raise PermissionDenied
    old = Version(number=1, files={"agent.py": "def handle(request):\n    return request.text\n"}, manifest={})
    new = Version(number=2, files={"agent.py": "def handle(request):\n    return request.text.upper()\n"}, manifest={})
    return render(request, "site/patterns.html", {"states": list(STATES), "diff": diff.between(old, new)})


class Login(LoginView):
    template_name = "accounts/login.html"
    redirect_authenticated_user = True


@cache_control(private=True, max_age=3600)
def js_catalog(request: HttpRequest, language: str) -> HttpResponseBase:
    """Translations for scripts; the language is in the address, so that a cache cannot mix two."""
    with translation.override(language):
        return JavaScriptCatalog.as_view(domain="djangojs")(request)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = str(exception) or _("Your role does not let you see this page.")
    if _is_api(request):
        return _api_error(request, 403, "forbidden", message)
    return error_page(request, 403, message)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return _api_error(request, 404, "not_found", "There is nothing at this address; /api/v1/docs/ lists what is.")
    plain = isinstance(exception, Http404) and exception.args and isinstance(exception.args[0], str)
    message = str(exception) if plain else _("There is no page at this address. It may have been moved, or mistyped.")
    return error_page(request, 404, message)


def broke(request: HttpRequest) -> HttpResponse:
    """Without context processors, database or session: whatever broke may be among them."""
    if _is_api(request):
        return _api_error(request, 500, "internal_error", "Something broke on our side; the server's log says what.")
    return render(None, "errors/500.html", {"request_id": getattr(request, "request_id", "")}, status=500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _api_error(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    """The API's one error body, for what no view has answered."""
    return JsonResponse(body(code, message, request_id=getattr(request, "request_id", "")), status=status)
