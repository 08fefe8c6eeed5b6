"""Words written with digits and signs for letters (`1gn0re`), or letter by letter (`i g n o r e`), written out.
Only words that the injection detector looks for are touched, so that part numbers, hashes and prices stay what they
are."""

import re

from .fold import Folded

_TOKEN = re.compile(r"(?<![a-z0-9@$!|+])[a-z0-9@$!|+]{0,24}[0-9@$!|+][a-z0-9@$!|+]{0,24}(?![a-z0-9@$!|+])")
# A one may stand for an i or an l, so each word is read both ways.
_READINGS = (
    str.maketrans("013456789@$!|+", "oieasgtbgasiit"),
    str.maketrans("013456789@$!|+", "oleasgtbgasllt"),
)

_WORDS = """
    ignore ignoring disregard disregarding forget override bypass skip neglect overlook discard drop stop
    all any every the your my previous prior preceding above earlier former existing initial original system
    instruction instructions rule rules prompt prompts guideline guidelines directive directives command commands
    restriction restrictions constraint constraints policy policies order orders message messages filter filters
    reveal show print display repeat output tell leak expose dump disclose recite give secret hidden full
    you are now act pretend roleplay unrestricted unfiltered uncensored jailbreak jailbroken developer mode
    enabled dan do anything without limits no ethical safety follow following new everything said told
"""
WORDS = frozenset(_WORDS.split())
_LONGEST = max(map(len, WORDS))


# Three single letters or more, each apart from the next by the same sign.
_APART = re.compile(r"(?<![a-z0-9])[a-z0-9@$!|](?:([ ._\-*/])[a-z0-9@$!|](?:\1[a-z0-9@$!|])+)(?![a-z0-9])")


def spell_out(text: str) -> str:
    """The text with words of digits written out; every character keeps its place. Expects folded text."""
    return _TOKEN.sub(_reading, text)


def close_up(text: str) -> Folded | None:
    """The text with words that were written letter by letter closed up, or None when there are none. Runs in which
    the words are not apart by more than the letters are, are cut where a known word ends."""
    pieces: list[tuple[int, int, int | None]] = []
    parts: list[str] = []
    done = length = 0
    for match in _APART.finditer(text):
        start, end = match.span()
        words = _cut(spell_out(match.group()[::2]))
        if words is None:
            continue
        parts.append(text[done:start])
        length += start - done
        place = start
        for word in words:
            for letter in word:  # each letter stands for itself and the sign after it
                pieces.append((length, place, 1))
                parts.append(letter)
                length += 1
                place += 2
            pieces.append((length, place - 1, 1))
            parts.append(" ")
            length += 1
        parts.pop()
        pieces.pop()
        length -= 1
        pieces.append((length, end, None))
        done = end
    if not parts:
        return None
    return Folded("".join([*parts, text[done:]]), pieces)


def _cut(letters: str) -> list[str] | None:
    """Known words that the letters are made of, or the letters as one word if that is known; else None."""
    words: list[str] = []
    place = 0
    while place < len(letters):
        for size in range(min(_LONGEST, len(letters) - place), 0, -1):
            if letters[place : place + size] in WORDS:
                words.append(letters[place : place + size])
                place += size
                break
        else:
            return None
    return words


def _reading(match: "re.Match[str]") -> str:
    token = match.group()
    for table in _READINGS:
        word = token.translate(table)
        if word in WORDS:
            return word
    return token
