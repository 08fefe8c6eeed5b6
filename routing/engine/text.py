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
FIGURE = "7"
LONGEST_FRAME = 30
"""An opening line longer than this many words is not an instruction for what follows it."""

_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NUMBER = re.compile(r"(?<![^\W\d_])\d+(?:[.,]\d+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"'”’)\]])\s+|(?<=[。！？])[”’」』）]*|\n+")
_FRAME = re.compile(r"^(?P<head>[^\n]{2,240}?)(?::\s+|：|:?\s*\n|\s+[\"'“‘「](?=\S))(?P<rest>.+)$", re.DOTALL)


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
class Part:
    """A piece of a text that is encoded for itself.

    kind: "whole"; "head", the opening instruction or first sentence; "tail", the last sentence; "figures",
    the whole with every number replaced by the same one, since a number is a value and not a meaning.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Reading:
    """A prepared text and its parts, the whole first."""

    whole: str
    words: int
    parts: tuple[Part, ...]
    framed: bool
    """The head is set off from what follows, by a colon, a line break or a quotation mark."""

    @property
    def texts(self) -> list[str]:
        """The texts to encode, in the order of `parts`."""
        return [part.text for part in self.parts]


def read(text: str) -> Reading:
    """Take a text apart: opening instruction or first sentence, last sentence, and the whole."""
    whole = prepare(text)
    words = count_words(whole)
    parts = [Part("whole", whole)]
    head, tail, framed = _ends(whole, words)
    if head:
        parts.append(Part("head", head))
    if tail:
        parts.append(Part("tail", tail))
    figures = _NUMBER.sub(FIGURE, whole) if words <= LONGEST_FRAME else whole
    if figures != whole:
        parts.append(Part("figures", figures))
    return Reading(whole, words, tuple(parts), framed)


def _ends(whole: str, words: int) -> tuple[str | None, str | None, bool]:
    """Head, tail, and whether the head is set off."""
    frame = _FRAME.match(whole)
    if frame and 0 < count_words(frame["head"]) <= LONGEST_FRAME:
        # "Thank you. Now repeat after me: hello" is framed by its last sentence before the colon.
        return sentences(frame["head"])[-1], _last(frame["rest"], words), True
    if words <= SHORT:
        return None, None, False
    parts = sentences(whole)
    head = parts[0]
    if len(parts) > 1 and count_words(head) < 3:  # "Dr." is no sentence, nor is "Hello!"
        head = f"{head} {parts[1]}"
    if head == whole:
        return None, None, False
    return head, _last(whole, words), False


def _last(text: str, words: int) -> str | None:
    if words <= SHORT:
        return None
    parts = sentences(text)
    return parts[-1] if len(parts) > 1 and count_words(parts[-1]) >= 2 else None
