"""Secrets: they reach the service and nobody else, and nothing that comes back holds them."""

import base64
import json
from typing import Any

import pytest

from sandbox import Outcome, Secret
from sandbox.tests.conftest import Agent
from sandbox.tests.web import LEAKS, Web

VALUE = "sk-Canary/9f+zQ8&\"x'<7"
BEARER = f"Bearer {VALUE}"


def forms(value: str) -> list[bytes]:
    """Ways in which a value would be recognised, of which none may be found."""
    raw = value.encode()
    shifted = [base64.b64encode(b"\0" * offset + raw)[offset + 1 : -4] for offset in range(3)]
    return [raw, raw.lower(), raw.hex().encode(), json.dumps(value)[1:-1].encode(), *shifted, value.encode("utf-16-le")]


def assert_unseen(agent: Agent, outcome: Outcome, value: str = VALUE) -> None:
    """Nothing that left the run holds the value: neither the outcome nor anything that was told."""
    said = json.dumps(
        [outcome.data, outcome.failure and [outcome.failure.message, outcome.failure.detail], agent.events]
    )
    for form in forms(value):
        assert form not in said.encode() and form.decode("latin-1") not in said


class Kept:
    """Secrets as a floor above keeps them."""

    def __init__(self, *secrets: Secret) -> None:
        self.secrets = {secret.name: secret for secret in secrets}

    def __call__(self, name: str) -> Secret | None:
        return self.secrets.get(name)


def key(web: Web, **fields: Any) -> Secret:
    usual = {"name": "key", "host": web.host, "header": "Authorization", "prefix": "Bearer ", "value": VALUE}
    return Secret(**{**usual, **fields})


def grant(*hosts: str, **terms: Any) -> dict[str, Any]:
    return {"http": {"hosts": list(hosts), "secrets": ["key"], **terms}}


def sent(web: Web, header: str = "Authorization") -> list[str | None]:
    return [{k.lower(): v for k, v in headers.items()}.get(header.lower()) for _, _, headers, _ in web.seen]


def test_the_host_puts_it_into_the_header(agent: Agent, web: Web) -> None:
    used: list[int] = []
    secret = key(web, used=lambda: used.append(1))
    lines = f"""
import httpx, urllib.request
await context.http.get("{web.url}/a", headers={{"Authorization": "mine"}})
await context.http.post("{web.url}/b", headers={{"authorization": "mine", "Range": "bytes=0-3"}})
httpx.get("{web.url}/c", auth=("a", "b"))
urllib.request.urlopen("{web.url}/d")
"""
    outcome = agent.body(lines, grants=grant(web.host), secrets=Kept(secret))
    assert outcome.success, outcome.failure
    assert sent(web) == [BEARER] * 4
    assert sent(web, "Range") == [None] * 4
    assert used == [1] * 4
    assert_unseen(agent, outcome)
    assert agent.told("span_end")[0]["attributes"]["secret"] is True


@pytest.mark.parametrize("how", LEAKS)
def test_a_body_that_tells_it_comes_back_without_it(agent: Agent, web: Web, how: str) -> None:
    lines = f"""
answer = await context.http.get("{web.url}/leak?how={how}")
return [answer.status, answer.text, answer.content.hex(), int(answer.headers["content-length"]) == len(answer.content)]
"""
    outcome = agent.body(lines, grants=grant(web.host), secrets=Kept(key(web)))
    assert outcome.success, outcome.failure
    assert sent(web) == [BEARER]
    content = bytes.fromhex(outcome.data[2])
    assert b"[secret:key]" in content
    assert outcome.data[3] is True
    for form in forms(VALUE):
        assert form not in content
    assert_unseen(agent, outcome)


