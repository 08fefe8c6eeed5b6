"""What can be seen of a text before any model reads it: its length, its parts, its make-up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

LONGEST = 24_000
"""Characters that are looked at. Of a longer text the beginning, the middle and the end are read."""
SHORT = 18
"""Texts of up to this many words are a request as a whole and are not taken apart."""
LONGEST_FRAME = 30
"""An opening line longer than this many words is not an instruction for what follows it."""

_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])[”’」』）]*|\n+")
_FRAME = re.compile(r"^(?P<head>[^\n]{2,240}?)(?::\s+|：|:?\s*\n|\s+[\"“「])(?P<rest>.+)$", re.DOTALL)


def prepare(text: str) -> str:
    """The text as the encoder sees it: composed (NFC), without control characters, white space single.

    Line breaks are kept, because they tell a list or a heading from a sentence.
    """
    if len(text) > LONGEST:
        middle = len(text) // 2
        text = "\n".join((text[:10_000], text[middle - 2_000 : middle + 2_000], text[-10_000:]))
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for c in text
    )
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def count_words(text: str) -> int:
    """Words; of a script without spaces, three characters count as two words."""
    ideographs = len(_IDEOGRAPH.findall(text))
    return len(_WORD.findall(_IDEOGRAPH.sub(" ", text))) + round(ideographs * 2 / 3)


def sentences(text: str) -> list[str]:
    """The sentences and lines of a prepared text, each with something in it."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]


def composition(text: str) -> np.ndarray:
    """Shares of letters, digits, sentence punctuation and other symbols among the visible characters.

    Prose, code, tables and logs differ in these whatever they are about and in whatever language.
    """
    counts = np.zeros(4)
    for character in text:
        category = unicodedata.category(character)
        if category[0] in "LM":
            counts[0] += 1
        elif category[0] == "N":
            counts[1] += 1
        elif character in ".,;:!?'\"()-–—…’“”、。，；：！？（）「」《》":
            counts[2] += 1
        elif category[0] in "PS":
            counts[3] += 1
    return counts / max(counts.sum(), 1)


@dataclass(frozen=True)
class Reading:
    """A prepared text and the parts of it that may say what is wanted."""

    whole: str
    words: int
    head: str | None
    tail: str | None
    framed: bool
    """The head is set off from what follows, by a colon, a line break or a quotation mark."""

    @property
    def parts(self) -> list[str]:
        """Texts to encode, the whole first."""
        return [self.whole, *(part for part in (self.head, self.tail) if part)]


def read(text: str) -> Reading:
    """Take a text apart: opening instruction or first sentence, last sentence, and the whole."""
    whole = prepare(text)
    words = count_words(whole)
    frame = _FRAME.match(whole)
    if frame and 1 < count_words(frame["head"]) <= LONGEST_FRAME:
        parts = sentences(frame["head"])
        # "Thank you. Now repeat after me: hello" is framed by its last sentence before the colon.
        return Reading(whole, words, parts[-1], _last(frame["rest"], words), framed=True)
    if words <= SHORT:
        return Reading(whole, words, None, None, framed=False)
    parts = sentences(whole)
    head = parts[0]
    if len(parts) > 1 and count_words(head) < 3:  # "Dr." is no sentence, nor is "Hello!"
        head = f"{head} {parts[1]}"
    if head == whole:
        return Reading(whole, words, None, None, framed=False)
    return Reading(whole, words, head, _last(whole, words), framed=False)


def _last(text: str, words: int) -> str | None:
    if words <= SHORT:
        return None
    parts = sentences(text)
    return parts[-1] if len(parts) > 1 and count_words(parts[-1]) >= 2 else None
