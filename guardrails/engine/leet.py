"""Words written with digits and signs for letters (`1gn0re`), written out. Only words that the injection detector
looks for are touched, so that part numbers, hashes and prices stay what they are."""

import re

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


def spell_out(text: str) -> str:
    """The text with such words written out; every character keeps its place. Expects folded text."""
    return _TOKEN.sub(_reading, text)


def _reading(match: "re.Match[str]") -> str:
    token = match.group()
    for table in _READINGS:
        word = token.translate(table)
        if word in WORDS:
            return word
    return token
