"""A request, the redirects that follow it, and what comes back of them. Each step is checked as the first was."""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from sandbox.capabilities.base import Denied, Failed, Secret, Work
from sandbox.capabilities.http import content, resolver, secrecy
from sandbox.capabilities.http.client import Answer, Headers, Patience, send
from sandbox.capabilities.http.rules import Target, named_exactly, parse

_MOST_REDIRECTS = 10
_CREDENTIALS = {"authorization", "cookie", "proxy-authorization"}


@dataclass(frozen=True)
class Terms:
    """What the grant says of the whole exchange, redirects included."""

    hosts: tuple[str, ...]
    methods: tuple[str, ...]
    max_bytes: int
    timeout_ms: int
    secrets: tuple[Secret, ...] = ()


@dataclass
class Request:
    """What is asked next; a redirect changes it."""

    method: str
    target: Target
    headers: Headers
    body: bytes
    timeout_ms: int
    patience: Patience
    follow: bool


def opened(target: Target, method: str, terms: Terms) -> bool:
    """Whether the target may be private. Raises Denied when the grant does not open it."""
    if method not in terms.methods:
        raise Denied(f"the grant of http does not allow {method}, only {', '.join(terms.methods)}")
    return named_exactly(target, terms.hosts)


def exchange(work: Work, request: Request, terms: Terms, owner: str) -> dict[str, Any]:
    """Send, follow redirects, and give the answer as the guest gets it. Raises Denied, Failed, TimedOut."""
    work.deadline = min(work.deadline, time.monotonic() + request.timeout_ms / 1000)
    scrubber = secrecy.Scrubber(terms.secrets)
    try:
        answer = _followed(work, request, terms, owner, scrubber)
    except (Denied, Failed) as error:
        raise scrubber.failed(error) from None
    work.attributes.update(status=answer.status, bytes=len(answer.content))
    return {
        "status": answer.status,
        "reason": answer.reason,
        "headers": [[name, value] for name, value in answer.headers],
        "body": base64.b64encode(answer.content).decode(),
        "url": scrubber.text(request.target.url),
    }


def _followed(work: Work, request: Request, terms: Terms, owner: str, scrubber: secrecy.Scrubber) -> Answer:
    for redirects in range(_MOST_REDIRECTS + 1):
        if redirects:
            work.attributes["redirects"] = redirects
        answer = _step(work, request, terms, owner, scrubber)
        location = answer.header("location")
        if not (request.follow and answer.status in (301, 302, 303, 307, 308) and location):
            return answer
        _redirect(request, answer.status, location)
        work.attributes["final_url"] = scrubber.text(request.target.url.partition("?")[0][:500])
    raise Failed(f"more than {_MOST_REDIRECTS} redirects", "redirects")


def _step(work: Work, request: Request, terms: Terms, owner: str, scrubber: secrecy.Scrubber) -> Answer:
    target = request.target
    trusted = opened(target, request.method, terms)
    addresses = resolver.addresses(target, trusted, work, owner)
    headers, secret = secrecy.inserted(content.offered(request.headers), terms.secrets, target, addresses)
    if secret:
        work.attributes["secret"] = True
    answer = send(work, target, addresses, request.method, headers, request.body, terms.max_bytes, request.patience)
    return scrubber.answer(content.decoded(answer, terms.max_bytes, known_only=secret))


def _redirect(request: Request, status: int, location: str) -> None:
    """What browsers do: another host gets no credentials, and what was created is fetched."""
    try:
        after = parse(urljoin(request.target.url, location))
    except ValueError as error:
        raise Failed(f"the redirect's address cannot be read: {error}", "protocol") from None
    if after.origin != request.target.origin:
        request.headers = [(n, v) for n, v in request.headers if n.lower() not in _CREDENTIALS]
    if status == 303 or (status in (301, 302) and request.method == "POST"):
        request.method, request.body = ("HEAD" if request.method == "HEAD" else "GET"), b""
        request.headers = [(n, v) for n, v in request.headers if not n.lower().startswith("content-")]
    request.target = after


def held(secrets: Sequence[str], find: Any) -> tuple[Secret, ...]:
    """The secrets that a grant names. Raises Denied for one that is no longer there."""
    found = []
    for name in secrets:
        secret = find(name)
        if secret is None:
            raise Denied(f"the grant of http names the secret {name!r}, which is not set; an operator can set it")
        found.append(secret)
    return tuple(found)
