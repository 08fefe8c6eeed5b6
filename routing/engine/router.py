"""From a text to a decision that can be explained."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .encoder import Encoder, ModelError
from .index import Index, SkillEntry, needed_texts
from .lexical import trust
from .scoring import EXPLAINED, Score, score
from .text import prepare, read

THRESHOLD = 0.42
MARGIN = 0.02
SHOWN = EXPLAINED
CLIP = 200
STEEPNESS = 14.0
"""How fast confidence grows with the score around the threshold."""
TEMPERATURE = 0.03
"""Two candidates whose scores differ by this much share the confidence about 3 to 1."""

STRATEGY = "nearest+centroid"
STRATEGY_PASSAGE = "passage"
STRATEGY_ONLY_SKILL = "only_skill"
STRATEGY_NONE = "none"


@dataclass(frozen=True)
class Candidate:
    """One skill that was considered. `nearest`: its examples nearest to the text, `{"text", "score"}`."""

    agent: str
    skill: str
    score: float
    confidence: float
    nearest: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        return {
            "agent": self.agent,
            "skill": self.skill,
            "score": self.score,
            "confidence": self.confidence,
            "nearest": self.nearest,
        }


@dataclass(frozen=True)
class Decision:
    """Where a text goes, and why.

    `chosen` is where it goes, the default agent included; then `fallback` is "default_agent". It is None,
    and `fallback` "no_route", when it goes nowhere. `margin` is the lead of the first candidate over the
    second. `timing` holds milliseconds: encode_ms, search_ms, total_ms.
    """

    chosen: dict[str, str] | None
    fallback: str | None
    reason: str
    strategy: str
    threshold: float
    margin: float
    candidates: tuple[Candidate, ...]
    timing: dict[str, float] = field(default_factory=dict, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The body of `POST /api/v1/route/`."""
        return {
            "chosen": self.chosen,
            "fallback": self.fallback,
            "reason": self.reason,
            "strategy": self.strategy,
            "threshold": self.threshold,
            "margin": self.margin,
            "candidates": [candidate.to_dict() for candidate in self.candidates],
        }


