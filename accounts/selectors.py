"""Reads of people, keys and the audit log, within one workspace."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from .errors import ProductError
from .models import ApiKey, AuditEntry, Membership, Workspace


class NotFound(ProductError):
    code, http = "not_found", 404


def keys(workspace: Workspace) -> QuerySet[ApiKey]:
    """Newest first, with who made them."""
    return ApiKey.objects.filter(workspace=workspace).select_related("created_by")


def key(workspace: Workspace, pk: int) -> ApiKey:
    found = keys(workspace).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such API key.", key=pk)
    return found


def memberships(workspace: Workspace) -> QuerySet[Membership]:
    return Membership.objects.filter(workspace=workspace).select_related("user").order_by("user__username")


def membership(workspace: Workspace, pk: int) -> Membership:
    found = memberships(workspace).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such person here.", membership=pk)
    return found


def audit_entries(workspace: Workspace, *, actor: str = "", action: str = "", text: str = "") -> QuerySet[AuditEntry]:
    """Newest first. `action` is one of `audit.SENTENCES`, or its part before the dot; `text` is in object or reason."""
    entries = AuditEntry.objects.filter(workspace=workspace)
    if actor:
        entries = entries.filter(actor_label=actor)
    if action:
        entries = entries.filter(action=action) if "." in action else entries.filter(action__startswith=f"{action}.")
    if text:
        entries = entries.filter(Q(object_label__icontains=text) | Q(reason__icontains=text) | Q(request_id=text))
    return entries


def audit_actors(workspace: Workspace) -> list[str]:
    """Everybody who appears in the log, the departed too."""
    labels = (
        AuditEntry.objects.filter(workspace=workspace).order_by("actor_label").values_list("actor_label", flat=True)
    )
    return list(labels.distinct()[:200])
