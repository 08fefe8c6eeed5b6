"""Fold a text to the form in which disguises look alike, and map places in it back to the text as it was sent.

Folding takes away what a reader does not see or does not care about: letter case, width, accents, invisible
characters, ligatures, letters of other alphabets that look Latin, and typographic quotes and dashes. It is used for
looking only; the text that passes on is never folded.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

from .lookalikes import LOOKALIKES

# Characters that show nothing: soft hyphen, joiners, directional marks, fillers, variation selectors.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
# The tag block carries a copy of ASCII that no font draws: a way to hide words in plain sight.
_TAG_LETTER = re.compile("[\U000e0020-\U000e007e]")
_MEMO_LIMIT = 70_000


def fold_character(character: str) -> str:
    """What one character folds to: usually one character, sometimes none or several."""
    if _TAG_LETTER.match(character):
        return chr(ord(character) - 0xE0000).lower()
    if _INVISIBLE.match(character) or _ACCENT.match(character):
        return ""
    if _HANGUL.match(character):
        return character
    if character != "\n" and character.isspace():
        return " "
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", LOOKALIKES.get(character, character)))
    plain = unicodedata.normalize("NFC", plain).casefold()
    return "".join(LOOKALIKES.get(c, c) for c in plain)


class _Table(dict[int, str]):
    """The table for str.translate, filled as characters are met. It stops growing, never stops working."""

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
        if len(self) < _MEMO_LIMIT:
            self[code] = folded
        return folded


_TABLE = _Table({code: chr(code).lower() for code in range(128)})


@dataclass(slots=True)
class Folded:
    """A folded text. `pieces` lists, in order, (place here, place in the original, length in the original) of
    every piece that changed its length, and of the unchanged piece that follows it; empty when nothing moved."""

    text: str
    pieces: list[tuple[int, int, int | None]] = field(default_factory=list)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that `text[start:end]` was folded from (code points, end exclusive)."""
        if not self.pieces:
            return start, end
        return self._original(start, at_end=False), self._original(end - 1, at_end=True)

    def _original(self, place: int, *, at_end: bool) -> int:
        index = bisect_right(self.pieces, place, key=lambda piece: piece[0]) - 1
        if index < 0:
            return place + at_end
        here, original, length = self.pieces[index]
        if length is None:  # an unchanged piece: step along it
            return original + place - here + at_end
        return original + length if at_end else original


def fold(text: str) -> Folded:
    """Fold a text. Linear in its length; a text in plain ASCII costs no more than `str.lower`."""
    if text.isascii():
        return Folded(text.lower())
    gone, several = [], []
    for character in set(text):
        width = len(_TABLE[ord(character)])
        if width == 0:
            gone.append(character)
        elif width > 1:
            several.append(character)
    folded = Folded(text.translate(_TABLE))
    if gone or several:
        choices = [f"[{re.escape(''.join(gone))}]+"] if gone else []
        choices += [f"[{re.escape(''.join(several))}]"] if several else []
        shift = 0  # place in the folded text = place in the original + shift
        for match in re.finditer("|".join(choices), text):
            start, end = match.span()
            first = text[start]
            width = len(_TABLE[ord(first)])
            if width:
                folded.pieces.append((start + shift, start, end - start))
            shift += width - (end - start)
            folded.pieces.append((end + shift, end, None))
    return folded
