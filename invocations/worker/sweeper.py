"""The sweeper: looks for what was lost, and gives it to another worker or says so. One is elected at a time.

- An attempt whose lease ended: its worker died or hangs. It is run again when that is safe, else it ends as
  `worker_lost`; the events it had streamed are kept either way.
- A row that waits although no message for it can be under way: its wake-up was lost; it is enqueued again.
- Rows that wait for their agent's cap although it has room (`caps.repair`).
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import redis
from django.db import DatabaseError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from invocations import caps, dispatch, pins, settling
from invocations.bus import keys, notices
from invocations.bus.client import sync_client
from invocations.idempotency import KEPT
from invocations.models import IdempotencyRecord, Invocation, Status
from invocations.settling import Settlement
from invocations.trace import Trace

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3  # the first, and at most two more
SWEEP_SECONDS = 1.0
LOCK_MS = 5_000
WAKE_UP_LOST = timedelta(seconds=5)  # a row waits this long in front of an empty queue
WAKE_UP_OVERDUE = timedelta(minutes=2)  # … or this long in front of any queue
BATCH = 100


class Sweeper:
    """A thread in every worker; the one that holds the lock in Redis sweeps."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop, and let another be elected at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2)
        try:
            if sync_client().get(keys.sweeper_lock()) == self._name:
                sync_client().delete(keys.sweeper_lock())
        except redis.RedisError:
            pass  # the lock ends by itself

    def _run(self) -> None:
        while not self._stop.wait(SWEEP_SECONDS):
            try:
                if self._elected():
                    close_old_connections()
                    sweep()
            except (redis.RedisError, DatabaseError) as error:
                log.warning("sweep: %s; trying again", error)
            except Exception:
                log.exception("sweep failed; trying again")

    def _elected(self) -> bool:
        client = sync_client()
        if client.set(keys.sweeper_lock(), self._name, nx=True, px=LOCK_MS):
            return True
        if client.get(keys.sweeper_lock()) != self._name:
            return False
        client.pexpire(keys.sweeper_lock(), LOCK_MS)
        return True


def sweep() -> None:
    """One round. Two sweepers at once do no harm: every step is a compare-and-set."""
    now = timezone.now()
    for invocation in Invocation.objects.filter(status=Status.RUNNING, lease_expires_at__lt=now)[:BATCH]:
        _expired(invocation)
    empty = notices.queue_depth() == 0
    overdue = now - (WAKE_UP_LOST if empty else WAKE_UP_OVERDUE)
    # What waits for its agent's cap waits without a message, as it should.
    capped = Q(agent__current_settings__max_concurrent__isnull=False)
    waiting = Invocation.objects.filter(status=Status.QUEUED, enqueued_at__lt=overdue).exclude(capped).order_by("pk")
    for invocation in waiting[:BATCH]:
        # Moving the time first keeps this from sending one message a second for the same row.
        if Invocation.objects.filter(pk=invocation.pk, status=Status.QUEUED).update(enqueued_at=now):
            log.info("invocation %s waited without a message; enqueued again", invocation.pk)
            dispatch.start(invocation)
    caps.repair(empty)
    IdempotencyRecord.objects.filter(created_at__lt=now - KEPT).delete()


def may_run_again(invocation: Invocation) -> bool:
    """Nothing is repeated behind anybody's back: only what changed nothing outside, or says that it is idempotent."""
    if invocation.attempt >= MAX_ATTEMPTS:
        return False
    if not invocation.effects:
        return True
    skill = pins.version(invocation.version_id).skill(invocation.skill) if invocation.version_id else None
    return bool(skill and skill.get("idempotent"))


def _expired(invocation: Invocation) -> None:
    if may_run_again(invocation):
        again = Invocation.objects.filter(
            pk=invocation.pk, attempt=invocation.attempt, status=Status.RUNNING, lease_expires_at__lt=timezone.now()
        ).update(status=Status.QUEUED, enqueued_at=timezone.now(), lease_expires_at=None)
        if again:
            log.warning("invocation %s lost its worker in attempt %s; it runs again", invocation.pk, invocation.attempt)
            trace = Trace(str(invocation.pk), invocation.root_span_id, invocation.attempt)
            trace.event("retried", {"attempt": invocation.attempt, "reason": "the worker's lease ended"})
            trace.flush()
            dispatch.enqueue(invocation.pk)
        return
    why = (
        f"it was tried {invocation.attempt} times"
        if not invocation.effects
        else "it had already changed something outside and its skill is not idempotent"
    )
    error = {
        "code": "worker_lost",
        "message": f"The worker died while it ran this request, and it was not run again: {why}.",
        "detail": {"attempts": invocation.attempt, "effects": invocation.effects},
    }
    still = Invocation.objects.filter(
        pk=invocation.pk, attempt=invocation.attempt, status=Status.RUNNING, lease_expires_at__lt=timezone.now()
    )
    if not still.exists():
        return  # it was only late: its lease has been renewed since
    log.warning("invocation %s ends as worker_lost: %s", invocation.pk, why)
    settling.end_from_outside(invocation, Settlement(Status.FAILED, error=error), {"reason": error["message"]})
