"""Revisions of an agent's settings as a history: what each changed, who saved it, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

import sandbox
from accounts.models import AuditEntry

from . import units
from .models import Agent, AgentSettings
from .words import LIMITS, SETTINGS

SHOWN = 20


@dataclass(frozen=True)
class Change:
    """One thing that a revision changed; `before` and `after` in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Revision:
    settings: AgentSettings
    changes: list[Change]
    actor: str
    reason: str
    at: datetime


def history(agent: Agent) -> list[Revision]:
    """The newest revisions, each with what it changed. Two queries."""
    rows = list(agent.settings_revisions.order_by("-number")[: SHOWN + 1])
    entries = AuditEntry.objects.filter(
        workspace_id=agent.workspace_id,
        action="settings.update",
        object_id=str(agent.pk),
        at__gte=rows[-1].created_at if rows else None,
    )
    saved = {(entry.after or {}).get("number"): entry for entry in entries}
    found = []
    for row, former in zip(rows, [*rows[1:], None], strict=True):
        entry = saved.get(row.number)
        changed = changes(former, row) if former else []
        found.append(
            Revision(row, changed, entry.actor_label if entry else "", entry.reason if entry else "", row.created_at)
        )
    return found[:SHOWN]


def changes(old: AgentSettings, new: AgentSettings) -> list[Change]:
    """What differs, limit by limit; of the config only the keys, for its values may be long."""
    found = []
    defaults = sandbox.Limits().to_dict()
    for name, default in defaults.items():
        before, after = old.limits.get(name, default), new.limits.get(name, default)
        if before != after:
            found.append(Change(str(LIMITS[name].label), units.show(name, before), units.show(name, after)))
    for name, label in SETTINGS.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            found.append(Change(str(label), _worded(before), _worded(after)))
    for key in sorted({*old.config, *new.config}):
        if old.config.get(key) != new.config.get(key):
            words = (_("added") if key not in old.config else "", _("removed") if key not in new.config else "")
            found.append(Change(f"config.{key}", "", words[0] or words[1] or _("changed")))
    return found


def _worded(value: Any) -> str:
    return _("none") if value is None else f"{value:g}" if isinstance(value, float) else str(value)
