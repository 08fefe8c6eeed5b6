"""Put something else in the place of what was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from .placeholders import Placeholders
from .rules import Rule
from .subject import Finding


@dataclass(frozen=True, slots=True)
class Redaction:
    """A span of the text as sent, and what names it: a placeholder of a type and value, or a fixed text."""

    start: int
    end: int
    order: int
    type: str | None
    value: str | None
    replacement: str

    @classmethod
    def of(cls, rule: Rule, order: int, finding: Finding) -> "Redaction":
        assert finding.start is not None and finding.end is not None, "only what has a place can be redacted"
        return cls(finding.start, finding.end, order, finding.type, finding.value, rule.replacement)


def apply_redactions(text: str, redactions: Sequence[Redaction], placeholders: Placeholders) -> str:
    """The text with every redaction made. Overlapping ones become one, which covers them all and is named by the
    one that begins first, then the longest, then that of the earlier rule."""
    pieces: list[str] = []
    done = 0
    ordered = sorted(redactions, key=lambda r: (r.start, -r.end, r.order))
    index = 0
    while index < len(ordered):
        first = ordered[index]
        end = first.end
        index += 1
        while index < len(ordered) and ordered[index].start < end:
            end = max(end, ordered[index].end)
            index += 1
        if first.type is not None and first.value is not None:
            name = placeholders.name(first.type, first.value)
        else:
            name = first.replacement
        pieces += [text[done : first.start], name]
        done = end
    return "".join([*pieces, text[done:]])
