"""Addresses of machines: IPv4 and IPv6."""

import ipaddress
import re
from collections.abc import Iterable

from .entity import Entity, Match, is_ascii_word

_VERSION_BEFORE = re.compile(r"(?:\bv|version|release|build)[ :=]{0,2}$")


def _validate(text: str, start: int, end: int) -> Iterable[Match]:
    candidate = text[start:end].rstrip(".:")
    if text[start:end].endswith("::") and candidate.count(":") < 7:
        candidate = text[start:end]
    end = start + len(candidate)
    if is_ascii_word(text, start - 1) or is_ascii_word(text, end) or text[start - 1 : start] in (".", "-"):
        return
    if ":" in candidate and len(re.findall("[0-9a-f]+", candidate)) < 3:
        return  # "::", "a::b" and the like are more often code than addresses
    if ":" not in candidate and _VERSION_BEFORE.search(text[max(0, start - 12) : start]):
        return
    try:
        yield Match(start, end, str(ipaddress.ip_address(candidate)))
    except ValueError:
        return


IP = Entity(
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}:[0-9a-f:]{1,40}(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3})?",
    _validate,
    lambda text: text.count(".") >= 3 or ":" in text,
    score=0.9,
)
