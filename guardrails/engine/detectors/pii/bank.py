"""International bank account numbers: the country's length and the check of ISO 13616 (remainder 97)."""

import re
from collections.abc import Iterable

from .entity import Entity, Match, is_ascii_word

# Country and length, as registered under ISO 13616.
_COUNTRIES = """
    ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 br29 by28 ch21 cr22 cy28 cz24 de22 dk18 do28 ee20 eg29 es24 fi18
    fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hr21 hu28 ie22 il23 iq23 is26 it27 jo30 kw30 kz20 lb28 lc32 li21 lt20
    lu20 lv21 mc27 md24 me22 mk19 mr27 mt31 mu30 nl18 no15 pk24 pl28 ps29 pt25 qa29 ro24 rs22 sa24 sc31 se24 si19
    sk24 sm27 st25 sv28 tl23 tn24 tr26 ua29 va22 vg24 xk20
"""
_LENGTHS = {pair[:2]: int(pair[2:]) for pair in _COUNTRIES.split()}
_POSSIBLE = re.compile(r"[a-z]{2}[0-9]{2}")


def _validate(text: str, start: int, end: int) -> Iterable[Match]:
    wanted = _LENGTHS.get(text[start : start + 2])
    if wanted is None or is_ascii_word(text, start - 1):
        return
    account, place = "", start
    while place < end and len(account) < wanted:
        if text[place] not in " -":
            account += text[place]
        place += 1
    if len(account) < wanted or is_ascii_word(text, place):
        return
    if int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1:
        yield Match(start, place, account.upper())


IBAN = Entity(
    r"\b[a-z]{2}[0-9]{2}(?:[ \-]?[a-z0-9]{1,4}){3,9}",
    _validate,
    lambda text: _POSSIBLE.search(text) is not None,
    score=0.99,
)
