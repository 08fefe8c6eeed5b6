"""The one way to write an audit row, and the way to read one as a sentence."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from .actor import Actor
from .models import AuditEntry

# action → sentence. `%(object)s` is the object's label at the time.
SENTENCES: dict[str, str] = {
    "key.create": gettext_noop("created the API key %(object)s"),
    "key.disable": gettext_noop("disabled the API key %(object)s"),
    "person.create": gettext_noop("added %(object)s"),
    "person.role": gettext_noop("changed the role of %(object)s"),
    "setup.first_run": gettext_noop("set up %(object)s"),
}


def register(sentences: dict[str, str]) -> None:
    """Let a floor above add its actions' sentences (called from its AppConfig.ready)."""
    SENTENCES.update(sentences)


def record(
    actor: Actor,
    action: str,
    obj: models.Model,
    *,
    label: str | None = None,
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditEntry:
    """Write one row, in the caller's transaction. `action` must be in `SENTENCES`."""
    if action not in SENTENCES:
        raise KeyError(f"no sentence for the audit action {action!r}: register one in the app's audit_sentences")
    return AuditEntry.objects.create(
        workspace=actor.workspace,
        actor_user=actor.user,
        actor_label=actor.label,
        action=action,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        object_label=(label or str(obj))[:200],
        before=before,
        after=after,
        reason=reason,
        address=actor.address,
        request_id=actor.request_id,
    )


def sentence(entry: AuditEntry) -> str:
    """What was done, translated, without the actor: “published echo v2”."""
    template = SENTENCES.get(entry.action)
    if template is None:
        return f"{entry.action} {entry.object_label}"
    return _(template) % {"object": entry.object_label}
