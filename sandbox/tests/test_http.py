"""The http capability from inside an agent, against a real service."""

import threading
from typing import Any

import pytest

from sandbox import Cancel, Limits
from sandbox.tests.conftest import Agent
from sandbox.tests.web import Web


def grant(*hosts: str, **terms: Any) -> dict[str, Any]:
    return {"http": {"hosts": list(hosts), **terms}}


def test_get_gives_status_headers_text_and_json(agent: Agent, web: Web) -> None:
    lines = f"""
answer = await context.http.get("{web.url}/a", params={{"q": "x y"}}, headers={{"X-Mine": "1"}})
answer.raise_for_status()
found = answer.json()
return [answer.status, answer.ok, answer.headers["content-type"], found["path"], found["headers"]["x-mine"]]
"""
    outcome = agent.body(lines, grants=grant(web.host))
    assert outcome.data == [200, True, "application/json", "/a?q=x+y", "1"]
    assert outcome.effects is False


def test_post_sends_a_body_and_counts_as_an_effect(agent: Agent, web: Web) -> None:
    told: list[int] = []
    lines = f'return (await context.http.post("{web.url}/", json={{"a": "é"}})).json()["body"]'
    outcome = agent.body(lines, grants=grant(web.host), on_effect=lambda: told.append(len(web.seen)))
    assert outcome.data == '{"a": "\\u00e9"}'
    assert outcome.effects is True
    assert told == [0]


def test_an_effect_that_cannot_be_recorded_does_not_happen(agent: Agent, web: Web) -> None:
    def refuse() -> None:
        raise ConnectionError("the record cannot be written")

    with pytest.raises(ConnectionError):
        agent.body(f'await context.http.post("{web.url}/")', grants=grant(web.host), on_effect=refuse)
    assert web.seen == []
    assert agent.body("return 1").data == 1


def test_httpx_works_as_usual(agent: Agent, web: Web) -> None:
    lines = f"""
import asyncio, httpx
async with httpx.AsyncClient(base_url="{web.url}") as client:
    one, two = await asyncio.gather(client.get("/one"), client.post("/two", json=[1]))
three = httpx.get("{web.url}/three", params={{"a": 1}})
return [one.json()["path"], two.json()["body"], three.json()["path"]]
"""
    outcome = agent.body(lines, grants=grant(web.host))
    assert outcome.data == ["/one", "[1]", "/three?a=1"], outcome.failure


def test_calls_are_concurrent(agent: Agent, web: Web) -> None:
    lines = f"""
import asyncio
urls = ["{web.url}/together?count=10"] * 10
return [a.status for a in await asyncio.gather(*(context.http.get(u) for u in urls))]
"""
    outcome = agent.body(lines, grants=grant(web.host))
    assert outcome.data == [200] * 10, outcome.failure


def test_each_call_is_a_span_below_the_step_it_belongs_to(agent: Agent, web: Web) -> None:
    outcome = agent.body(
        f'with context.span("outer", n=1):\n    await context.http.get("{web.url}/x?secret=1")', grants=grant(web.host)
    )
    assert outcome.success, outcome.failure
    outer, call = agent.told("span_start")
    assert outer["name"] == "outer"
    assert outer["parent_id"] == "b7ad6b7169203331"
    assert outer["attributes"] == {"n": 1}
    assert call["parent_id"] == outer["span_id"]
    assert call["name"] == f"http GET {web.host}"
    shown = {"method": "GET", "host": web.host, "url": f"{web.url}/x", "sent_bytes": 0}
    assert call["attributes"] == shown
    ended = agent.told("span_end")
    assert ended[0]["attributes"].items() >= {**shown, "status": 200}.items()
    assert ended[0]["attributes"]["bytes"] > 10
    assert [s["span_id"] for s in ended] == [call["span_id"], outer["span_id"]]
    assert all(s["status"] == "ok" and s["end_us"] >= s["start_us"] for s in ended)


def test_without_a_grant_the_call_is_denied(agent: Agent, web: Web) -> None:
    outcome = agent.body(f'await context.http.get("{web.url}/")')
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_denied"
    assert "no grant of http" in outcome.failure.message
    assert agent.told("span_end")[0]["status"] == "error"


def test_a_denial_can_be_caught(agent: Agent, web: Web) -> None:
    lines = f"""
from neuroflow import CapabilityDenied
try:
    await context.http.get("{web.url}/")
except CapabilityDenied as error:
    return str(error)
"""
    assert "does not name" in agent.body(lines, grants=grant("example.com")).data


def test_a_grant_is_asked_for_at_every_call(agent: Agent, web: Web) -> None:
    answers = [grant(web.host), {}]
    lines = f"""
first = (await context.http.get("{web.url}/")).status
await context.http.get("{web.url}/")
"""
    outcome = agent.body(lines, grants=grant(web.host), grants_now=lambda: answers.pop(0))
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_denied"
    assert outcome.failure.detail["line"] == 3
    assert len(web.seen) == 1


