"""Secrets go out in a header, and whatever comes back is cleared of them.

A secret is bound to its host: it goes with requests to that host and port and nowhere else, over https only, unless the
host is a private one that the secret names with its port. What comes back is searched as a whole for the value, however
its characters may have been written: as they are, in URLs, JSON or HTML, in hexadecimal, in base64 at any offset.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sandbox.capabilities.base import Denied, Failed, Secret
from sandbox.capabilities.http.client import Answer, Headers
from sandbox.capabilities.http.resolver import Found
from sandbox.capabilities.http.rules import Target, exactly, is_public

SHORTEST = 8  # What is shorter would be found in ordinary text.
_RUN = re.compile(rb"[A-Za-z0-9]+")
# What comes back may be made to be searched for long: no two ways to match the same, and nothing without a bound.
_SLASHES = r"\\{1,15}"
_BREAK = r"(?:\\[rn]|\s){0,32}"
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


def bound_to(secret: Secret, target: Target) -> bool:
    """Whether the secret belongs to the target's host and port."""
    try:
        host, port = exactly(secret.host)
    except ValueError:
        return False
    return host == target.host and (port or 443) == target.port


def inserted(headers: Headers, secrets: Iterable[Secret], target: Target, addresses: Found) -> tuple[Headers, bool]:
    """The headers with the secrets of this target in place of the guest's own of the same names; and if there were any.

    Raises Denied when one would go over a connection that others can read, or two would fill one header.
    """
    mine = [secret for secret in secrets if bound_to(secret, target)]
    for secret in mine:
        if target.scheme != "https" and any(is_public(address) for _, address in addresses):
            raise Denied(f"the secret {secret.name!r} goes over https only; ask https://{target.netloc}")
    filled = {secret.header.lower(): secret for secret in mine}
    if len(filled) < len(mine):
        raise Denied(f"two secrets of the grant fill the same header for {target.netloc}; take one out of the grant")
    if not mine:
        return headers, False
    # A range of an answer could be asked for letter by letter, and then no letter would be recognised.
    kept = [(name, value) for name, value in headers if name.lower() not in filled and name.lower() != "range"]
    return [*kept, *((secret.header, secret.prefix + secret.value) for secret in mine)], True


