"""Waiting costs no core: two worker processes carry two hundred agents that wait, and serve who computes meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from django.conf import settings

from agents.actions.grants import give_grant
from agents.actions.settings import update_settings
from invocations.models import Invocation, Status
from testing.processes import Processes
from testing.workers import until

URL = "/api/v1/invocations/"
MANY = 200
ASKS = """
from neuroflow import agent, skill


@agent(name="asks", description="asks a slow service", capabilities=["http"])
class Asks:
    @skill(description="asks")
    async def ask(self, request, context):
        return (await context.http.get(request.text)).status
"""
COMPUTES = "def handle(request):\n    return sum(n * n for n in range(200_000))\n"


class SlowService:
    """A web service that answers nobody before it is told to; `here` is how many wait for it at this moment.

    With `patience` it answers each after so many seconds all the same.
    """

    def __init__(self) -> None:
        self.here = self.most = self.asked = 0
        self.patience: float | None = None
        self._loop = asyncio.new_event_loop()
        self._release = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> SlowService:
        self._thread.start()
        started = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=2 * MANY)
        self._server = asyncio.run_coroutine_threadsafe(started, self._loop).result(10)
        self.host = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def release(self) -> None:
        """Answer everybody."""
        self._loop.call_soon_threadsafe(self._release.set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.here += 1
        self.asked += 1
        self.most = max(self.most, self.here)
        gone = asyncio.ensure_future(reader.read())
        released = asyncio.ensure_future(self._release.wait())
        await asyncio.wait([gone, released], timeout=self.patience, return_when=asyncio.FIRST_COMPLETED)
        self.here -= 1
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        gone.cancel()
        released.cancel()
        writer.close()


@pytest.fixture
def slow_service() -> Iterator[SlowService]:
    with SlowService() as service:
        yield service


@pytest.fixture(scope="module")
def own_processes(redis_server, sandbox_image, django_db_setup) -> Iterator[Processes]:
    with Processes(REDIS_PREFIX=f"{settings.REDIS_PREFIX}-two") as processes:
        yield processes


@pytest.fixture
def two_workers(own_processes, transactional_db, workspace) -> Processes:
    """A system of its own: one web process, two workers as they are started by default."""
    own_processes.ensure(web=1, workers=2)
    return own_processes


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_hundred_agents_wait_in_two_processes_while_another_computes(
    two_workers, slow_service, publish_agent, make_key, system
):
    """The service answers none of them before all have asked, and not before the one that computes was answered."""
    asks = publish_agent("asks", ASKS)
    update_settings(system, asks, limits={"wall_ms": 300_000})
    give_grant(system, asks, "http", {"hosts": [slow_service.host], "timeout_ms": 120_000})
    publish_agent("computes", COMPUTES)
    with two_workers.client(make_key()[1]) as client:
        for _ in range(MANY):
            body = {"agent": "asks", "text": f"http://{slow_service.host}/", "wait": 0}
            assert client.post(URL, json=body).status_code == 202
        until(lambda: slow_service.here == MANY)
        for _ in range(5):
            answer = client.post(URL, json={"agent": "computes", "text": "x"}).json()
            assert answer["data"] == sum(n * n for n in range(200_000)), answer
        assert slow_service.here == MANY, "all of them still wait"
        slow_service.release()
        until(lambda: not Invocation.objects.filter(status__in=[Status.QUEUED, Status.RUNNING]).exists())
    assert Invocation.objects.filter(agent=asks, status=Status.SUCCEEDED, data=204, attempt=1).count() == MANY


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_cap_holds_over_two_processes_also_when_one_of_them_is_killed(
    two_workers, slow_service, publish_agent, make_key, system
):
    """The service counts how many ask at once; nobody else has to wait for those who do."""
    asks = publish_agent("asks", ASKS, max_concurrent=3)
    give_grant(system, asks, "http", {"hosts": [slow_service.host], "timeout_ms": 120_000})
    publish_agent("computes", COMPUTES)
    with two_workers.client(make_key()[1]) as client:
        body = {"agent": "asks", "text": f"http://{slow_service.host}/", "wait": 0}
        ids = [client.post(URL, json=body).json()["id"] for _ in range(30)]
        until(lambda: slow_service.here == 3)
        assert client.post(URL, json={"agent": "computes", "text": "x"}).json()["success"]
        assert slow_service.here == 3, "the others wait, and without a thread of those that serve"
        two_workers.kill_worker()
        slow_service.patience = 0.05
        slow_service.release()
        until(lambda: not Invocation.objects.filter(status__in=[Status.QUEUED, Status.RUNNING]).exists())
        assert slow_service.most == 3
        done = Invocation.objects.filter(agent=asks)
        assert {str(one.pk) for one in done} == set(ids)
        assert {(one.status, one.data) for one in done} == {(Status.SUCCEEDED, 204)}
