"""Telephone numbers that show what they are: with a country code, in the North American form, or a mobile number
of mainland China. A bare run of digits is not one without words around it that say so."""

import re
from collections.abc import Iterable

from .entity import Entity, Match, has_digits, is_ascii_word

_CUE = re.compile(r"(?:phone|mobile|cell|tel|fax|call|text|whatsapp|contact|电话|手机|联系|致电|传真)\D{0,20}$")

_AMERICAN = r"(?:\+?1[ .\-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .\-])[2-9][0-9]{2}[ .\-][0-9]{4}"
_CHINESE_MOBILE = r"(?:\+?86[ \-]?)?1[3-9][0-9](?:[ \-]?[0-9]{4}){2}"
_INTERNATIONAL = r"\+[1-9](?:[ .()\-]{0,2}[0-9]){7,14}"
_BARE = r"[0-9](?:[ .\-]?[0-9]){6,14}"


def _validate(text: str, start: int, end: int) -> Iterable[Match]:
    written = text[start:end]
    if is_ascii_word(text, start - 1) or is_ascii_word(text, end) or text[start - 1 : start] in (".", "-", "/"):
        return
    shaped = written.startswith("+") or _SHAPED.fullmatch(written)
    if shaped or _CUE.search(text[max(0, start - 30) : start]):
        yield Match(start, end, re.sub(r"[^\d+]", "", written))


_SHAPED = re.compile(f"{_AMERICAN}|{_CHINESE_MOBILE}")
PHONE = Entity(f"{_AMERICAN}|{_CHINESE_MOBILE}|{_INTERNATIONAL}|{_BARE}", _validate, has_digits, score=0.75)
