"""`http`: web requests to the hosts that a grant names.

The rules of addresses are in `rules`, names in `resolver`, the sending in `client`, redirects in `exchange`, secrets in
`secrecy`, compressed answers in `content`.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.capabilities.base import CALLS_TERM, Admitted, Caller, Denied, Failed, check_calls, whole
from sandbox.capabilities.http.client import Headers, Patience
from sandbox.capabilities.http.exchange import Request, Terms, exchange, held, opened
from sandbox.capabilities.http.rules import exactly, named_exactly, parse, pattern
from sandbox.capabilities.http.secrecy import SHORTEST as SHORTEST_SECRET
from sandbox.capabilities.http.secrecy import bound_to

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE")
_DEFAULT_BYTES, _MOST_BYTES = 2_000_000, 20_000_000
_DEFAULT_MS, _MOST_MS = 10_000, 120_000
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
#: Headers that are the host's to write; a guest's own are passed over.
OURS = {
    "host", "content-length", "connection", "transfer-encoding", "expect", "te", "upgrade", "keep-alive", "trailer",
    "proxy-connection", "proxy-authorization",
}  # fmt: skip


class Http:
    """Request: {"method", "url", "headers": [[name, value]], "body": base64, "timeout_ms", "connect_ms", "read_ms",
    "follow_redirects"}.

    `timeout_ms` is for the whole, `connect_ms` and `read_ms` for one step of it. Answer: {"status", "reason",
    "headers", "body": base64, "url": the last one asked}; the body is out of the encoding it was sent in.
    """

    name = "http"
    summary = "web requests to the hosts that are named"
    terms: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "hosts": {
                "type": "array",
                "title": "Hosts",
                "description": "Which hosts may be asked: a name, *.name for all below it, or host:port. A private "
                "address is open only where its host and port are named.",
                "minItems": 1,
                "maxItems": 200,
                "items": {"type": "string", "pattern": r"^\S+$", "maxLength": 260},
                "examples": [["api.example.com", "*.example.org", "127.0.0.1:9000"]],
            },
            "methods": {
                "type": "array",
                "title": "Methods",
                "description": "Which methods may be used; without it, all.",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": list(METHODS)},
                "default": list(METHODS),
                "examples": [["GET"]],
            },
            "secrets": {
                "type": "array",
                "title": "Secrets",
                "description": "Names of secrets that are put into requests to the hosts they are bound to. The agent "
                "never sees them.",
                "uniqueItems": True,
                "maxItems": 20,
                "items": {"type": "string", "minLength": 1, "maxLength": 64},
                "default": [],
                "examples": [["weather-key"]],
            },
            "max_bytes": {
                "type": "integer",
                "title": "Largest answer (bytes)",
                "description": "How large an answer may be, after it was decompressed.",
                "minimum": 1,
                "maximum": _MOST_BYTES,
                "default": _DEFAULT_BYTES,
            },
            "timeout_ms": {
                "type": "integer",
                "title": "Timeout (ms)",
                "description": "How long one call may take, redirects included.",
                "minimum": 1,
                "maximum": _MOST_MS,
                "default": _DEFAULT_MS,
            },
            "calls": CALLS_TERM,
        },
        "required": ["hosts"],
        "additionalProperties": False,
    }

    def check(self, terms: Mapping[str, Any]) -> None:
        for entry in terms["hosts"]:
            pattern(entry)

    def admit(self, request: Mapping[str, Any], grant: Mapping[str, Any], caller: Caller) -> Admitted:
        check_calls(self.name, grant, caller)
        terms = _terms(grant, caller)
        asked = _request(request, terms)
        opened(asked.target, asked.method, terms)
        for secret in terms.secrets:
            if bound_to(secret, asked.target):
                secret.used()
        return Admitted(
            perform=lambda work: exchange(work, asked, terms, caller.owner),
            changes=asked.method not in SAFE_METHODS,
            label=f"http {asked.method} {asked.target.netloc}",
            attributes={
                "method": asked.method,
                "host": asked.target.netloc,
                "url": asked.target.url.partition("?")[0][:500],
                "sent_bytes": len(asked.body),
            },
        )


def one_host(entry: str) -> str:
    """The one host that a secret can be bound to, in its one spelling. Raises ValueError, saying what is wrong."""
    host, port = exactly(entry)
    host = f"[{host}]" if ":" in host else host
    return host if port in (None, 443) else f"{host}:{port}"


def check_header(name: str) -> None:
    """Raise ValueError unless a secret may fill the header of that name."""
    if not _NAME.fullmatch(name):
        raise ValueError("a header's name has letters, digits and hyphens")
    if name.lower() in OURS | {"accept-encoding", "range"}:
        raise ValueError(f"the header {name} is the host's own to fill")


def opens(hosts: Iterable[str], bound: str) -> bool:
    """Whether a grant of these hosts opens the host that a secret is bound to."""
    for scheme in ("https", "http"):
        try:
            named_exactly(parse(f"{scheme}://{bound}/"), hosts)
        except (Denied, Failed):
            continue
        return True
    return False


def _terms(grant: Mapping[str, Any], caller: Caller) -> Terms:
    hosts, methods, secrets = grant.get("hosts"), grant.get("methods"), grant.get("secrets")
    return Terms(
        hosts=tuple(str(h) for h in hosts) if isinstance(hosts, (list, tuple)) else (),
        methods=tuple(str(m).upper() for m in methods) if isinstance(methods, (list, tuple)) else METHODS,
        max_bytes=whole(grant, "max_bytes", _DEFAULT_BYTES, _MOST_BYTES),
        timeout_ms=whole(grant, "timeout_ms", _DEFAULT_MS, _MOST_MS),
        secrets=held([str(name) for name in secrets], caller.secret) if isinstance(secrets, (list, tuple)) else (),
    )


def _request(request: Mapping[str, Any], terms: Terms) -> Request:
    method = str(request.get("method", "GET")).upper()
    if method not in METHODS:
        raise Failed(f"there is no HTTP method {method[:20]!r} here; there are: {', '.join(METHODS)}", "url")
    return Request(
        method=method,
        target=parse(request.get("url")),
        headers=_headers(request.get("headers", [])),
        body=_body(request.get("body", "")),
        timeout_ms=whole(request, "timeout_ms", terms.timeout_ms, terms.timeout_ms),
        patience=Patience(
            whole(request, "connect_ms", _MOST_MS, _MOST_MS) / 1000,
            whole(request, "read_ms", _MOST_MS, _MOST_MS) / 1000,
        ),
        follow=request.get("follow_redirects", True) is not False,
    )


def _headers(pairs: Any) -> Headers:
    if not isinstance(pairs, list) or len(pairs) > 100:
        raise Failed("headers are a list of at most 100 pairs", "header")
    headers = []
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise Failed("a header is a pair of texts", "header")
        name, value = pair
        if not _NAME.fullmatch(name) or not value.isprintable() or not value.isascii() or len(value) > 8192:
            raise Failed(f"the header {name[:50]!r} has characters that HTTP does not allow", "header")
        if name.lower() not in OURS:
            headers.append((name, value))
    if not any(name.lower() == "user-agent" for name, _ in headers):
        headers.append(("User-Agent", "NeuroFlow"))
    return headers


def _body(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True) if encoded else b""
    except (binascii.Error, TypeError, ValueError):
        raise Failed("the request's body is not base64", "url") from None


__all__ = ["METHODS", "OURS", "SAFE_METHODS", "SHORTEST_SECRET", "Http", "check_header", "one_host", "opens"]
