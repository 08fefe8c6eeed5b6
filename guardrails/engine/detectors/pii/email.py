"""E-mail addresses: also with letters of other alphabets, an address literal, a quoted local part, or written
`name [at] example [dot] org`."""

import re
from collections.abc import Iterable

from .entity import Entity, Match

_LETTER = r"a-z0-9\p{Latin}\p{Cyrillic}\p{Greek}"
_LOCAL = rf"""(?:[{_LETTER}_][{_LETTER}_.%+\-'&!#~$]{{0,63}}|"[^"\n@]{{1,62}}")"""
_LABEL = rf"[{_LETTER}](?:[{_LETTER}\-]{{0,61}}[{_LETTER}])?"
_DOT = r"(?:\.|\s?[\[(]\s?(?:dot|\.)\s?[\])]\s?)"
_AT = r"(?:@|\s?[\[(]\s?(?:at|@)\s?[\])]\s?)"
_DOMAIN = rf"(?:(?:{_LABEL}{_DOT}){{1,8}}(?:xn--[a-z0-9\-]{{2,59}}|[a-z\p{{Latin}}\p{{Cyrillic}}\p{{Greek}}]{{2,63}}))"
_LITERAL = r"\[(?:ipv6:)?[0-9a-f.:]{3,45}\]"

_SPELLED = re.compile(r"\s?[\[(]\s?(at|dot|@|\.)\s?[\])]\s?")
_VERSION = re.compile(r"v?\d+\.\d+\.")


def _validate(text: str, start: int, end: int) -> Iterable[Match]:
    address = _SPELLED.sub(lambda match: {"at": "@", "dot": "."}.get(match[1], match[1]), text[start:end])
    local, _, domain = address.rpartition("@")
    if local == "git" and text[end : end + 1] == ":":  # git@host:path is where a repository is
        return
    if _VERSION.match(domain):  # package@1.2.3-beta
        return
    yield Match(start, end, address)


def _possible(text: str) -> bool:
    return "@" in text or "at]" in text or "at)" in text or "at ]" in text or "at )" in text


EMAIL = Entity(rf"{_LOCAL}{_AT}(?:{_DOMAIN}|{_LITERAL})", _validate, _possible, score=0.95)
