"""Fixtures: this process as a worker, and waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Return when the condition holds; fail when that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def listening(bus, monkeypatch) -> Iterator[None]:
    """This process flushes events, renews leases and obeys messages as a worker does, and no other is sent for.

    What is admitted is left to the test, which calls `execute`; another worker of the suite does not take it away.
    """
    from invocations import dispatch
    from invocations.bus import keys
    from invocations.bus.client import sync_client
    from invocations.worker.running import RUNNING

    def listeners() -> int:
        return int(sync_client().pubsub_numsub(keys.control_channel())[0][1])

    monkeypatch.setattr(dispatch, "enqueue", lambda _invocation_id: None)
    before = listeners()
    RUNNING.start()
    until(lambda: listeners() > before)
    yield
    RUNNING.stop()