@pytest.mark.parametrize("how", ["header", "redirect", "reason", "broken", "gzip", "br"])
@pytest.mark.parametrize("client", ["context", "httpx", "urllib"])
def test_nothing_else_that_comes_back_tells_it(agent: Agent, web: Web, how: str, client: str) -> None:
    asked = {
        "context": "a = await context.http.get(url)\nreturn [a.status, a.headers, a.text, a.url]",
        "httpx": "a = httpx.get(url, follow_redirects=True)\n"
        "return [str(a.headers.raw), a.text, str(a.url), a.reason_phrase, [str(h.headers) for h in a.history]]",
        "urllib": "try:\n    a = urllib.request.urlopen(url)\nexcept urllib.error.HTTPError as error:\n    a = error\n"
        "return [str(a.headers), a.read().decode(), a.geturl(), a.reason]",
    }[client]
    lines = f'import httpx, urllib.request, urllib.error\nurl = "{web.url}/leak?how={how}"\n{asked}'
    outcome = agent.body(lines, grants=grant(web.host), secrets=Kept(key(web)))
    assert sent(web)[0] == BEARER
    assert outcome.success is (how not in ("broken", "br")), outcome.failure
    if how == "br":
        assert "not asked for" in outcome.failure.message
    elif (how, client) != ("reason", "context"):  # whose answers have no reason
        assert "[secret" in str(outcome.data) + str(outcome.failure) or "%5Bsecret" in str(outcome.data)
    assert_unseen(agent, outcome)


def test_it_goes_to_its_host_and_port_alone(agent: Agent, web: Web) -> None:
    with Web() as other:
        lines = f"""
await context.http.get("{other.url}/")
await context.http.get("{web.url}/redirect?to={other.url}/next")
await context.http.get("{other.url}/redirect?to={web.url}/back")
"""
        outcome = agent.body(lines, grants=grant(web.host, other.host), secrets=Kept(key(web)))
        assert outcome.success, outcome.failure
        assert sent(web) == [BEARER, BEARER]
        assert sent(other) == [None, None, None]


def test_several_and_other_headers(agent: Agent, web: Web) -> None:
    basic = base64.b64encode(b"user:pass-Word-77").decode()
    kept = Kept(key(web, header="X-Api-Key", prefix=""), key(web, name="two", prefix="Basic ", value=basic))
    grants = grant(web.host, secrets=["key", "two"])
    lines = f'return (await context.http.get("{web.url}/leak?how=plain&header=X-Api-Key")).text'
    outcome = agent.body(lines, grants=grants, secrets=kept)
    assert outcome.data == "you sent [secret:key]."
    assert sent(web) == [f"Basic {basic}"]
    lines = f'return (await context.http.get("{web.url}/leak?how=base64")).text'
    outcome = agent.body(lines, grants=grants, secrets=kept)
    assert_unseen(agent, outcome, basic)
    assert_unseen(agent, outcome, "pass-Word-77")


def test_two_for_one_header_are_refused(agent: Agent, web: Web) -> None:
    kept = Kept(key(web), key(web, name="two"))
    outcome = agent.body(
        f'await context.http.get("{web.url}/")', grants=grant(web.host, secrets=["key", "two"]), secrets=kept
    )
    assert outcome.failure.code == "capability_denied"
    assert "same header" in outcome.failure.message
    assert web.seen == []


def test_one_that_is_taken_away_is_missed_at_the_next_call(agent: Agent, web: Web) -> None:
    kept = Kept(key(web))

    def now() -> dict[str, Any]:
        if web.seen:
            kept.secrets.clear()
        return grant(web.host)

    lines = f'await context.http.get("{web.url}/")\nawait context.http.get("{web.url}/")'
    outcome = agent.body(lines, grants=grant(web.host), grants_now=now, secrets=kept)
    assert outcome.failure.code == "capability_denied"
    assert "'key', which is not set" in outcome.failure.message
    assert len(web.seen) == 1


def test_a_grant_that_names_none_sends_none(agent: Agent, web: Web) -> None:
    agent.body(f'await context.http.get("{web.url}/")', grants=grant(web.host, secrets=[]), secrets=Kept(key(web)))
    assert sent(web) == [None]
