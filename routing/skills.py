"""From manifests to what the engine compares."""

from __future__ import annotations

from typing import Any

from agents import selectors

from .engine import SkillEntry


def entries_of(agent: str, agent_id: int, manifest: dict[str, Any]) -> list[SkillEntry]:
    """The skills of one version. A skill without a description speaks by its agent's."""
    return [
        SkillEntry(
            agent=agent,
            skill=skill["name"],
            agent_id=agent_id,
            description=skill.get("description") or manifest.get("description") or "",
            examples=tuple(str(example) for example in skill.get("examples") or ()),
            needs_payload=bool((skill.get("input_schema") or {}).get("required")),
        )
        for skill in manifest.get("skills", [])
    ]


def live_entries(workspace_id: int) -> list[SkillEntry]:
    """The skills that a workspace's live versions offer. One query."""
    return [
        entry
        for agent in selectors.routable(workspace_id)
        if agent.live_deployment is not None
        for entry in entries_of(agent.slug, agent.pk, agent.live_deployment.version.manifest)
    ]
