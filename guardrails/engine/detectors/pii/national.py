"""Numbers that states give to people: the United States' social security number and China's resident identity."""

from collections.abc import Iterable
from datetime import date

from .entity import Entity, Match, has_digits, stands_alone

_CN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CN_CHECKS = "10x98765432"


def _us_ssn(text: str, start: int, end: int) -> Iterable[Match]:
    area, group, serial = text[start : start + 3], text[end - 7 : end - 5], text[end - 4 : end]
    issued = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    if issued and stands_alone(text, start, end) and text[end : end + 1] != "-" and text[start - 1 : start] != "-":
        yield Match(start, end, area + group + serial)


def _cn_id(text: str, start: int, end: int) -> Iterable[Match]:
    number = text[start:end]
    if not stands_alone(text, start, end):
        return
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return
    total = sum(int(digit) * weight for digit, weight in zip(number, _CN_WEIGHTS, strict=False))
    if born.year >= 1900 and _CN_CHECKS[total % 11] == number[17]:
        yield Match(start, end, number.upper())


US_SSN = Entity(r"[0-9]{3}[\- ][0-9]{2}[\- ][0-9]{4}", _us_ssn, has_digits, score=0.85)
CN_ID = Entity(r"[1-9][0-9]{16}[0-9x]", _cn_id, has_digits, score=0.98)
