"""`type: injection`: attempts to take over the instructions of whatever reads the text.

Phrases known from attacks, in families, are looked for in the folded text, so that disguised letters do not hide
them. A phrase is only evidence: what stands around it can make an honest reading likelier (context.py), and two weak
phrases of different families close together add up. Where the score reaches the threshold of the rule, it is found.
"""

from collections.abc import Iterable

from ...subject import Finding, Subject, View
from ..expressions import compile_expression
from . import chinese, english, others
from .context import soften
from .phrase import Phrase, spaced

DEFAULT_THRESHOLD = 0.7
_NEAR = 200  # characters within which weak phrases add up
_SHORTEST = 5

PHRASES: tuple[Phrase, ...] = (*english.PHRASES, *chinese.PHRASES, *others.PHRASES)
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(phrase.family for phrase in PHRASES))

# One expression that says "none of them", which is the answer for nearly every text.
_ANY = compile_expression("|".join(f"(?:{p.source if p.raw else spaced(p.source)})" for p in PHRASES))


class InjectionDetector:
    def __init__(self, *, threshold: float = DEFAULT_THRESHOLD) -> None:
        self._threshold = threshold

    def find(self, subject: Subject) -> Iterable[Finding]:
        if len(subject.text) < _SHORTEST:
            return []
        evidence = [item for view in subject.undisguised for item in _evidence(view)]
        return self._decide(evidence)

    def _decide(self, evidence: list[Finding]) -> list[Finding]:
        evidence.sort(key=_place)
        found: list[Finding] = []
        for index, item in enumerate(evidence):
            score = _with_neighbours(evidence, index)
            if score < self._threshold:
                continue
            start, end = _place(item)
            if found and start < _place(found[-1])[1]:  # one attack, said once: keep the whole span, the best score
                last = found.pop()
                best = last if (last.score or 0) >= score else item
                start, end, score = _place(last)[0], max(end, _place(last)[1]), max(score, last.score or 0)
                item = best
            found.append(Finding(start, end, item.type, round(score, 3), self._threshold))
        return found


def _place(finding: Finding) -> tuple[int, int]:
    assert finding.start is not None and finding.end is not None
    return finding.start, finding.end


def _evidence(view: View) -> list[Finding]:
    if _ANY.search(view.data) is None:
        return []
    evidence = []
    for phrase in PHRASES:
        for start, end in view.find(phrase.expression):
            score = phrase.score - soften(view.text, start, end, phrase.softened_by)
            if score > 0.05:
                first, last = view.span(start, end)
                evidence.append(Finding(first, last, phrase.family, score))
    return evidence


def _with_neighbours(evidence: list[Finding], index: int) -> float:
    """The chance that at least one of a phrase and its neighbours of other families is meant as an attack, each
    family counted once, at its best."""
    item = evidence[index]
    start, end = _place(item)
    best = {item.type: item.score or 0.0}
    for step in (-1, 1):
        other = index + step
        while 0 <= other < len(evidence):
            first, last = _place(evidence[other])
            if first > end + _NEAR or last < start - _NEAR:
                break
            family, score = evidence[other].type, evidence[other].score or 0.0
            if family != item.type:
                best[family] = max(best.get(family, 0.0), score)
            other += step
    innocent = 1.0
    for score in best.values():
        innocent *= 1 - score
    return 1 - innocent
