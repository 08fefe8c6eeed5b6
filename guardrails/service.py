"""Inspection for the floors above: by the id of a policy version, which a process compiles once and keeps."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from .engine import Placeholders, Policy, Verdict, compile_policy
from .engine.verdict import Direction, strongest
from .models import PolicyVersion

COMPILED = 64


@dataclass(frozen=True)
class Inspected:
    """What a policy said of a request's or an answer's words: text and JSON value as they pass on."""

    action: str
    text: str | None
    value: Any
    verdicts: Sequence[dict[str, Any]]
    message: str
    rule: str | None
    placeholders: dict[str, dict[str, int]]


@lru_cache(maxsize=COMPILED)
def compiled(version_id: int) -> Policy:
    """The compiled policy of an immutable version; one query the first time."""
    return compile_policy(PolicyVersion.objects.values_list("text", flat=True).get(pk=version_id))


@lru_cache(maxsize=1)
def _key() -> bytes:
    """Keys the digests by which placeholders recognise a value again: the installation's secret, for this use alone."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"guardrail placeholders", hashlib.sha256)


def inspect(
    version_id: int | None,
    direction: Direction,
    *,
    text: str | None = None,
    value: Any = None,
    agent: str | None = None,
    placeholders: dict[str, dict[str, int]] | None = None,
) -> Inspected:
    """Inspect a text and a JSON value as one. Without a policy (`version_id` None) everything passes.

    `placeholders` is what an earlier inspection of the same invocation returned, so that `[EMAIL_1]` stays the same.
    """
    if version_id is None:
        return Inspected("allow", text, value, (), "", None, placeholders or {})
    policy = compiled(version_id)
    numbers = Placeholders(_key(), placeholders)
    found: list[Verdict] = []
    if text:
        inspection = policy.inspect(text, direction, agent, numbers)
        text = inspection.text
        found += inspection.verdicts
    if value is not None:
        _action, value, verdicts = policy.inspect_value(value, direction, agent, numbers)
        found += verdicts
    action = strongest(found)
    blocking = next((verdict for verdict in found if verdict.action == "block"), None)
    message = ""
    if blocking is not None:
        message = blocking.message or f"The text was refused by the guardrail rule “{blocking.rule}”."
    return Inspected(
        action, text, value, [v.to_dict() for v in found], message, blocking.rule if blocking else None, numbers.state()
    )


def names_agent(version_id: int | None, agent: str) -> bool:
    """Whether the policy has a rule for this agent: then a text that was routed to it is inspected once more."""
    return version_id is not None and compiled(version_id).names_agent(agent)


def clear() -> None:
    """Forget every compiled policy; for tests, whose rolled-back rows give ids out again."""
    compiled.cache_clear()