def test_methods_sizes_and_times_are_bounded_by_the_grant(agent: Agent, web: Web) -> None:
    for lines, terms, code, says in (
        (f'await context.http.post("{web.url}/")', {"methods": ["GET"]}, "capability_denied", "does not allow POST"),
        (f'await context.http.get("{web.url}/large?bytes=2000")', {"max_bytes": 1000}, "agent_error", "1,000 bytes"),
        (f'await context.http.get("{web.url}/hang")', {"timeout_ms": 100}, "agent_error", "Timeout"),
        (f'await context.http.get("{web.url}/hang", timeout=0.1)', {}, "agent_error", "Timeout"),
        (f'await context.http.get("{web.url}/drip")', {"timeout_ms": 200}, "agent_error", "Timeout"),
    ):
        outcome = agent.body(lines, grants=grant(web.host, **terms))
        assert outcome.failure is not None
        assert outcome.failure.code == code
        assert says in outcome.failure.message


def test_redirects_are_followed_and_checked_again(agent: Agent, web: Web) -> None:
    with Web() as other:
        headers = '{{"Authorization": "s"}}'
        lines = f'return (await context.http.get("{web.url}/redirect?to={{}}", headers={headers})).json()'
        found = agent.body(lines.format("/next"), grants=grant(web.host)).data
        assert found["path"] == "/next"
        assert found["headers"]["authorization"] == "s"
        elsewhere = agent.body(lines.format(other.url + "/y"), grants=grant(web.host, other.host)).data
        assert elsewhere["path"] == "/y"
        assert "authorization" not in elsewhere["headers"]
        refused = agent.body(lines.format(other.url + "/y"), grants=grant(web.host))
        assert refused.failure is not None
        assert refused.failure.code == "capability_denied"
        assert len(other.seen) == 1
    outcome = agent.body(
        f'return (await context.http.get("{web.url}/redirect?to=/redirect")).status', grants=grant(web.host)
    )
    assert outcome.success is False


def test_a_post_that_is_redirected_becomes_a_get(agent: Agent, web: Web) -> None:
    lines = f'return (await context.http.post("{web.url}/redirect?status=303&to=/z", json=1)).json()["method"]'
    assert agent.body(lines, grants=grant(web.host)).data == "GET"


def test_a_wildcard_opens_no_loopback(agent: Agent, web: Web) -> None:
    for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
        port = web.host.partition(":")[2]
        outcome = agent.body(f'await context.http.get("http://{host}:{port}/")', grants=grant("*", f"*:{port}"))
        assert outcome.failure is not None
        assert outcome.failure.code in ("capability_denied", "agent_error")
    assert web.seen == []


def test_headers_cannot_smuggle_a_request(agent: Agent, web: Web) -> None:
    for headers in ('{"X": "a\\r\\nHost: evil"}', '{"X\\n": "a"}', '{"X": "ü"}'):
        outcome = agent.body(f'await context.http.get("{web.url}/", headers={headers})', grants=grant(web.host))
        assert outcome.failure is not None
        assert "not allow" in outcome.failure.message
    lines = f'return (await context.http.get("{web.url}/", headers={{"Host": "evil", "Content-Length": "9"}})).json()'
    assert agent.body(lines, grants=grant(web.host)).data["headers"]["Host"] == web.host


def test_no_connection_is_said(agent: Agent) -> None:
    outcome = agent.body('await context.http.get("http://127.0.0.1:1/")', grants=grant("127.0.0.1:1"))
    assert outcome.failure is not None
    assert outcome.failure.code == "agent_error"
    assert "127.0.0.1:1" in outcome.failure.message


def test_the_time_limit_and_cancelling_end_a_wait(agent: Agent, web: Web) -> None:
    lines = f'await context.http.get("{web.url}/hang")'
    outcome = agent.body(lines, grants=grant(web.host), limits=Limits(wall_ms=200))
    assert outcome.failure is not None
    assert outcome.failure.code == "time_limit"
    cancel = Cancel()
    threading.Timer(0.2, cancel.cancel, ("stopped by a person",)).start()
    outcome = agent.body(lines, grants=grant(web.host), cancel=cancel)
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.message) == ("cancelled", "stopped by a person")
    assert agent.told("span_end")[-1]["status"] == "error"


def test_calls_nobody_waits_for_do_not_hold_the_run(agent: Agent, web: Web) -> None:
    lines = f"""
import asyncio
try:
    await asyncio.wait_for(context.http.get("{web.url}/hang"), 0.1)
except TimeoutError:
    return "went on"
"""
    outcome = agent.body(lines, grants=grant(web.host))
    assert outcome.data == "went on", outcome.failure


def test_capabilities_are_closed_while_the_module_loads(agent: Agent, web: Web) -> None:
    source = f'import httpx\nhttpx.get("{web.url}/")\ndef handle(request): return 1'
    outcome = agent.run(source, grants=grant(web.host))
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_denied"
    assert "while the module is loading" in outcome.failure.message
    assert web.seen == []
