"""`type: pii`: personal data that has a form which can be checked. Names of people and places have none, and are
not promised. One module an entity; each pairs an expression with a validator that reads what stands around it."""

from collections.abc import Iterable, Sequence

from ...subject import Finding, Subject
from ..expressions import compile_expression
from . import bank, card, email, national, network, phone
from .entity import Entity

# In this order: where two entities claim the same characters, the one that was checked harder keeps them.
ENTITIES: dict[str, Entity] = {
    "email": email.EMAIL,
    "iban": bank.IBAN,
    "cn_id": national.CN_ID,
    "card": card.CARD,
    "us_ssn": national.US_SSN,
    "ip": network.IP,
    "phone": phone.PHONE,
}
_EXPRESSIONS = {name: compile_expression(entity.expression) for name, entity in ENTITIES.items()}


class PiiDetector:
    def __init__(self, entities: Sequence[str]) -> None:
        self._entities = [(name, ENTITIES[name], _EXPRESSIONS[name]) for name in ENTITIES if name in set(entities)]

    def find(self, subject: Subject) -> Iterable[Finding]:
        view = subject.folded
        findings: list[Finding] = []
        for name, entity, expression in self._entities:
            if not entity.possible(view.text):
                continue
            claimed = len(findings)
            for start, end in view.find(expression):
                for match in entity.validate(view.text, start, end):
                    first, last = view.span(match.start, match.end)
                    if not _overlaps(findings, claimed, first, last):
                        findings.append(Finding(first, last, name, entity.score, value=match.value))
            findings.sort(key=_start)
        return findings


def _start(finding: Finding) -> int:
    assert finding.start is not None
    return finding.start


def _overlaps(findings: list[Finding], claimed: int, start: int, end: int) -> bool:
    """Whether a span overlaps one of the first `claimed` findings, which are in order and apart."""
    low, high = 0, claimed
    while low < high:
        middle = (low + high) // 2
        if (findings[middle].end or 0) <= start:
            low = middle + 1
        else:
            high = middle
    return low < claimed and _start(findings[low]) < end