class Scrubber:
    """Takes values out of what comes back."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._forms = [_forms(secret.name, value) for secret in secrets for value in _values(secret)]

    def content(self, content: bytes) -> bytes:
        for forms in self._forms:
            content = forms.scrubbed(content)
        return content

    def text(self, text: str) -> str:
        if not self._forms:
            return text
        return self.content(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    def answer(self, answer: Answer) -> Answer:
        """The answer without the values, in its headers and its reason too."""
        if not self._forms:
            return answer
        content = self.content(answer.content)
        headers = [(self.text(name), self.text(value)) for name, value in answer.headers]
        if len(content) != len(answer.content):
            headers = [
                (name, str(len(content)) if name.lower() == "content-length" else value) for name, value in headers
            ]
        return Answer(answer.status, self.text(answer.reason), headers, content)

    def failed(self, error: Failed | Denied) -> Failed | Denied:
        """The same error with the values taken out of its words."""
        if self._forms:
            error.args = (self.text(str(error)),)
        return error


def _values(secret: Secret) -> list[bytes]:
    """The value, and for Basic credentials also the name and password that it was made of."""
    values = [secret.value.encode()]
    if secret.prefix.strip().lower() == "basic":
        try:
            pair = base64.b64decode(secret.value, validate=True)
        except (binascii.Error, ValueError):
            return values
        values += [part for part in (pair, pair.partition(b":")[2]) if len(part) >= SHORTEST]
    return values


@lru_cache(maxsize=128)
def _forms(name: str, value: bytes) -> "_Forms":
    return _Forms(name, value)


class _Forms:
    """All ways to write one value. A search for a few of its letters decides whether the patterns are tried at all."""

    def __init__(self, name: str, value: bytes) -> None:
        self._mark = f"[secret:{name}]".encode()
        hexed = value.hex().encode()
        wide = [value.decode("latin-1").encode(encoding) for encoding in ("utf-16-le", "utf-16-be")]
        middles = [_middle(value, offset) for offset in range(3)]
        self._as_it_comes = [(_anchors(value), _plain(value)), *(([w.lower()], re.compile(re.escape(w))) for w in wide)]
        # These may be broken into lines or groups, and are looked for without what breaks them.
        self._in_groups = [([hexed[:12]], _hexadecimal(value)), *((_base64_anchors(m), _base64(m)) for m in middles)]

    def scrubbed(self, content: bytes) -> bytes:
        lowered = content.lower()
        together = lowered.translate(None, b"\r\n \t:")
        for searched, tried in ((lowered, self._as_it_comes), (together, self._in_groups)):
            for anchors, pattern in tried:
                if any(anchor in searched for anchor in anchors):
                    content = pattern.sub(self._mark, content)
        return content


def _anchors(value: bytes) -> list[bytes]:
    """One of these is in whatever holds the value: its longest run of letters, which most ways of writing leave alone,
    or its first letter as the others escape it."""
    run = max(_RUN.findall(value) or [value], key=len)
    first = value[0]
    escaped = (f"%{first:02x}", f"%25{first:02x}", f"u00{first:02x}", f"x{first:02x}", f"&#{first};", f"&#x{first:x};")
    return [run.lower(), *(form.encode() for form in escaped)]


def _plain(value: bytes) -> re.Pattern[bytes]:
    """The value with each character as it is, in either case, or escaped as URLs, JSON, Python and HTML do it."""
    first, *others = value
    # Of several backslashes before the first character, the others may stay: then a long row of them is passed quickly.
    return re.compile(b"(?i:" + _character(first, r"\\") + b"".join(_character(byte) for byte in others) + b")")


def _character(byte: int, slashes: str = _SLASHES) -> bytes:
    char = chr(byte)
    escape = f"{byte:02x}"
    ways = [re.escape(char), "%" + escape, "%25" + escape, slashes + "u00" + escape, slashes + "x" + escape]
    ways += [f"&#0{{0,9}}{byte};", f"&#x0{{0,9}}{byte:x};"]
    if char in _NAMED:
        ways.append(f"&{_NAMED[char]};")
    if char in "/\"'\\":
        ways.append(slashes + re.escape(char))
    if char == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})".encode("latin-1")


def _hexadecimal(value: bytes) -> re.Pattern[bytes]:
    pairs = (f"{byte:02x}" for byte in value)
    return re.compile(b"(?i:" + rb"[\s:]?".join(pair.encode() for pair in pairs) + b")")


def _middle(value: bytes, offset: int) -> bytes:
    """The base64 of the value within something longer, so far as it does not depend on its neighbours."""
    encoded = base64.b64encode(b"\0" * offset + value + b"\0" * (-(offset + len(value)) % 3))
    first = (offset * 8 + 5) // 6
    last = (offset + len(value)) * 8 // 6
    return encoded[first:last]


def _base64_anchors(middle: bytes) -> list[bytes]:
    run = max(_RUN.findall(middle) or [middle], key=len)
    return [run[:16].lower()]


def _base64(middle: bytes) -> re.Pattern[bytes]:
    """In either alphabet, escaped in URLs and JSON, broken into lines, with the letters that touch its neighbours."""
    ways = {
        "/": rf"(?:/|_|{_SLASHES}/|%2[fF]|\\u002[fF])",
        "+": r"(?:\+|-|%2[bB]|\\u002[bB])",
    }
    letters = (ways.get(chr(byte), chr(byte)) for byte in middle)
    return re.compile(rb"[A-Za-z0-9+/_-]?" + _BREAK.join(letters).encode() + rb"[A-Za-z0-9+/_-]?=*")
