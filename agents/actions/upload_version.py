"""Store an upload as an immutable version, and run its checks."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Max

import sandbox
from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from agents import checks, requirements
from agents.errors import Archived
from agents.models import Agent, Check, Version, Wheel
from agents.signals import version_uploaded
from agents.source import read_manifest, refused


def upload_version(actor: Actor, agent: Agent, files: Mapping[str, str], message: str = "") -> tuple[Version, bool]:
    """Return the version and whether it is new; the same content again is the same version.

    The code runs in the sandbox before any row is written: source that does not parse, yields no manifest, or names
    packages that cannot be had, raises `BadSource` and leaves nothing behind. A new version comes back with its checks
    done (`ready` or `rejected`). Packages that were not here before may take a minute to come.
    """
    actor.require(Scope.AUTHOR)
    if agent.archived_at is not None:
        raise Archived(f"{agent.slug} is archived; upload to another agent.")
    assert agent.current_settings is not None, "every agent is created with its first settings revision"
    isolation = agent.current_settings.isolation
    checksum = requirements.checksum(files, isolation)
    existing = agent.versions.filter(checksum=checksum).first()
    if existing is not None:
        if existing.state == Version.State.CHECKING:
            check_version(existing)  # who uploaded it first may have died over its checks
        return existing, False
    with refused():
        sandbox.check_source(files)
        lock, wheels = requirements.resolve(files, isolation)
    manifest = read_manifest(sandbox.Source(dict(files), wheels), isolation)
    try:
        with transaction.atomic():
            # Locking the agent numbers versions without gaps and without two uploads taking the same number.
            Agent.objects.select_for_update().get(pk=agent.pk)
            _keep(wheels)
            last = agent.versions.aggregate(last=Max("number"))["last"] or 0
            version = Version.objects.create(
                agent=agent,
                number=last + 1,
                checksum=checksum,
                files=dict(files),
                manifest=manifest,
                packages=lock,
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


def _keep(wheels: tuple[sandbox.Wheel, ...]) -> None:
    """Two uploads may bring the same wheel at the same moment: it is stored once."""
    rows = [Wheel(sha256=wheel.sha256, filename=wheel.filename, content=wheel.content) for wheel in wheels]
    Wheel.objects.bulk_create(rows, ignore_conflicts=True)


def check_version(version: Version) -> None:
    """Run the checks of a version that is `checking` and settle its state. Running it twice changes nothing."""
    results = checks.run_all(version)
    failed = any(result.status == Check.Status.FAILED for result in results)
    state = Version.State.REJECTED if failed else Version.State.READY
    with transaction.atomic():
        if Version.objects.filter(pk=version.pk, state=Version.State.CHECKING).update(state=state):
            Check.objects.bulk_create(results)
    version.refresh_from_db(fields=["state"])
