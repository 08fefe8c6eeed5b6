"""Store an upload as an immutable version, and run its checks."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Max

import sandbox
from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from agents import checks
from agents.errors import Archived
from agents.models import Agent, Check, Version
from agents.signals import version_uploaded
from agents.source import read_manifest


def upload_version(actor: Actor, agent: Agent, files: Mapping[str, str], message: str = "") -> tuple[Version, bool]:
    """Return the version and whether it is new; the same content again is the same version.

    The code runs in the sandbox before any row is written: source that does not parse or yields no manifest raises
    `BadSource` and leaves nothing behind. A new version comes back with its checks done (`ready` or `rejected`).
    """
    actor.require(Scope.AUTHOR)
    if agent.archived_at is not None:
        raise Archived(f"{agent.slug} is archived; upload to another agent.")
    checksum = sandbox.checksum(files)
    existing = agent.versions.filter(checksum=checksum).first()
    if existing is not None:
        if existing.state == Version.State.CHECKING:
            check_version(existing)  # who uploaded it first may have died over its checks
        return existing, False
    manifest = read_manifest(files)
    try:
        with transaction.atomic():
            # Locking the agent numbers versions without gaps and without two uploads taking the same number.
            Agent.objects.select_for_update().get(pk=agent.pk)
            last = agent.versions.aggregate(last=Max("number"))["last"] or 0
            version = Version.objects.create(
                agent=agent,
                number=last + 1,
                checksum=checksum,
                files=dict(files),
                manifest=manifest,
                message=message[:500],
                author=actor.label,
            )
            audit.record(actor, "version.upload", version, after={"checksum": checksum, "message": message})
    except IntegrityError:
        # The same content arrived twice at the same moment; the other one won.
        return agent.versions.get(checksum=checksum), False
    version_uploaded.send(sender=Version, version=version)
    check_version(version)
    return version, True


def check_version(version: Version) -> None:
    """Run the checks of a version that is `checking` and settle its state. Running it twice changes nothing."""
    results = checks.run_all(version)
    failed = any(result.status == Check.Status.FAILED for result in results)
    state = Version.State.REJECTED if failed else Version.State.READY
    with transaction.atomic():
        if Version.objects.filter(pk=version.pk, state=Version.State.CHECKING).update(state=state):
            Check.objects.bulk_create(results)
    version.refresh_from_db(fields=["state"])
