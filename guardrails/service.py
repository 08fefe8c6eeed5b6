"""Inspection for the floors above: by the id of an immutable policy version, compiled once a process."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.conf import settings

from .engine import (
    Action,
    Direction,
    Placeholders,
    Policy,
    Verdict,
    blocked_by,
    compile_policy,
    strongest,
)
from .models import PolicyVersion

CACHED = 64


@dataclass(frozen=True)
class Found:
    """What a policy said of a text and a JSON value together.

    `action` is the strongest of both. `text` and `value` are as they pass on. `verdicts` are plain dicts of the HTTP
    contract; those about strings inside the value carry `path`, a JSON Pointer into it. `rule` and `message` are
    those of the first rule that blocked (None and "" when none did). `placeholders` lets a later inspection of the
    same invocation go on numbering; it is plain JSON without the values.
    """

    action: Action
    text: str | None
    value: Any
    verdicts: list[dict[str, Any]]
    rule: str | None
    message: str
    placeholders: dict[str, Any]


@lru_cache(maxsize=CACHED)
def compiled(version_id: int) -> Policy:
    """The policy compiled from a stored version. Versions never change, so this is never invalidated."""
    return compile_policy(PolicyVersion.objects.values_list("text", flat=True).get(pk=version_id))


def inspect(
    policy_version_id: int | None,
    direction: Direction,
    *,
    text: str | None = None,
    value: Any = None,
    agent: str | None = None,
    placeholders: dict[str, Any] | None = None,
) -> Found:
    """Inspect a text, a JSON value, or both, by a stored version. Without a version (none is live) all passes.

    `agent` is the slug when it is known; when it becomes known later and `names_agent` says so, inspect what passed
    once more. `placeholders` is what an earlier inspection of the same invocation returned.
    """
    if policy_version_id is None:
        return Found("allow", text, value, [], None, "", placeholders or {})
    policy = compiled(policy_version_id)
    numbering = Placeholders(_key(), placeholders)
    verdicts: list[Verdict] = []
    if text is not None:
        inspection = policy.inspect(text, direction, agent, numbering)
        text = inspection.text
        verdicts += inspection.verdicts
    if value is not None:
        _, value, inside = policy.inspect_value(value, direction, agent, numbering)
        verdicts += (replace(verdict, path=verdict.path or "") for verdict in inside)
    rule, message = blocked_by(verdicts)
    told = [verdict.to_dict() for verdict in verdicts]
    return Found(strongest(verdicts), text, value, told, rule, message or "", numbering.state())


def names_agent(policy_version_id: int | None, agent: str) -> bool:
    """Whether the policy has rules for this agent in particular, which an inspection without it passed over."""
    return policy_version_id is not None and compiled(policy_version_id).names_agent(agent)


def clear() -> None:
    """Forget what is cached; for tests, whose rolled-back rows give ids out again."""
    compiled.cache_clear()


@lru_cache(maxsize=1)
def _key() -> bytes:
    """Keys the digests that stand for redacted values: the installation's secret, for this use alone."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"guardrail placeholders", hashlib.sha256)
