"""Reads of invocations, within one workspace."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from accounts.errors import ProductError
from accounts.models import Workspace

from .models import Invocation


class NoSuchInvocation(ProductError):
    code, http = "not_found", 404


def invocations(workspace: Workspace) -> QuerySet[Invocation]:
    """Newest first, with agent and version (without source)."""
    return (
        Invocation.objects.filter(workspace=workspace)
        .select_related("agent", "version")
        .defer("version__files", "version__manifest")
    )


def invocation(workspace: Workspace, invocation_id: UUID | str) -> Invocation:
    """One invocation. Raises `NoSuchInvocation`, also for another workspace's."""
    found = invocations(workspace).filter(pk=invocation_id).first()
    if found is None:
        raise NoSuchInvocation(f"There is no invocation {invocation_id}.")
    return found
