"""Capabilities through the whole product: a secret leaves no trace, and state is kept between requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from rest_framework.test import APIClient

from agents.actions.grants import give_grant
from agents.actions.secrets import remove_secret, set_secret
from agents.models import Secret
from invocations.bus.client import sync_client
from invocations.models import Invocation
from sandbox.tests.web import Web

CANARY = "sk-canary-5f3759df/+"
ASKS = """
from neuroflow import agent, log, skill
import httpx


@agent(name="Asker", description="asks", capabilities=["http"])
class Asker:
    @skill(description="ask")
    async def ask(self, request, context):
        answer = await context.http.get(request.payload["url"])
        log.info("answered", headers=dict(answer.headers))
        print(answer.text)
        with context.span("seen", text=answer.text):
            if answer.headers.get("x-fail") or request.payload.get("fail"):
                raise ValueError(answer.text)
        return [answer.text, answer.headers, answer.url]
"""
COUNTS = """
from neuroflow import agent, skill


@agent(name="Counter", description="counts", capabilities=["state"])
class Counter:
    @skill(description="count")
    async def count(self, request, context):
        return [await context.state.increment("n"), await context.state.session.increment("n")]
"""


def everything() -> str:
    """All rows of all tables, as text."""
    rows = []
    for model in apps.get_models():
        for row in model._default_manager.values():
            rows.append(
                {name: bytes(value).hex() if isinstance(value, memoryview) else value for name, value in row.items()}
            )
    return json.dumps(rows, cls=DjangoJSONEncoder, default=str)


def kept_in_redis() -> str:
    """All that the installation keeps in Redis, as text."""
    client = sync_client()
    found = []
    for key in client.scan_iter("*"):
        kind = client.type(key)
        read: dict[str, Callable[[str], Any]] = {"string": client.get, "hash": client.hgetall, "stream": client.xrange}
        found.append([key, read[kind](key) if kind in read else kind])
    return json.dumps(found, default=str)


@pytest.mark.parametrize("how", ["plain", "json", "base64-1", "hex", "url-all", "header", "redirect", "broken", "gzip"])
@pytest.mark.parametrize("fail", [False, True])
def test_a_secret_leaves_no_trace(publish_agent, invoke, system, make_key, how, fail):
    with Web() as web:
        agent = publish_agent("asker", ASKS)
        set_secret(system, "key", web.host, value=CANARY)
        give_grant(system, agent, "http", {"hosts": [web.host], "secrets": ["key"]})
        ended = invoke("asker", None, payload={"url": f"{web.url}/leak?how={how}", "fail": fail})
        assert web.seen[0][2]["Authorization"] == f"Bearer {CANARY}"
    assert (ended.status == "succeeded") is (not fail and how != "broken"), ended.error
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key()[1]}")
    seen = [
        api.get(f"/api/v1/invocations/{ended.pk}/").content.decode(),
        api.get("/api/v1/invocations/").content.decode(),
        api.get("/api/v1/secrets/").content.decode(),
        api.get("/api/v1/agents/asker/grants/").content.decode(),
        everything(),
        kept_in_redis(),
    ]
    assert "secret:key" in seen[4]  # it was told, and cleared
    for text in seen:
        for form in (CANARY, CANARY.replace("/", "\\/"), CANARY.encode().hex(), "c2stY2FuYXJ5LTVmMzc1OWRmLys", "c2st"):
            assert form not in text
    assert Secret.objects.get().used_at is not None


def test_a_removed_secret_is_missed_at_the_next_call(publish_agent, invoke, system):
    with Web() as web:
        agent = publish_agent("asker", ASKS)
        set_secret(system, "key", web.host, value=CANARY)
        give_grant(system, agent, "http", {"hosts": [web.host], "secrets": ["key"]})
        assert invoke("asker", None, payload={"url": web.url}).status == "succeeded"
        remove_secret(system, "key")
        ended = invoke("asker", None, payload={"url": web.url})
        assert ended.error["code"] == "capability_denied"
        assert "'key', which is not set" in ended.error["message"]
        assert len(web.seen) == 1


def test_a_secret_that_cannot_be_opened_says_so(publish_agent, invoke, system):
    with Web() as web:
        agent = publish_agent("asker", ASKS)
        set_secret(system, "key", web.host, value=CANARY)
        give_grant(system, agent, "http", {"hosts": [web.host], "secrets": ["key"]})
        Secret.objects.update(host="127.0.0.1:1")
        ended = invoke("asker", None, payload={"url": web.url})
        assert "sealed for another host" in ended.error["message"]
        assert web.seen == []


@pytest.mark.servers
def test_state_is_kept_between_requests_and_apart_between_agents(publish_agent, service, system, make_key):
    for slug in ("one", "two"):
        give_grant(system, publish_agent(slug, COUNTS), "state", {})
    with service.client(make_key()[1]) as client:

        def ask(agent: str, session: str) -> dict[str, Any]:
            return client.post("/api/v1/invocations/", json={"agent": agent, "session": session}).json()

        assert ask("one", "a")["data"] == [1, 1]
        assert ask("one", "a")["data"] == [2, 2]
        ended = ask("one", "b")
        assert (ended["data"], Invocation.objects.get(pk=ended["id"]).effects) == ([3, 1], True)
        assert ask("two", "a")["data"] == [1, 1]