class Router:
    """The skills of one workspace at one moment. Immutable; threads may use it together.

    Without an encoder (`Router.build(None, entries)`) it still decides what needs no comparison: a request
    that names an agent with a single skill. Anything else raises ModelError.
    """

    def __init__(self, encoder: Encoder | None, index: Index | None, entries: Iterable[SkillEntry]) -> None:
        self.encoder = encoder
        self.index = index
        self.entries = index.entries if index else tuple(sorted(entries, key=lambda e: (e.agent, e.skill)))
        self._all = frozenset(range(len(self.entries)))
        self._by_text = frozenset(n for n in self._all if not self.entries[n].needs_payload)
        of_agent: dict[str, set[int]] = {}
        for number, entry in enumerate(self.entries):
            of_agent.setdefault(entry.agent, set()).add(number)
        self._of_agent = {agent: frozenset(numbers) for agent, numbers in of_agent.items()}

    @classmethod
    def build(
        cls,
        encoder: Encoder | None,
        entries: Iterable[SkillEntry],
        vectors: Mapping[str, np.ndarray] | None = None,
    ) -> Router:
        """Build from skills; `vectors` of `needed_texts(entries)` that are at hand are not encoded again."""
        entries = tuple(entries)
        if encoder is None:
            return cls(None, None, entries)
        known = dict(vectors or {})
        missing = [text for text in needed_texts(entries) if text not in known]
        known.update(zip(missing, encoder.encode_many(missing), strict=True))
        return cls(encoder, Index(entries, known), entries)

    def decide(
        self,
        text: str,
        *,
        agent: str | None = None,
        threshold: float = THRESHOLD,
        margin: float = MARGIN,
        default_agent: str | None = None,
        has_payload: bool = False,
    ) -> Decision:
        """Decide which skill serves a text.

        agent: route among this agent's skills only; it was named, so the threshold does not refuse it.
        threshold: the score (0 to 1) below which a text goes to `default_agent`, or nowhere without one.
        margin: a lead over the second candidate below this is called ambiguous in the reason.
        has_payload: the request brings a payload too, so skills that need one are candidates.

        Raises ModelError when the text must be compared and there is no encoder.
        """
        started = time.perf_counter()
        usable = self._all if has_payload else self._by_text
        if agent is not None:
            usable = usable & self._of_agent.get(agent, frozenset())
        rules = _Rules(threshold, margin, agent, default_agent)
        settled = self._without_comparison(text, usable, rules)
        if settled:
            return settled
        if self.index is None or self.encoder is None:
            raise ModelError(
                "The embedding model is not loaded, so a text cannot be routed. Name an agent and a skill."
            )
        reading = read(text)
        vectors = self.encoder.encode_many(reading.texts)
        trusted = 1.0 if reading.whole.isascii() else trust(self.encoder.known(reading.whole))
        encoded = time.perf_counter()
        scores = score(self.index, reading, vectors, usable, trusted)
        strategy = STRATEGY_PASSAGE if scores.passage > 0.5 else STRATEGY
        candidates = self._candidates(scores.ranked, rules)
        decision = self._choose(candidates, strategy, rules)
        done = time.perf_counter()
        decision.timing.update(
            encode_ms=round((encoded - started) * 1e3, 3),
            search_ms=round((done - encoded) * 1e3, 3),
            total_ms=round((done - started) * 1e3, 3),
        )
        return decision

    def _without_comparison(self, text: str, usable: frozenset[int], rules: _Rules) -> Decision | None:
        if rules.agent is not None and len(usable) == 1:
            entry = self.entries[next(iter(usable))]
            reason = f"The request names {entry.agent}, and {entry.skill} is the only skill it can mean."
            chosen = Candidate(entry.agent, entry.skill, 1.0, 1.0, [])
            return Decision(_target(chosen), None, reason, STRATEGY_ONLY_SKILL, rules.threshold, 1.0, (chosen,))
        if rules.agent is not None and not usable:
            named = [entry for entry in self.entries if entry.agent == rules.agent]
            needing = ", ".join(entry.skill for entry in named)
            reason = (
                f"Every skill of {rules.agent} needs a payload with required fields ({needing}); "
                "send a payload, or name the skill."
                if named
                else f"{rules.agent} has no live version with skills; publish one."
            )
            return Decision(None, "no_route", reason, STRATEGY_NONE, rules.threshold, 0.0, ())
        if not usable:
            reason = (
                "No agent can serve a text: every skill needs a payload with required fields."
                if self.entries
                else "No agent is live; publish a version of one."
            )
            return Decision(None, "no_route", reason, STRATEGY_NONE, rules.threshold, 0.0, ())
        if not prepare(text):
            return self._fall_back("The text is empty.", (), 0.0, STRATEGY_NONE, rules)
        return None

    def _candidates(self, ranked: tuple[Score, ...], rules: _Rules) -> tuple[Candidate, ...]:
        """The best, and the best of the default agent, should that be none of them."""
        values = np.array([one.value for one in ranked])
        sure = 1 / (1 + np.exp(-STEEPNESS * (values - rules.threshold)))
        shares = np.exp((values - values.max(initial=0.0)) / TEMPERATURE)
        confidence = sure * shares / max(float(shares.sum()), 1e-12)
        default = self._of_agent.get(rules.default_agent or "", frozenset())
        wanted = list(range(min(SHOWN, len(ranked))))
        wanted += [n for n, one in enumerate(ranked) if n >= SHOWN and one.number in default][:1]
        return tuple(
            Candidate(
                self.entries[ranked[n].number].agent,
                self.entries[ranked[n].number].skill,
                round(ranked[n].value, 4),
                round(float(confidence[n]), 4),
                [{"text": _clip(text), "score": round(value, 4)} for text, value in ranked[n].nearest],
            )
            for n in wanted
        )

    def _choose(self, candidates: tuple[Candidate, ...], strategy: str, rules: _Rules) -> Decision:
        first = candidates[0]
        lead = round(first.score - (candidates[1].score if len(candidates) > 1 else 0.0), 4)
        shown = candidates[:SHOWN]
        why = _name(first)
        if rules.agent is None and first.score < rules.threshold:
            reason = (
                f"The best candidate, {why}, scores {first.score:.2f}, below the threshold of {rules.threshold:.2f}."
            )
            return self._fall_back(reason, candidates, lead, strategy, rules)
        reason = f"{why} scores {first.score:.2f}, at or above the threshold of {rules.threshold:.2f}"
        if rules.agent is not None:
            reason = f"The request names {rules.agent}; of its skills {first.skill} scores best with {first.score:.2f}"
        if strategy == STRATEGY_PASSAGE:
            reason += "; the text asks for nothing and is like the passages it takes"
        if len(candidates) > 1 and lead < rules.margin:
            rivals = [c for c in shown[1:] if first.score - c.score < rules.margin]
            also = ", ".join(_name(c) for c in rivals)
            how = "the first by name was taken" if lead == 0 else "the higher score was taken"
            reason += f"; ambiguous, for {also} scores within {rules.margin:.2f} of it, and {how}"
        return Decision(_target(first), None, f"{reason}.", strategy, rules.threshold, lead, shown)

    def _fall_back(
        self, reason: str, candidates: tuple[Candidate, ...], lead: float, strategy: str, rules: _Rules
    ) -> Decision:
        chosen = None
        if rules.agent is None and rules.default_agent is None:
            reason += " There is no default agent."
        elif rules.agent is None:
            chosen = self._default(candidates, rules.default_agent)
            reason += (
                f" It goes to the default agent, {_name(chosen)}."
                if chosen
                else f" The default agent, {rules.default_agent}, has no live skill that takes a text."
            )
        return Decision(
            _target(chosen) if chosen else None,
            "default_agent" if chosen else "no_route",
            reason,
            strategy,
            rules.threshold,
            lead,
            candidates[:SHOWN],
        )

    def _default(self, candidates: tuple[Candidate, ...], slug: str | None) -> Candidate | None:
        """The default agent's best skill for the text; its first by name when none was scored."""
        scored = [candidate for candidate in candidates if candidate.agent == slug]
        unscored = [e for e in self.entries if e.agent == slug and not e.needs_payload]
        if scored:
            return scored[0]
        return Candidate(unscored[0].agent, unscored[0].skill, 0.0, 0.0, []) if unscored else None


@dataclass(frozen=True)
class _Rules:
    threshold: float
    margin: float
    agent: str | None
    default_agent: str | None


def _target(candidate: Candidate) -> dict[str, str]:
    return {"agent": candidate.agent, "skill": candidate.skill}


def _name(candidate: Candidate) -> str:
    return f"{candidate.agent}/{candidate.skill}"


def _clip(text: str) -> str:
    return text if len(text) <= CLIP else f"{text[: CLIP - 1]}…"
