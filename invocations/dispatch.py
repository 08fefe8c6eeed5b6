"""After commit: tell the world of an invocation. Every step may be repeated, and the sweeper repeats what was lost."""

from __future__ import annotations

import logging
from uuid import UUID

import redis
from kombu.exceptions import OperationalError

from .bus import events, notices
from .models import Invocation
from .representation import summary

log = logging.getLogger(__name__)


def start(invocation: Invocation) -> None:
    """Begin the event stream, show the invocation in live lists, and wake a worker.

    A broker that does not answer costs nothing but time: the row is committed, and the sweeper enqueues it again.
    """
    try:
        accepted = notices.accepted(invocation.workspace_id, summary(invocation))
        try:
            events.append(str(invocation.pk), 0, invocation.admission or [], only_first=True, notices=[accepted])
        except events.Fenced:
            pass  # an attempt has begun the stream and lost its worker: only the wake-up is missing
        enqueue(invocation.pk)
    except (redis.RedisError, OperationalError, ConnectionError) as error:
        log.warning("invocation %s waits for the broker: %s", invocation.pk, error)


def enqueue(invocation_id: UUID) -> None:
    """Put the wake-up into the queue. Sent twice it is harmless: a worker claims the row or finds it taken."""
    from .tasks import run

    run.apply_async(args=(str(invocation_id),), retry=False)


def finished_at_admission(invocation: Invocation) -> None:
    """Tell live lists of an invocation that was refused at the door; who sent it is answered directly."""
    try:
        notices.send(notices.settled(invocation.workspace_id, summary(invocation)))
    except redis.RedisError as error:
        log.warning("the feed missed invocation %s: %s", invocation.pk, error)
