"""`http`: web requests to the hosts that a grant names. The rules are in `rules`, the sending in `client`."""

import base64
import binascii
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.capabilities.base import Admitted, Caller, Denied, Failed, Work
from sandbox.capabilities.http.client import send
from sandbox.capabilities.http.rules import Target, named_exactly, parse, whole

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE")
_DEFAULT_BYTES, _MOST_BYTES = 2_000_000, 20_000_000
_DEFAULT_MS, _MOST_MS = 10_000, 120_000
_MOST_REDIRECTS = 5
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect", "te", "upgrade"}
_SECRET = {"authorization", "cookie", "proxy-authorization"}


@dataclass(frozen=True)
class _Terms:
    """What the grant says of the whole exchange, redirects included."""

    hosts: tuple[str, ...]
    methods: tuple[str, ...]
    max_bytes: int
    timeout_ms: int


class Http:
    """Request: {"method", "url", "headers": [[name, value]], "body": base64, "timeout_ms", "follow_redirects"}.

    Answer: {"status", "headers", "body": base64, "url": the last one asked}.
    """

    name = "http"
    summary = "web requests to the hosts that are named"
    terms: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "hosts": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": r"^\S+$"}},
            "methods": {"type": "array", "minItems": 1, "items": {"enum": list(METHODS)}},
            "max_bytes": {"type": "integer", "minimum": 1, "maximum": _MOST_BYTES},
            "timeout_ms": {"type": "integer", "minimum": 1, "maximum": _MOST_MS},
        },
        "required": ["hosts"],
        "additionalProperties": False,
    }

    def admit(self, request: Mapping[str, Any], grant: Mapping[str, Any], caller: Caller) -> Admitted:
        terms = _terms(grant)
        method = str(request.get("method", "GET")).upper()
        if method not in METHODS:
            raise Failed(f"there is no HTTP method {method[:20]!r} here; there are: {', '.join(METHODS)}")
        target = parse(request.get("url"))
        _check(target, method, terms)
        headers = _headers(request.get("headers", []))
        body = _body(request.get("body", ""))
        timeout_ms = whole(request, "timeout_ms", terms.timeout_ms, terms.timeout_ms)
        follow = request.get("follow_redirects", True) is not False

        def perform(work: Work) -> dict[str, Any]:
            work.deadline = min(work.deadline, time.monotonic() + timeout_ms / 1000)
            return _exchange(work, target, method, headers, body, terms, follow)

        return Admitted(
            perform=perform,
            changes=method not in SAFE_METHODS,
            label=f"http {method} {target.netloc}",
            attributes={"method": method, "url": target.url.partition("?")[0]},
        )


def _terms(grant: Mapping[str, Any]) -> _Terms:
    hosts, methods = grant.get("hosts"), grant.get("methods")
    return _Terms(
        hosts=tuple(str(h) for h in hosts) if isinstance(hosts, (list, tuple)) else (),
        methods=tuple(str(m).upper() for m in methods) if isinstance(methods, (list, tuple)) else METHODS,
        max_bytes=whole(grant, "max_bytes", _DEFAULT_BYTES, _MOST_BYTES),
        timeout_ms=whole(grant, "timeout_ms", _DEFAULT_MS, _MOST_MS),
    )


def _check(target: Target, method: str, terms: _Terms) -> bool:
    if method not in terms.methods:
        raise Denied(f"the grant of http does not allow {method}, only {', '.join(terms.methods)}")
    return named_exactly(target, terms.hosts)


def _headers(pairs: Any) -> list[tuple[str, str]]:
    if not isinstance(pairs, list) or len(pairs) > 100:
        raise Failed("headers are a list of at most 100 pairs")
    headers = []
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise Failed("a header is a pair of texts")
        name, value = pair
        if not _NAME.fullmatch(name) or not value.isprintable() or not value.isascii() or len(value) > 8192:
            raise Failed(f"the header {name[:50]!r} has characters that HTTP does not allow")
        if name.lower() not in _OURS:
            headers.append((name, value))
    if not any(name.lower() == "user-agent" for name, _ in headers):
        headers.append(("User-Agent", "NeuroFlow"))
    return headers


def _body(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True) if encoded else b""
    except (binascii.Error, TypeError, ValueError):
        raise Failed("the request's body is not base64") from None


def _exchange(
    work: Work,
    target: Target,
    method: str,
    headers: list[tuple[str, str]],
    body: bytes,
    terms: _Terms,
    follow: bool,
) -> dict[str, Any]:
    """Send, and follow redirects: each is checked as the first request was."""

    def allowance() -> str:
        return f"the answer is larger than the {terms.max_bytes:,} bytes that max_bytes of the grant allows"

    for _ in range(_MOST_REDIRECTS + 1):
        trusted = _check(target, method, terms)
        status, answered, content = send(work, target, trusted, method, headers, body, terms.max_bytes, allowance)
        location = next((value for name, value in answered if name.lower() == "location"), None)
        if not (follow and status in (301, 302, 303, 307, 308) and location):
            return {
                "status": status,
                "headers": [[name, value] for name, value in answered],
                "body": base64.b64encode(content).decode(),
                "url": target.url,
            }
        after = _joined(target, location)
        if (after.scheme, after.host, after.port) != (target.scheme, target.host, target.port):
            headers = [(n, v) for n, v in headers if n.lower() not in _SECRET]
        if status == 303 or (status in (301, 302) and method == "POST"):
            method, body = ("HEAD" if method == "HEAD" else "GET"), b""
            headers = [(n, v) for n, v in headers if not n.lower().startswith("content-")]
        target = after
    raise Failed(f"more than {_MOST_REDIRECTS} redirects")


def _joined(target: Target, location: str) -> Target:
    from urllib.parse import urljoin

    return parse(urljoin(target.url, location))
