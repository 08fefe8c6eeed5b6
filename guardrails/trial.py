"""A text tried by a policy, ready to be shown: which characters each rule found, and what would pass on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from .engine import STRENGTH, Action, Direction, Inspection, Policy, Verdict

SHOWN = 20_000  # characters; a page with more of them helps nobody


@dataclass(frozen=True)
class Piece:
    """A run of characters that the same verdicts are about (none: it is clean). `action` is the strongest."""

    text: str
    verdicts: tuple[Verdict, ...]
    action: Action | None

    @property
    def rules(self) -> str:
        return ", ".join(dict.fromkeys(f"{v.rule} ({v.type})" if v.type else v.rule for v in self.verdicts))


@dataclass(frozen=True)
class Trial:
    text: str
    inspection: Inspection
    pieces: list[Piece]
    cut: bool


def try_text(policy: Policy, text: str, direction: Direction, agent: str | None) -> Trial:
    """Inspect a text and cut it where verdicts begin and end."""
    inspection = policy.inspect(text, direction, agent)
    return Trial(text, inspection, cut(text[:SHOWN], inspection.verdicts), len(text) > SHOWN)


def cut(text: str, verdicts: Sequence[Verdict]) -> list[Piece]:
    """The text in pieces, in order; verdicts about the whole text mark nothing."""
    placed = [(v.start, min(v.end, len(text)), v) for v in verdicts if v.start is not None and v.end is not None]
    placed = [item for item in placed if item[0] < item[1]]
    edges = sorted({0, len(text), *(start for start, _, _ in placed), *(end for _, end, _ in placed)})
    begins: dict[int, list[Verdict]] = {}
    ends: dict[int, list[Verdict]] = {}
    for start, end, verdict in placed:
        begins.setdefault(start, []).append(verdict)
        ends.setdefault(end, []).append(verdict)
    pieces: list[Piece] = []
    open_now: list[Verdict] = []
    for start, end in itertools.pairwise(edges):
        for verdict in ends.get(start, []):
            open_now.remove(verdict)
        open_now += begins.get(start, [])
        strongest = max((v.action for v in open_now), key=STRENGTH.__getitem__, default=None)
        pieces.append(Piece(text[start:end], tuple(open_now), strongest))
    return pieces
