"""Reads of policies. Everything is within one workspace: what belongs to another is not found."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Workspace

from . import service
from .engine import Policy as CompiledPolicy
from .errors import NotFound
from .models import Policy, PolicyDeployment, PolicyVersion

# The policy by which invocations are inspected. Others are drafts that can be tried under their names.
DEFAULT_SLUG = "default"


def policies(workspace: Workspace) -> QuerySet[Policy]:
    """Policies with what is live of them (one query, without documents)."""
    return (
        Policy.objects.filter(workspace=workspace)
        .select_related("workspace", "live_deployment__version")
        .defer("live_deployment__version__text")
    )


def policy(workspace: Workspace, slug: str) -> Policy:
    """One policy. Raises `NotFound` naming those that exist."""
    found = policies(workspace).filter(slug=slug).first()
    if found is None:
        known = list(policies(workspace).values_list("slug", flat=True)[:20])
        raise NotFound(f"There is no policy “{slug}”. {_existing('policies', known)}", policy=slug, known=known)
    return found


def versions(policy: Policy) -> QuerySet[PolicyVersion]:
    """Newest first, without their documents."""
    return policy.versions.select_related("policy").defer("text")


def version(policy: Policy, number: int) -> PolicyVersion:
    """One version with its document. Raises `NotFound` naming those that exist."""
    found = policy.versions.select_related("policy").filter(number=number).first()
    if found is None:
        known = list(policy.versions.values_list("number", flat=True)[:20])
        raise NotFound(
            f"The policy {policy.slug} has no version {number}. {_existing('versions', known)}",
            version=number,
            known=known,
        )
    return found


def deployments(policy: Policy) -> QuerySet[PolicyDeployment]:
    """Newest first, with their versions (without documents)."""
    return policy.deployments.select_related("version").defer("version__text")


def live_version_id(workspace_id: int, slug: str = DEFAULT_SLUG) -> int | None:
    """Where a policy's pointer points now; None when nothing of it is live. One query by two indexes."""
    return (
        Policy.objects.filter(workspace_id=workspace_id, slug=slug, live_deployment__isnull=False)
        .order_by()
        .values_list("live_deployment__version", flat=True)
        .first()
    )


def live_policy(workspace_id: int, slug: str = DEFAULT_SLUG) -> tuple[int, CompiledPolicy] | None:
    """Id of the live version and the policy compiled from it; None when nothing is live."""
    version_id = live_version_id(workspace_id, slug)
    return None if version_id is None else (version_id, service.compiled(version_id))


def version_to_try(workspace: Workspace, name: str = "") -> int | None:
    """Id of the version that `name` means: “slug” (its live version, else its newest) or “slug@number”.

    Without a name, the live version of the default policy; None when nothing is live. Raises `NotFound`.
    """
    if not name:
        return live_version_id(workspace.pk)
    slug, at, number = name.partition("@")
    found = policy(workspace, slug)
    if at:
        if not number.isdecimal():
            raise NotFound(f"“{name}” names no version: write it as {slug}@3, or {slug} alone.", policy=name)
        return version(found, int(number)).pk
    if found.live_deployment is not None:
        return found.live_deployment.version_id
    newest = versions(found).first()
    if newest is None:
        raise NotFound(f"The policy {slug} has no version yet. Save one first.", policy=slug)
    return newest.pk


def _existing(what: str, known: list) -> str:
    return f"Existing {what}: {', '.join(str(item) for item in known)}." if known else f"There are no {what} yet."
