"""One text under inspection, in the forms that detectors look at. Each form is made once, when first asked for."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from . import leet
from .fold import Folded, fold


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a detector found something: code points of the text as sent, end exclusive (None: the text
    as a whole). `value` is the canonical form of what stands there, for numbering placeholders."""

    start: int | None
    end: int | None
    type: str | None = None
    score: float | None = None
    threshold: float | None = None
    value: str | None = None
    message: str | None = None


class View:
    """One form of the text: `text` to read, `data` (UTF-8) to search, `span` to go back to the text as sent."""

    def __init__(self, text: str, folded: Folded | None = None, of: "View | None" = None) -> None:
        """`folded` says where the text's places were in what it was made from: the view `of`, or the text as sent."""
        self.text = text
        self._folded = folded
        self._of = of

    @cached_property
    def data(self) -> bytes:
        # JSON can carry half a surrogate pair; "?" keeps every place where it was.
        return self.text.encode("utf-8", "replace")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the text as sent that `text[start:end]` stands for."""
        if self._folded is not None:
            start, end = self._folded.span(start, end)
        return (start, end) if self._of is None else self._of.span(start, end)

    def find(self, expression: "re.Pattern[bytes]", limit: int = 0) -> Iterator[tuple[int, int]]:
        """Spans, in code points of this view, of all matches of an expression over bytes.

        From the match number `limit` on (0: no limit), the rest of the text counts as one match.
        """
        data = self.data
        place = offset = 0
        ascii_only = len(data) == len(self.text)

        def characters(to: int) -> int:
            nonlocal place, offset
            place += len(data[offset:to].decode("utf-8", "replace"))
            offset = to
            return place

        to_place: Callable[[int], int] = int if ascii_only else characters
        for count, match in enumerate(expression.finditer(data), 1):
            start, end = match.span()
            if start == end:
                continue
            if count == limit:
                yield to_place(start), len(self.text)
                return
            yield to_place(start), to_place(end)


class Subject:
    """A text and its views."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def plain(self) -> View:
        """The text as it was sent."""
        return View(self.text)

    @cached_property
    def folded(self) -> View:
        """Case, width, accents, invisible characters and look-alike letters taken away."""
        folded = fold(self.text)
        return View(folded.text, folded if folded.pieces else None)

    @cached_property
    def undisguised(self) -> list[View]:
        """Folded, and further views in which words of digits (`1gn0re`) and words written letter by letter are
        written out; only those that differ."""
        folded = self.folded
        views = [folded]
        closed = leet.close_up(folded.text)
        if closed is not None:
            views.append(View(closed.text, closed, folded))
        spelled = leet.spell_out(folded.text)
        if spelled != folded.text:
            views.append(View(spelled, None, folded))
        return views
