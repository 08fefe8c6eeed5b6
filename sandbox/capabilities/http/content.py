"""What an answer holds, out of the encoding it was sent in.

It is decoded here and not in the guest, so that `max_bytes` bounds what it comes to and so that nothing that must not
be seen is hidden by a compression.
"""

import zlib

from sandbox.capabilities.base import Failed
from sandbox.capabilities.http.client import Answer, Headers, too_large

_OFFERED = "gzip, deflate"
_PIECE = 1 << 20


def offered(headers: Headers) -> Headers:
    """The request's headers with the encodings that can be read here in place of those that the guest named."""
    asked = [value.lower() for name, value in headers if name.lower() == "accept-encoding"]
    plain = asked and not any(word in value for value in asked for word in ("gzip", "deflate", "*"))
    others = [(name, value) for name, value in headers if name.lower() != "accept-encoding"]
    return [*others, ("Accept-Encoding", "identity" if plain else _OFFERED)]


def decoded(answer: Answer, max_bytes: int, known_only: bool) -> Answer:
    """The answer with its content as it was before it was compressed, and headers that say so.

    An encoding that nobody offered is left as it came, header and all, or refused where `known_only`. Raises Failed.
    """
    coding = ",".join(value for name, value in answer.headers if name.lower() == "content-encoding").lower()
    codings = [word for word in (part.strip() for part in coding.split(",")) if word and word != "identity"]
    if not codings:
        return answer
    if not all(word in ("gzip", "x-gzip", "deflate") for word in codings):
        if known_only:
            raise Failed(f"the answer is encoded as {coding[:50]!r}, which was not asked for", "protocol")
        return answer
    content = answer.content
    for word in reversed(codings):
        content = _inflated(content, word, max_bytes)
    headers = [pair for pair in answer.headers if pair[0].lower() not in ("content-encoding", "content-length")]
    headers.append(("Content-Length", str(len(content))))
    return Answer(answer.status, answer.reason, headers, content)


def _inflated(content: bytes, coding: str, max_bytes: int) -> bytes:
    if not content:
        return b""  # an answer to HEAD, or 304
    try:
        if coding == "deflate":
            try:
                return _unpacked(content, zlib.MAX_WBITS, max_bytes)
            except zlib.error:
                return _unpacked(content, -zlib.MAX_WBITS, max_bytes)  # Some servers leave the wrapping out.
        return _unpacked(content, 16 + zlib.MAX_WBITS, max_bytes)
    except zlib.error as error:
        raise Failed(f"the answer is not the {coding} that it says it is: {error}", "protocol") from None


def _unpacked(content: bytes, wbits: int, max_bytes: int) -> bytes:
    found = bytearray()
    while content:
        unpacker = zlib.decompressobj(wbits)
        rest = content
        while not unpacker.eof:
            piece = unpacker.decompress(rest, min(_PIECE, max_bytes + 1 - len(found)))
            rest = unpacker.unconsumed_tail
            if not piece and not rest and not unpacker.eof:
                raise Failed("the answer ended before it was complete", "read")
            found += piece
            if len(found) > max_bytes:
                raise too_large(max_bytes)
        # gzip may have several members; what else follows is padding.
        content = unpacker.unused_data if unpacker.unused_data[:2] == b"\x1f\x8b" else b""
    return bytes(found)
