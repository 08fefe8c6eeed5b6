"""What the console's templates say things with: icons, times, durations, states, JSON, diffs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.scopes import Scope

register = template.Library()
MISSING = (None, "")  # the empty string is what a template makes of an attribute that is not there

# state → (tone, icon, words); tones and icons are those of the patterns page.
STATES: dict[str, tuple[str, str, Any]] = {
    "queued": ("", "clock", gettext_lazy("queued")),
    "held": ("warn", "pause", gettext_lazy("held")),
    "running": ("info busy", "spinner", gettext_lazy("running")),
    "succeeded": ("ok", "check", gettext_lazy("succeeded")),
    "failed": ("bad", "cross", gettext_lazy("failed")),
    "blocked": ("warn", "block", gettext_lazy("blocked")),
    "cancelled": ("", "stop", gettext_lazy("cancelled")),
    "checking": ("info busy", "spinner", gettext_lazy("checking")),
    "ready": ("ok", "check", gettext_lazy("ready")),
    "rejected": ("bad", "cross", gettext_lazy("rejected")),
    "passed": ("ok", "check", gettext_lazy("passed")),
    "warning": ("warn", "warning", gettext_lazy("warning")),
    "active": ("ok", "check", gettext_lazy("active")),
    "disabled": ("", "block", gettext_lazy("disabled")),
    "expired": ("", "clock", gettext_lazy("expired")),
    "publish": ("accent", "publish", gettext_lazy("publish")),
    "canary": ("info", "flag", gettext_lazy("canary")),
    "rollback": ("warn", "rollback", gettext_lazy("rollback")),
    "allow": ("ok", "check", gettext_lazy("allow")),
    "log": ("", "log", gettext_lazy("log")),
    "flag": ("info", "flag", gettext_lazy("flag")),
    "redact": ("warn", "diff", gettext_lazy("redact")),
    "block": ("bad", "block", gettext_lazy("block")),
    "live": ("ok", "check", gettext_lazy("live")),
    "archived": ("", "box", gettext_lazy("archived")),
    "healthy": ("ok", "check", gettext_lazy("healthy")),
    "degraded": ("warn", "warning", gettext_lazy("some failures")),
    "failing": ("bad", "cross", gettext_lazy("failing")),
    "idle": ("", "pause", gettext_lazy("no requests")),
    "offline": ("", "stop", gettext_lazy("not live")),
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of static/img/icons.svg; decorative unless it has a label."""
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def badge(state: Any, words: str = "") -> SafeString:
    """A state as a pill with icon and words; unknown states are shown plainly."""
    tone, symbol, known = STATES.get(str(state), ("", "info", state))
    return format_html('<span class="badge {}" data-state="{}">{}{}</span>', tone, state, icon(symbol), words or known)


@register.simple_tag
def sparkline(values: list[int]) -> SafeString:
    """Counts over time as a small drawing; the numbers themselves are said to a screen reader by their sum."""
    from neuroflow_site.charts import spark

    if not any(values):
        return SafeString('<span class="faint">—</span>')
    line, area = spark(values)
    label = ngettext("%(n)s request", "%(n)s requests", sum(values)) % {"n": sum(values)}
    return format_html(
        '<svg class="spark" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polygon points="{}"/><polyline points="{}"/></svg>',
        label, area, line,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def needs(context: template.Context, scope: str) -> SafeString:
    """Attributes for a button: nothing when the actor has `scope`, else `disabled` with the reason as its title."""
    if may(context.get("actor"), scope):
        return SafeString("")
    reason = _("You may look at this but not do it: it needs the permission “%(scope)s”. An administrator can give it.")
    return format_html('disabled title="{}"', reason % {"scope": Scope(scope).label})


@register.filter
def may(actor: Any, scope: str) -> bool:
    return actor is not None and actor.may(scope)


@register.simple_tag
def when(moment: datetime | None, otherwise: str = "—") -> SafeString | str:
    """How long ago, with the exact time as its title; static/js/times.js keeps it current and shows local time."""
    if moment is None:
        return otherwise
    exact = moment.astimezone(timezone.get_current_timezone())
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        exact.isoformat(),
        f"{exact:%Y-%m-%d %H:%M:%S %Z}",
        ago(moment),
    )


def ago(moment: datetime) -> str:
    """“3 min ago”; from a week on, the date."""
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    if seconds < 10:
        return _("just now")
    if seconds < 60:
        return _("%(n)s s ago") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)s min ago") % {"n": seconds // 60}
    if seconds < 86_400:
        return _("%(n)s h ago") % {"n": seconds // 3600}
    if seconds < 7 * 86_400:
        days = seconds // 86_400
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
    return f"{moment.astimezone(timezone.get_current_timezone()):%Y-%m-%d}"


@register.filter
def ms(value: float | None) -> str:
    """A duration in milliseconds, with as many digits as one reads."""
    if value in MISSING:
        return "—"
    if value < 10:
        return f"{value:.2f} ms"
    if value < 1000:
        return f"{value:.0f} ms"
    if value < 60_000:
        return f"{value / 1000:.2f} s"
    return f"{int(value // 60_000)} min {value % 60_000 / 1000:.0f} s"


@register.filter
def number(value: float | None) -> str:
    """A count with thin spaces between thousands; large ones shortened."""
    if value in MISSING:
        return "—"
    for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if abs(value) >= limit:
            return f"{value / limit:.3g} {unit}"
    return f"{value:,.0f}".replace(",", "\u202f")


@register.filter
def size(value: float | None) -> str:
    """Bytes, in binary units."""
    if value in MISSING:
        return "—"
    for limit, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if value >= limit:
            return f"{value / limit:.3g} {unit}"
    return f"{value:.0f} B"


@register.filter
def percent(value: float | None) -> str:
    """A share of 1 as a percentage."""
    if value in MISSING:
        return "—"
    return "0 %" if value == 0 else f"{value * 100:.1f} %" if value < 0.1 else f"{value * 100:.0f} %"


@register.filter
def pretty(value: Any) -> str:
    """JSON as people read it; a plain string stays itself."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def without(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}


@register.filter
def diff_lines(unified: str) -> list[dict[str, Any]]:
    """A unified diff as lines with their kind and their numbers on either side, without the two header lines."""
    lines: list[dict[str, Any]] = []
    old = new = 0
    for text in unified.splitlines()[2:]:
        if text.startswith("@@"):
            left, right = text.split()[1:3]
            old, new = (abs(int(side.split(",")[0])) for side in (left, right))
            lines.append({"kind": "gap", "old": "", "new": "", "text": text})
        elif text.startswith("+"):
            lines.append({"kind": "add", "old": "", "new": new, "text": text[1:]})
            new += 1
        elif text.startswith("-"):
            lines.append({"kind": "del", "old": old, "new": "", "text": text[1:]})
            old += 1
        else:
            lines.append({"kind": "same", "old": old, "new": new, "text": text[1:]})
            old, new = old + 1, new + 1
    return lines


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """The current URL's query with some parameters changed (None drops one): links that keep the filters."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"
