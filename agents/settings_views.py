"""The console's page of an agent's limits: what each allows, what the last runs used, how its code is isolated."""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

import sandbox
from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.pages import go, page

from . import insight, isolation, revisions, selectors, units
from .actions.deploy import ANY
from .actions.settings import update_settings
from .errors import SettingsMoved
from .models import Agent, AgentSettings
from .views import frame
from .words import LIFETIMES, LIMITS

NAMED = re.compile(r"(\w+) must ")
Errors = dict[str, str]


@page()
def agent_settings(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Limits, isolation, rate and config in one form, a revision each time; `?revision=` fills an earlier one in."""
    agent = selectors.agent(actor.workspace, slug)
    shown = _current(agent)
    errors: Errors = {}
    if request.method == "POST":
        wanted, errors = _read(request)
        if not errors and not revisions.changes(shown, AgentSettings(agent=agent, **wanted)):
            messages.info(request, _("Nothing was changed, so no revision was saved."))
            return go(request, "agents:settings", slug)
        if not errors:
            try:
                saved = update_settings(
                    actor, agent, **wanted, expected=_seen(request), reason=request.POST.get("reason", "").strip()
                )
                messages.success(request, _what_serves(saved))
                return go(request, "agents:settings", slug)
            except SettingsMoved as moved:
                agent = selectors.agent(actor.workspace, slug)
                text = _(
                    "Revision %(number)s was saved in between; saving again replaces it. Look at it first: %(what)s."
                )
                errors = {"form": text % {"number": moved.detail["current"], "what": _changed_since(request, agent)}}
            except ProductError as refused:
                errors = _placed(refused)
    elif request.GET.get("revision", "").isdecimal():
        shown = agent.settings_revisions.filter(number=int(request.GET["revision"][:9])).first() or shown
    context = {
        **frame(agent, "settings"),
        **_shown(agent, shown, request, errors),
        "errors": errors,
        "filled": shown.number if shown.pk != _current(agent).pk else None,
        "history": revisions.history(agent),
        "measured": insight.MEASURED,
    }
    return render(request, "agents/settings.html", context, status=422 if errors else 200)


def _seen(request: HttpRequest) -> object:
    """The revision that the form was filled from."""
    seen = request.POST.get("expected", "")
    return int(seen[:9]) if seen.isdecimal() else ANY


def _changed_since(request: HttpRequest, agent: Agent) -> str:
    """What others changed since the form was filled, in a line."""
    seen = _seen(request)
    before = agent.settings_revisions.filter(number=seen).first() if isinstance(seen, int) else None
    changed = revisions.changes(before, _current(agent)) if before else []
    return ", ".join(" → ".join(part for part in (one.label, one.before, one.after) if part) for one in changed)


def _what_serves(saved: AgentSettings) -> str:
    """Whether a revision that was just saved serves now."""
    live = selectors.agent(saved.agent.workspace, saved.agent.slug).live_deployment
    if live is None:
        text = _("Saved as revision %(number)s; it serves with the first publish.")
    elif live.settings_id == saved.pk:
        text = _("Saved as revision %(number)s, which serves from now on.")
    else:
        text = _(
            "Saved as revision %(number)s. The live version has packages for another isolation: it goes on with its "
            "former settings until a version that fits is published."
        )
    return text % {"number": saved.number}


def _current(agent: Agent) -> AgentSettings:
    assert agent.current_settings is not None, "every agent is created with a first revision"
    return agent.current_settings


def _shown(agent: Agent, own: AgentSettings, request: HttpRequest, errors: Errors) -> dict[str, Any]:
    """The fields as they were typed, else as they are."""
    typed = request.POST
    used = insight.use(agent.pk)
    isolation_now = typed.get("isolation", own.isolation)
    lifetime_now = typed.get("lifetime", own.lifetime)
    return {
        "limits": [_limit(name, own, typed, used, errors) for name in LIMITS],
        "runs": used.runs,
        "others": [
            {"name": name, "spread": used.spreads[name], "bytes": name.startswith("bytes_")}
            for name in ("cpu_ms", "host_call_ms", "bytes_out", "bytes_in")
            if name in used.spreads and used.spreads[name].most
        ],
        "isolations": isolation.choices(isolation_now),
        "lifetimes": [
            {"value": value, "label": label, "sentence": sentence, "chosen": value == lifetime_now}
            for value, (label, sentence) in LIFETIMES.items()
        ],
        "max_concurrent": typed.get("max_concurrent", own.max_concurrent or ""),
        "rate": typed.get("rate_per_second", f"{own.rate_per_second:g}" if own.rate_per_second else ""),
        "burst": typed.get("burst", own.burst or ""),
        "config": typed.get("config") or json.dumps(own.config, indent=2, ensure_ascii=False),
        "reason": typed.get("reason", ""),
    }


def _limit(name: str, own: AgentSettings, typed: Any, used: insight.Use, errors: Errors) -> dict[str, Any]:
    """One limit: its words, value, default, ceiling, and what the last runs used as shares of it."""
    words, default = LIMITS[name], getattr(sandbox.Limits(), name)
    now = own.limits.get(name, default)
    spread = used.spreads.get(name)
    value = units.show(name, own.limits[name]) if name in own.limits else ""
    return {
        "name": name,
        "words": words,
        "default": units.show(name, default),
        "ceiling": units.show(name, getattr(sandbox.Limits.CEILING, name)),
        "value": typed.get(f"limit.{name}", value),
        "error": errors.get(f"limit.{name}", ""),
        "kind": units.kind(name),
        "spread": spread,
        "bar": {key: round(100 * min(1.0, getattr(spread, key) / now), 2) for key in ("p50", "p95", "most")}
        if spread and now
        else None,
        "breaches": used.breaches.get(words.code, 0),
    }


def _read(request: HttpRequest) -> tuple[dict[str, Any], Errors]:
    """What was typed, and what of it cannot be read, by field."""
    wanted: dict[str, Any] = {"limits": {}}
    errors: Errors = {}
    for name in LIMITS:
        text = request.POST.get(f"limit.{name}", "").strip()
        if text:
            try:
                wanted["limits"][name] = units.parse(name, text)
                sandbox.Limits.from_dict({name: wanted["limits"][name]})
            except ValueError as error:
                errors[f"limit.{name}"] = str(error)
    for name, number in (("max_concurrent", int), ("rate_per_second", float), ("burst", int)):
        text = request.POST.get(name, "").strip()
        try:
            wanted[name] = number(text) if text else None
        except ValueError:
            errors[name] = _("This is not a number.") if number is float else _("This must be a whole number.")
    wanted["isolation"] = request.POST.get("isolation", AgentSettings.Isolation.WASM)
    wanted["lifetime"] = request.POST.get("lifetime", AgentSettings.Lifetime.FRESH)
    try:
        wanted["config"] = json.loads(request.POST.get("config") or "{}")
        if not isinstance(wanted["config"], dict):
            errors["config"] = _("The config must be a JSON object.")
    except json.JSONDecodeError as error:
        text = _("The config is not JSON: line %(line)s, %(reason)s.")
        errors["config"] = text % {"line": error.lineno, "reason": error.msg}
    except (ValueError, RecursionError):  # a number too long, lists too deep
        errors["config"] = _("The config must be a JSON object.")
    return wanted, errors


def _placed(refused: ProductError) -> Errors:
    """A refusal beside the field that it speaks of; without one it stands above the form."""
    field = str(refused.detail.get("field", ""))
    named = NAMED.match(refused.message)
    if field == "limits" and named and named[1] in LIMITS:
        return {f"limit.{named[1]}": refused.message}
    return {field or "form": refused.message}
