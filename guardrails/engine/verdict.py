"""What a policy says of one text: verdicts, and the inspection they add up to."""

from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["allow", "flag", "redact", "block"]
Direction = Literal["input", "output"]

# Weakest first: an inspection's action is the strongest of its verdicts' actions.
STRENGTH: dict[Action, int] = {"allow": 0, "flag": 1, "redact": 2, "block": 3}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing one rule found.

    `start` and `end` are code points of the text as it was sent, `end` exclusive; both are None when the
    verdict is about the whole text. `path` is a JSON Pointer when the text was a string inside a JSON value.
    """

    rule: str
    layer: str
    action: Action
    start: int | None = None
    end: int | None = None
    type: str | None = None
    score: float | None = None
    threshold: float | None = None
    message: str | None = None
    path: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The verdict as the HTTP contract spells it; `path` is present only where it says something."""
        body: dict[str, Any] = {
            "rule": self.rule,
            "layer": self.layer,
            "action": self.action,
            "start": self.start,
            "end": self.end,
            "type": self.type,
            "score": self.score,
            "threshold": self.threshold,
            "message": self.message,
        }
        if self.path is not None:
            body["path"] = self.path
        return body


@dataclass(frozen=True, slots=True)
class Inspection:
    """The outcome for one text.

    `action` is the strongest action of all verdicts. `text` is the text with every redaction applied: what passes
    on, or, when the action is `block` and nothing passes on, what may be stored. `rule` and `message` are those of
    the first blocking rule of the document.
    """

    action: Action
    text: str
    verdicts: tuple[Verdict, ...] = ()
    message: str | None = None
    rule: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The body of `POST /api/v1/guardrails/check/`."""
        return {
            "action": self.action,
            "text": self.text,
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "message": self.message,
            "rule": self.rule,
        }


def strongest(verdicts: tuple[Verdict, ...] | list[Verdict]) -> Action:
    """The strongest action among verdicts; `allow` when there are none."""
    return max((v.action for v in verdicts), key=STRENGTH.__getitem__, default="allow")


def blocked_by(verdicts: tuple[Verdict, ...] | list[Verdict]) -> tuple[str | None, str | None]:
    """The rule that blocks and what the caller is told, or (None, None). The first blocking verdict decides."""
    for verdict in verdicts:
        if verdict.action == "block":
            message = verdict.message or f"The text was refused by the guardrail rule “{verdict.rule}”."
            return verdict.rule, message
    return None, None
