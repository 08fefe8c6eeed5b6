"""The pin: what one deployment decides about how a request is served, read once and kept for ever.

Deployments, versions and settings revisions are immutable, so a process caches them by id and a swap needs no
invalidation: the next request simply reads another id.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sandbox
from agents import source as agents_source
from agents.models import Agent, AgentSettings, Deployment, Version
from sandbox import schemas

from .errors import BadPayload

CACHED = 512
_MOST_PROBLEMS = 10


@dataclass(frozen=True)
class PinnedVersion:
    """A version as admission and workers need it. Its source only in workers (see `source`)."""

    id: int
    number: int
    agent_id: int
    agent: str
    manifest: dict[str, Any]
    checksum: str

    def skill(self, name: str) -> dict[str, Any] | None:
        return next((skill for skill in self.manifest["skills"] if skill["name"] == name), None)

    @property
    def skill_names(self) -> list[str]:
        return [skill["name"] for skill in self.manifest["skills"]]


@dataclass(frozen=True)
class PinnedSettings:
    id: int
    limits: sandbox.Limits
    config: dict[str, Any]
    isolation: str
    lifetime: str
    max_concurrent: int | None
    rate_per_second: float | None
    burst: int | None


@dataclass(frozen=True)
class PinnedDeployment:
    """Which version a request gets is decided here, by session where there is one, so that no conversation is split."""

    id: int
    version: PinnedVersion
    canary: PinnedVersion | None
    canary_percent: int
    settings: PinnedSettings

    def choose(self, session: str, invocation_id: str) -> tuple[PinnedVersion, bool]:
        """The version for this request and whether it is the canary."""
        if self.canary is None:
            return self.version, False
        digest = hashlib.blake2b(f"{self.id}:{session or invocation_id}".encode(), digest_size=4).digest()
        if int.from_bytes(digest) % 100 < self.canary_percent:
            return self.canary, True
        return self.version, False


@lru_cache(maxsize=CACHED)
def slug(agent_id: int) -> str:
    """An agent's slug, which never changes."""
    return Agent.objects.values_list("slug", flat=True).get(pk=agent_id)


@lru_cache(maxsize=CACHED)
def version(version_id: int) -> PinnedVersion:
    row = Version.objects.select_related("agent").defer("files").get(pk=version_id)
    return PinnedVersion(row.pk, row.number, row.agent_id, row.agent.slug, row.manifest, row.checksum)


@lru_cache(maxsize=CACHED)
def settings(settings_id: int) -> PinnedSettings:
    row = AgentSettings.objects.get(pk=settings_id)
    return PinnedSettings(
        id=row.pk,
        limits=sandbox.Limits.from_dict(row.limits),
        config=row.config,
        isolation=row.isolation,
        lifetime=row.lifetime,
        max_concurrent=row.max_concurrent,
        rate_per_second=row.rate_per_second,
        burst=row.burst,
    )


@lru_cache(maxsize=CACHED)
def deployment(deployment_id: int) -> PinnedDeployment:
    row = Deployment.objects.values("pk", "version_id", "canary_version_id", "canary_percent", "settings_id").get(
        pk=deployment_id
    )
    canary_id = row["canary_version_id"]
    return PinnedDeployment(
        row["pk"],
        version(row["version_id"]),
        version(canary_id) if canary_id else None,
        row["canary_percent"] or 0,
        settings(row["settings_id"]),
    )


@lru_cache(maxsize=64)
def source(version_id: int) -> sandbox.Source:
    """What a version runs, for the worker that runs it."""
    return agents_source.of(Version.objects.only("files", "checksum", "packages").get(pk=version_id))


@lru_cache(maxsize=CACHED)
def _schema(version_id: int, skill: str) -> schemas.Schema | None:
    found = version(version_id).skill(skill)
    schema = found.get("input_schema") if found else None
    return schemas.Schema(schema) if schema else None


def check_payload(pinned: PinnedVersion, skill: str, payload: Any) -> None:
    """Raise `BadPayload` with the path when the payload does not fit the skill's schema."""
    schema = _schema(pinned.id, skill)
    if schema is None:
        return
    try:
        found = schema.errors({} if payload is None else payload)
    except schemas.Unusable as error:
        found = [schemas.Error([], str(error))]
    if found:
        problems = [{"path": _path(error.path), "message": error.message} for error in found[:_MOST_PROBLEMS]]
        said = "; ".join(f"{problem['path']}: {problem['message']}" for problem in problems)
        raise BadPayload(
            f"{said}. The schema of {pinned.agent}.{skill} is in its manifest.",
            path=problems[0]["path"],
            problems=problems,
            skill=skill,
            agent=pinned.agent,
        )


def _path(parts: list[str | int]) -> str:
    return "payload" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def clear() -> None:
    """Forget everything cached; for tests, whose rolled-back rows give ids out again."""
    for cached in (slug, version, settings, deployment, source, _schema):
        cached.cache_clear()
