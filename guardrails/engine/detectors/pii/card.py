"""Payment card numbers: a known issuer's range and length, the Luhn check, and a grouping that cards are printed
in. Each alone is met by many numbers that are no cards."""

import re
from collections.abc import Iterable

from .entity import Entity, Match, is_ascii_word

# (first prefix, last prefix, lengths); ranges as the networks publish them.
_ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (16, 19)),  # Visa
    (51, 55, (16,)),  # Mastercard
    (2221, 2720, (16,)),
    (34, 34, (15,)),  # American Express
    (37, 37, (15,)),
    (6011, 6011, (16, 19)),  # Discover
    (644, 659, (16, 19)),
    (62, 62, (16, 17, 18, 19)),  # UnionPay
    (300, 305, (14,)),  # Diners Club
    (3095, 3095, (14,)),
    (36, 36, (14,)),
    (38, 39, (14,)),
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (2200, 2204, (16, 17, 18, 19)),  # Mir
    (5018, 5018, (16, 18, 19)),  # Maestro
    (5020, 5020, (16, 18, 19)),
    (5038, 5038, (16, 18, 19)),
    (6304, 6304, (16, 18, 19)),
    (6759, 6759, (16, 18, 19)),
    (6761, 6763, (16, 18, 19)),
)
# How many digits stand together on cards; groups of a multiple of four are taken in any order.
_SHAPES = {
    (4, 6, 5),
    (4, 6, 4),
    (4, 5, 6),
    (4, 4, 4, 4, 3),
    (4, 4, 4, 4, 2),
    (4, 4, 4, 4, 1),
    (6, 13),
    (6, 12),
    (6, 10),
}
_MOST_GROUPS = 5
_FIRST_GROUP = {4, 6, 8, 12, *range(14, 20)}
_GROUP = re.compile("[0-9]+")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812."""
    total = sum(int(d) for d in digits[-1::-2]) + sum(_DOUBLED[int(d)] for d in digits[-2::-2])
    return total % 10 == 0


def has_issuer(digits: str) -> bool:
    """Whether a known network issues numbers that begin so and are this long."""
    return any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last for first, last, lengths in _ISSUERS
    )


def _validate(text: str, start: int, end: int) -> Iterable[Match]:
    groups = [match.span() for match in _GROUP.finditer(text, start, end)]
    index = 0
    while index < len(groups):
        taken = _longest_card(text, groups, index)
        if taken:
            first, last = groups[index][0], groups[index + taken - 1][1]
            yield Match(first, last, "".join(text[a:b] for a, b in groups[index : index + taken]))
        index += taken or 1


def _longest_card(text: str, groups: list[tuple[int, int]], index: int) -> int:
    """How many groups, from one on, make a card number; 0 if none do."""
    if groups[index][1] - groups[index][0] not in _FIRST_GROUP:
        return 0
    for count in range(min(_MOST_GROUPS, len(groups) - index), 0, -1):
        window = groups[index : index + count]
        shape = tuple(b - a for a, b in window)
        if count > 1 and shape not in _SHAPES and any(size % 4 for size in shape):
            continue
        if 14 <= sum(shape) <= 19 and _is_card(text, window):
            return count
    return 0


def _is_card(text: str, window: list[tuple[int, int]]) -> bool:
    first, last = window[0][0], window[-1][1]
    if is_ascii_word(text, first - 1) or is_ascii_word(text, last):
        return False
    if len(window) == 1 and first > 1 and text[first - 1] == "." and text[first - 2].isdigit():
        return False  # decimals of a number
    digits = "".join(text[a:b] for a, b in window)
    return has_issuer(digits) and luhn(digits)


_ENOUGH_DIGITS = re.compile(r"[0-9][0-9 .\-]{12}")


def _possible(text: str) -> bool:
    return _ENOUGH_DIGITS.search(text) is not None


CARD = Entity(r"[0-9]+(?:[ .\-]{1,3}[0-9]+)*", _validate, _possible, score=0.99)
