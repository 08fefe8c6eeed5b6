"""`type: deny` and `type: allow`: lists of words and phrases, found in spite of case, width, accents, invisible
characters and look-alike letters."""

import re
from collections.abc import Iterable, Iterator, Sequence

import re2

from ..fold import fold
from ..subject import Finding, Subject
from .expressions import compile_expression

# Scripts written without spaces: a term may begin or end anywhere in them.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


class TermsDetector:
    """Finds whole words (`match="word"`) or any occurrence (`match="substring"`).

    The words of a phrase may be apart by any white space. With `case_sensitive` the text is searched as sent.
    """

    def __init__(self, terms: Sequence[str], *, match: str = "word", case_sensitive: bool = False) -> None:
        self._whole_words = match == "word"
        self._as_sent = case_sensitive
        wanted = {term if case_sensitive else fold(term).text for term in terms}
        words = {tuple(term.split()) for term in wanted if term.split()}
        # Longest first: of two terms that begin alike, the longer one is what stands there.
        ordered = sorted(words, key=lambda term: (-len(" ".join(term)), term))
        source = "|".join(self._expression(term) for term in ordered)
        self._expression_of_all = compile_expression(source) if source else None

    def _expression(self, term: tuple[str, ...]) -> str:
        source = r"\s+".join(re2.escape(word) for word in term)
        if self._whole_words:
            # RE2's \b knows ASCII letters only; other letters are looked at in _stands_alone.
            before = r"\b" if term[0][0].isascii() and _is_word(term[0][0]) else ""
            after = r"\b" if term[-1][-1].isascii() and _is_word(term[-1][-1]) else ""
            source = before + source + after
        return source

    def find(self, subject: Subject) -> Iterable[Finding]:
        for start, end in self.spans(subject):
            yield Finding(start, end)

    def spans(self, subject: Subject) -> Iterator[tuple[int, int]]:
        """Spans of the text as sent."""
        if self._expression_of_all is None:
            return
        view = subject.plain if self._as_sent else subject.folded
        for start, end in view.find(self._expression_of_all):
            if not self._whole_words or _stands_alone(view.text, start, end):
                yield view.span(start, end)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _joined(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word."""
    return _is_word(left) and _is_word(right) and not _UNSPACED.match(left) and not _UNSPACED.match(right)


def _stands_alone(text: str, start: int, end: int) -> bool:
    if start > 0 and _joined(text[start - 1], text[start]):
        return False
    return not (end < len(text) and _joined(text[end - 1], text[end]))
