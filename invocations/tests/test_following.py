"""Live events: each once, in order, for those who come late, come back, or are slow; and only for those who may."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
import websockets
from django.test import Client

from invocations.models import Event

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
URL = "/api/v1/invocations/"
TICKER = (
    "import asyncio\nasync def handle(request):\n    for n in range(20):\n        print('tick', n)\n"
    "        await asyncio.sleep(0.05)\n"
)


@pytest.fixture
def cookie(make_person):
    """The session cookie of a logged-in person with a role."""

    def log_in(role: str = "viewer", username: str = "ada") -> str:
        client = Client()
        client.force_login(make_person(role, username), backend="django.contrib.auth.backends.ModelBackend")
        return f"sessionid={client.cookies['sessionid'].value}"

    return log_in


def connect(service, path: str, cookie: str = "", origin: str | None = None):
    port = service.ports[0]
    headers = {"Cookie": cookie} if cookie else {}
    return websockets.connect(
        f"ws://127.0.0.1:{port}{path}", additional_headers=headers, origin=origin or f"http://127.0.0.1:{port}"
    )


def start(service, key: str, agent: str = "ticker") -> str:
    with service.client(key) as client:
        return client.post(URL, json={"agent": agent, "text": "x", "wait": 0}).json()["id"]


async def watch(service, invocation_id: str, cookie: str, after: int = 0, at_most: int | None = None) -> list[dict]:
    """Events until the socket closes, or `at_most` of them."""
    seen = []
    async with connect(service, f"/ws/invocations/{invocation_id}/?after={after}", cookie) as socket:
        async for message in socket:
            seen.append(json.loads(message))
            if at_most is not None and len(seen) >= at_most:
                break
    return seen


def stored(invocation_id: str) -> list[dict]:
    return [
        {"seq": e.seq, "at": e.at_us, "attempt": e.attempt, "kind": e.kind, "span_id": e.span_id, "data": e.data}
        for e in Event.objects.filter(invocation_id=invocation_id).order_by("seq")
    ]


def test_a_browser_sees_every_event_once_and_in_order(service, make_key, publish_agent, cookie):
    publish_agent("ticker", TICKER)
    invocation_id = start(service, make_key()[1])
    seen = asyncio.run(watch(service, invocation_id, cookie()))
    assert seen == stored(invocation_id)
    assert seen[-1]["kind"] == "settled"


def test_random_disconnects_lose_and_double_nothing(service, make_key, publish_agent, cookie):
    publish_agent("ticker", TICKER)
    invocation_id, session, chance = start(service, make_key()[1]), cookie(), random.Random(7)
    seen: list[dict] = []
    while not seen or seen[-1]["kind"] != "settled":
        after = seen[-1]["seq"] if seen else 0
        seen += asyncio.run(watch(service, invocation_id, session, after, at_most=chance.randint(1, 7)))
    assert seen == stored(invocation_id)


def test_a_finished_invocation_is_told_from_the_database_when_the_stream_is_gone(
    service, make_key, publish_agent, cookie, bus
):
    from invocations.bus import keys
    from invocations.bus.client import sync_client

    publish_agent()
    with service.client(make_key()[1]) as client:
        invocation_id = client.post(URL, json={"agent": "echo", "text": "x"}).json()["id"]
    sync_client().delete(keys.stream(invocation_id), keys.fence(invocation_id))
    assert asyncio.run(watch(service, invocation_id, cookie())) == stored(invocation_id)


def test_twenty_browsers_see_the_same(service, make_key, publish_agent, cookie):
    publish_agent("ticker", TICKER)
    invocation_id, session = start(service, make_key()[1]), cookie()

    async def all_of_them() -> list[list[dict]]:
        return await asyncio.gather(*(watch(service, invocation_id, session) for _ in range(20)))

    results = asyncio.run(all_of_them())
    assert all(result == stored(invocation_id) for result in results)


@pytest.mark.parametrize("case", ["nobody", "foreign origin", "other workspace"])
def test_who_may_not_watch_is_turned_away(service, make_key, publish_agent, cookie, case):
    publish_agent()
    invocation_id = start(service, make_key()[1], "echo")
    session, origin = cookie(), None
    if case == "nobody":
        session = ""
    elif case == "foreign origin":
        origin = "http://127.0.0.1:1"
    else:
        from accounts.models import Membership, User, Workspace

        other = Workspace.objects.create(slug="other", name="Other")
        stranger = User.objects.create_user("eve", password="x")
        Membership.objects.create(workspace=other, user=stranger, role="admin")
        client = Client()
        client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
        session = f"sessionid={client.cookies['sessionid'].value}"

    async def attempt() -> tuple[int | None, list]:
        got = []
        try:
            async with connect(service, f"/ws/invocations/{invocation_id}/", session, origin) as socket:
                async for message in socket:
                    got.append(message)
                return socket.close_code, got
        except websockets.exceptions.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None, got
        except websockets.exceptions.InvalidStatus as refused:
            return refused.response.status_code, got

    code, got = asyncio.run(attempt())
    assert not got
    assert code in (4401, 4403, 4404, 403)


def test_the_feed_tells_of_what_is_accepted_and_settled(service, make_key, publish_agent, cookie):
    publish_agent()
    key, session = make_key()[1], cookie()

    async def listen() -> list[dict]:
        async with connect(service, "/ws/feed/", session) as socket:
            await asyncio.sleep(0.3)
            await asyncio.to_thread(start, service, key, "echo")
            return [json.loads(await asyncio.wait_for(socket.recv(), 10)) for _ in range(2)]

    told = asyncio.run(listen())
    assert [message["type"] for message in told] == ["accepted", "settled"]
    assert told[1]["invocation"]["status"] == "succeeded"
