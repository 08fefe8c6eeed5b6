"""What may stop a request on its way in: rates, a full queue, the input guardrails."""

from __future__ import annotations

import time

import redis
from django.conf import settings

from accounts.actor import Actor
from guardrails import service as guardrails

from . import caps
from .bus import bucket, notices
from .draft import Draft
from .errors import BrokerUnavailable, QueueFull, RateLimited
from .pins import PinnedSettings, PinnedVersion

_depth: tuple[float, int | None] = (0.0, 0)
_waiting: dict[int, tuple[float, int]] = {}  # agent with a cap → when it was read, how many wait
DEPTH_SECONDS = 0.25  # how old a reading of the queue's length may be


def key_rate(actor: Actor) -> None:
    """Raise `RateLimited` when the caller's key has a rate and used it up."""
    key = actor.key
    if key is not None and key.rate_per_second:
        wait = _take(f"key:{key.pk}", key.rate_per_second, key.burst)
        if wait:
            raise RateLimited(
                f"The key “{key.name}” may send {key.rate_per_second:g} requests a second.", wait, of="key"
            )


def agent_rate(version: PinnedVersion, agent: PinnedSettings) -> None:
    """Raise `RateLimited` when the agent has a rate and it is used up."""
    if agent.rate_per_second:
        wait = _take(f"agent:{version.agent_id}", agent.rate_per_second, agent.burst)
        if wait:
            raise RateLimited(f"{version.agent} takes {agent.rate_per_second:g} requests a second.", wait, of="agent")


def _take(owner: str, rate: float, burst: int | None) -> float:
    """Seconds to wait. A rate that cannot be counted is not a rate that is kept: `BrokerUnavailable`."""
    try:
        return bucket.take(owner, rate, burst)
    except redis.RedisError as error:
        raise BrokerUnavailable("Rates cannot be counted while Redis does not answer. Try again.") from error


def queue_room(version: PinnedVersion, agent: PinnedSettings) -> None:
    """Raise `QueueFull` when more requests wait than the installation allows. Reads the broker four times a second.

    What waits for an agent's cap waits in no queue but its own, of the same length, read as often.
    """
    global _depth
    now = time.monotonic()
    if agent.max_concurrent is not None:
        read, waiting = _waiting.get(version.agent_id, (0.0, 0))
        if now - read > DEPTH_SECONDS:
            waiting = caps.waiting(version.agent_id)
            _waiting[version.agent_id] = (now, waiting)
        if waiting >= settings.NEUROFLOW["QUEUE_LIMIT"]:
            raise QueueFull(
                f"{waiting} requests wait for {version.agent} already, which runs {agent.max_concurrent} at once (the "
                f"limit is {settings.NEUROFLOW['QUEUE_LIMIT']}). Try again shortly.",
                depth=waiting,
                limit=settings.NEUROFLOW["QUEUE_LIMIT"],
            )
    if now - _depth[0] > DEPTH_SECONDS:
        _depth = (now, notices.queue_depth())
    depth, limit = _depth[1], settings.NEUROFLOW["QUEUE_LIMIT"]
    if depth is not None and depth >= limit:
        raise QueueFull(
            f"{depth} requests are waiting already (the limit is {limit}). Try again shortly, or start more workers.",
            depth=depth,
            limit=limit,
        )


def inspect_input(draft: Draft, agent: str | None) -> None:
    """Run the input guardrails over text and payload; redacts the draft, or refuses it."""
    with draft.trace.span("guardrails: input", "guardrail", draft.span_id, direction="input") as span:
        found = guardrails.inspect(
            draft.snapshot.policy_version_id,
            "input",
            text=draft.text,
            value=draft.payload,
            agent=agent,
            placeholders=draft.placeholders,
        )
        draft.text, draft.payload, draft.placeholders = found.text, found.value, found.placeholders
        # A second inspection, for the agent that was found, repeats what the first one said of what still stands.
        verdicts = [v for verdict in found.verdicts if (v := {**verdict, "direction": "input"}) not in draft.verdicts]
        draft.verdicts += verdicts
        span.attributes.update(action=found.action, verdicts=len(verdicts))
    for verdict in verdicts:
        draft.trace.event("verdict", verdict, span.span_id)
    if found.action == "block":
        draft.refuse("blocked_by_guardrail", found.message, rule=found.rule, direction="input")


def inspect_for_agent(draft: Draft) -> None:
    """The agent was found by meaning: rules for it in particular have not seen the text yet."""
    if draft.version is not None and guardrails.names_agent(draft.snapshot.policy_version_id, draft.version.agent):
        inspect_input(draft, draft.version.agent)
