"""The attempts that run in this process: their leases are renewed, their events flushed, their cancellations obeyed.

Four daemon threads serve them all, however many there are: `flush` sends events a few milliseconds after they happened,
`renew` prolongs leases every two seconds, `control` listens to cancellations and announcements, and `warm` prepares
sandboxes for what was published.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import redis
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

import sandbox
from invocations import database
from invocations.bus import keys
from invocations.bus.client import sync_client
from invocations.figures import FIGURES
from invocations.models import Invocation, Status
from invocations.trace import Trace

log = logging.getLogger(__name__)

LEASE_SECONDS = 6
RENEW_SECONDS = 2
BATCH_SECONDS = 0.005
BEGUN_SECONDS = 0.25
WARM = 2  # sandboxes kept ready for a version that was just published
CANCELLED_KEPT = 200
LIVE_SECONDS = 10  # a worker not heard of for this long counts as gone


@dataclass(frozen=True)
class Running:
    invocation_id: UUID
    attempt: int
    trace: Trace
    cancel: sandbox.Cancel


class RunningAttempts:
    """The registry; one a process (`RUNNING`)."""

    def __init__(self) -> None:
        self._running: dict[UUID, Running] = {}
        self._lock = threading.Lock()
        self._dirty = threading.Event()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._cancelled: deque[UUID] = deque(maxlen=CANCELLED_KEPT)  # of late, and not known here
        self._published: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.name = f"{socket.gethostname()}:{os.getpid()}"

    @contextmanager
    def track(self, running: Running) -> Iterator[None]:
        with self._lock:
            self._running[running.invocation_id] = running
            cancelled = running.invocation_id in self._cancelled
        if cancelled:  # the word came between the claim and this
            running.cancel.cancel("cancelled")
        try:
            yield
        finally:
            with self._lock:
                self._running.pop(running.invocation_id, None)

    def snapshot(self) -> list[Running]:
        with self._lock:
            return list(self._running.values())

    def wake_flusher(self) -> None:
        """There is something to send; it is sent within `BATCH_SECONDS`, together with what comes in between."""
        self._dirty.set()

    def start(self) -> None:
        """Start the threads (once, when the worker is ready)."""
        self._stop.clear()
        for target in (self._flush, self._renew, self._control, self._warm):
            thread = threading.Thread(
                target=self._forever, args=(target,), name=target.__name__.strip("_"), daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop the threads; leases of what still runs end by themselves."""
        self._stop.set()
        self._dirty.set()
        for thread in self._threads:
            thread.join(timeout=2)
        self._threads.clear()
        try:
            self._report()
            FIGURES.forget(self.name)
            sync_client().zrem(keys.workers(), self.name)
        except redis.RedisError:
            pass  # it will be forgotten by its age

    def _forever(self, target: Any) -> None:
        """A server that restarts must not end a thread that everything relies on."""
        while not self._stop.is_set():
            try:
                target()
            except (redis.RedisError, DatabaseError, OSError) as error:
                log.warning("%s: %s; trying again", target.__name__.strip("_"), error)
                self._stop.wait(0.5)
            except Exception:
                log.exception("%s failed; trying again", target.__name__.strip("_"))
                self._stop.wait(0.5)

    def _flush(self) -> None:
        while not self._stop.is_set():
            # What an agent tells is sent at once; that an attempt began is sent unless it has ended by then.
            if self._dirty.wait(BEGUN_SECONDS):
                time.sleep(BATCH_SECONDS)
                self._dirty.clear()
            for running in self.snapshot():
                if running.trace.is_dirty:
                    running.trace.flush()
                if running.trace.fenced:
                    running.cancel.cancel("superseded")

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            sync_client().zadd(keys.workers(), {self.name: time.time()})
            close_old_connections()
            self.renew_leases()
            self._report()

    def _report(self) -> None:
        from agents import source

        FIGURES.report(self.name, source.runtime().stats())

    def renew_leases(self) -> None:
        """Prolong the leases of what runs here, and stop what the database says is no longer ours."""
        running = self.snapshot()
        until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
        by_attempt: dict[int, list[Running]] = defaultdict(list)
        for one in running:
            by_attempt[one.attempt].append(one)
        for attempt, ones in by_attempt.items():
            ours = Invocation.objects.filter(
                pk__in=[one.invocation_id for one in ones], attempt=attempt, status=Status.RUNNING
            )
            with database.write_turn():  # without a turn it might wait longer than a lease lasts
                renewed = ours.update(lease_expires_at=until)
            if renewed < len(ones):
                still = set(ours.values_list("pk", flat=True))
                for one in ones:
                    if one.invocation_id not in still:
                        one.cancel.cancel("superseded")

    def _control(self) -> None:
        sync_client().zadd(keys.workers(), {self.name: time.time()})
        with sync_client().pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(keys.control_channel())
            while not self._stop.is_set():
                message = channel.get_message(timeout=1.0)
                if message:
                    self._obey(json.loads(message["data"]))

    def _obey(self, message: dict[str, Any]) -> None:
        if message["type"] == "cancel":
            with self._lock:
                running = self._running.get(UUID(message["invocation"]))
                if running is None:
                    self._cancelled.append(UUID(message["invocation"]))
            if running is not None:
                running.cancel.cancel("cancelled")
        elif message["type"] == "warm":
            self._published.put(message)

    def _warm(self) -> None:
        """Not by who listens: code that takes long to load must not keep a cancellation waiting."""
        while not self._stop.is_set():
            with suppress(queue.Empty):
                _prepare(self._published.get(timeout=1.0))


def _prepare(message: dict[str, Any]) -> None:
    """Prepare for a version's first request, in the way its settings ask for."""
    from agents import source
    from invocations import pins

    try:
        code, settings = pins.source(message["version"]), pins.settings(message["settings"])
        database.release()
        source.runtime().warm(code, WARM, settings.limits, isolation=settings.isolation)
    except (sandbox.SourceError, sandbox.IsolationUnavailable) as error:
        log.info("version %s is not prepared: %s", message["version"], error)
    except Exception:
        log.exception("version %s is not prepared", message["version"])
    finally:
        database.release()


RUNNING = RunningAttempts()


def live_workers() -> int:
    """How many worker processes said within the last seconds that they live. Raises RedisError."""
    return int(sync_client().zcount(keys.workers(), time.time() - LIVE_SECONDS, "+inf"))
