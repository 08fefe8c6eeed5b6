"""A cap on how many runs of an agent are under way at once, over all workers.

The rows are the whole truth; there is no second count anywhere that could disagree with them. A message for an agent
with a cap means "one of this agent's may run": the worker that takes it counts the running rows under the agent's lock
and claims the one that has waited longest, or, when the cap is reached, drops the message. Every run that ends sends
one message for what waits, so that as many are under way as the cap allows, and nobody polls. What a lost message
leaves undone the sweeper finds (`repair`). An agent without a cap costs nothing but a condition in the claim.

What counts is the agent's current cap, not the one it had when a request came in: one that is raised helps at once. A
run that was cancelled or lost its worker counts as ended from that moment; its sandbox may take a tick longer to stop.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import redis
from django.db import DatabaseError, connection, transaction
from django.db.models import Count
from kombu.exceptions import OperationalError

from agents.models import Agent, AgentSettings

from . import dispatch, sql
from .bus import events as bus
from .ids import now_us
from .models import OPEN, Invocation, Status

log = logging.getLogger(__name__)

WAITS = "waits"  # the kind of the event that says why a request is not run yet
_INVOCATION, _AGENT, _SETTINGS = (model._meta.db_table for model in (Invocation, Agent, AgentSettings))
# Written as the partial index of open rows has it, so that SQLite sees that the index will do; `+` keeps both databases
# from walking through all that the agent has ever run.
_OPEN = f"status IN ({', '.join(repr(str(status)) for status in OPEN)}) AND +agent_id"

#: As a condition of the claim: the row's agent has no cap.
UNCAPPED = f"""NOT EXISTS (
    SELECT 1 FROM {_AGENT} a JOIN {_SETTINGS} s ON s.id = a.current_settings_id
    WHERE a.id = {_INVOCATION}.agent_id AND s.max_concurrent IS NOT NULL)"""  # noqa: S608 (table names of our own)
_OF = f"""
    SELECT i.agent_id, s.max_concurrent FROM {_INVOCATION} i
    JOIN {_AGENT} a ON a.id = i.agent_id JOIN {_SETTINGS} s ON s.id = a.current_settings_id
    WHERE i.id = %s"""  # noqa: S608
_STATE = f"""
    SELECT s.max_concurrent, (SELECT COUNT(*) FROM {_INVOCATION} WHERE {_OPEN} = a.id AND status = %s)
    FROM {_AGENT} a JOIN {_SETTINGS} s ON s.id = a.current_settings_id
    WHERE a.id = %s"""  # noqa: S608
_WAITING = f"""
    SELECT id FROM {_INVOCATION} WHERE {_OPEN} = %s AND status = %s ORDER BY created_at, id LIMIT %s"""  # noqa: S608
_HOW_MANY_WAIT = f"SELECT COUNT(*) FROM {_INVOCATION} WHERE {_OPEN} = %s AND status = %s"  # noqa: S608
_LOCK = f"SELECT id FROM {_AGENT} WHERE id = %s FOR NO KEY UPDATE"  # noqa: S608
_AGENTS_THAT_WAIT = f"""
    SELECT i.agent_id FROM {_INVOCATION} i
    JOIN {_AGENT} a ON a.id = i.agent_id JOIN {_SETTINGS} s ON s.id = a.current_settings_id
    WHERE i.status IN ({", ".join(repr(str(status)) for status in OPEN)}) AND i.status = %s
    AND s.max_concurrent IS NOT NULL
    GROUP BY i.agent_id"""  # noqa: S608

MANY = 1_000  # rows looked at in one go
REPAIR_AGAIN = timedelta(minutes=2)
_repaired: dict[int, float] = {}


def claim(invocation_id: UUID, statement: sql.Returning, parameters: Sequence[Any]) -> Invocation | None:
    """For the message of that invocation, claim whichever of its agent's has waited longest, within the agent's cap.

    `statement` claims one row, given `parameters` and its id. None when the agent has no cap (then the row is no longer
    to be had), when nothing waits, or when the cap is reached: then the invocation's trace says so.
    """
    known = sql.first(_OF, [sql.key(Invocation, invocation_id)])
    if known is None or known[1] is None:
        return None
    agent_id = known[0]
    with transaction.atomic():
        cap, running = _locked_state(agent_id)
        if cap is not None and running >= cap:
            _say_why(invocation_id, running, cap)
            return None
        # A row that is cancelled at this very moment is not claimed, but the next one can be.
        for waiting in _waiting(agent_id, cap - running if cap is not None else 1):
            claimed: Invocation | None = statement.one([*parameters, sql.key(Invocation, waiting), Status.QUEUED])
            if claimed is not None:
                claimed.capped = True
                return claimed
    return None


def wake(agent_id: int, most: int | None = None) -> None:
    """After a commit that made room: wake workers for what waits, as far as the cap has room, and at most so many.

    Without `most` also for an agent whose cap was taken away. Never fails: see `repair`.
    """
    try:
        found = sql.first(_STATE, [Status.RUNNING, agent_id])
        if found is None or (most is not None and found[0] is None):
            return
        cap, running = found
        room = MANY if cap is None else max(0, cap - running)
        for waiting in _waiting(agent_id, room if most is None else min(room, most)) if room else ():
            dispatch.enqueue(waiting)
    except (redis.RedisError, OperationalError, ConnectionError, DatabaseError) as error:
        log.warning("what waits for agent %s is woken by the sweeper: %s", agent_id, error)


def ended(invocation: Invocation) -> None:
    """An attempt of this invocation is over: the next one that waits for the agent's cap may run."""
    if invocation.agent_id is not None:
        wake(invocation.agent_id, 1)


def repair(queue_is_empty: bool) -> None:
    """Wake what waits although there is room: its message was lost, or the cap was set while others ran.

    In front of an empty queue at every sweep, else rarely: the messages may be in it.
    """
    now = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_AGENTS_THAT_WAIT, [Status.QUEUED])
        agents = [row[0] for row in cursor.fetchall()]
    for agent_id in agents:
        if queue_is_empty or now - _repaired.get(agent_id, now) > REPAIR_AGAIN.total_seconds():
            _repaired[agent_id] = now
            wake(agent_id)
        _repaired.setdefault(agent_id, now)
    for agent_id in _repaired.keys() - set(agents):
        del _repaired[agent_id]


def why_it_waited(invocation: Invocation) -> dict[str, Any]:
    """For the span of its wait: the reason, when it waited for the cap."""
    for event in invocation.admission or ():
        if event["kind"] == WAITS:
            return {WAITS: event["data"]["reason"]}
    return {}


def waiting(agent_id: int) -> int:
    """How many requests to the agent are queued. One query."""
    row = sql.first(_HOW_MANY_WAIT, [agent_id, Status.QUEUED])
    return int(row[0]) if row else 0


def waiting_by_agent() -> list[tuple[str, int]]:
    """Of each agent with a cap for which requests wait: its slug, and how many. One query."""
    capped = Invocation.objects.filter(status=Status.QUEUED, agent__current_settings__max_concurrent__isnull=False)
    return list(capped.values_list("agent__slug").annotate(count=Count("pk")).order_by("agent__slug"))


def _locked_state(agent_id: int) -> tuple[int | None, int]:
    """The agent's cap and how many of its runs are under way; nobody else claims one before the transaction ends."""
    if connection.features.has_select_for_update:  # SQLite has one writer, and this transaction is it
        sql.first(_LOCK, [agent_id])
    row = sql.first(_STATE, [Status.RUNNING, agent_id])
    assert row is not None
    return row[0], row[1]


def _waiting(agent_id: int, most: int) -> list[UUID]:
    """Ids of what waits, in order of arrival."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [agent_id, Status.QUEUED, most])
        # SQLite keeps them as text.
        return [found if isinstance(found, UUID) else UUID(found) for (found,) in cursor.fetchall()]


def _say_why(invocation_id: UUID, running: int, cap: int) -> None:
    """Tell the trace, once, what the request waits for; the row too, for who claims it numbers on from there."""
    row = Invocation.objects.filter(pk=invocation_id, status=Status.QUEUED).values("admission", "attempt").first()
    if row is None or any(event["kind"] == WAITS for event in row["admission"]):
        return
    reason = f"waits: {running} of {cap} runs under way"
    data = {"reason": reason, "running": running, "max_concurrent": cap}
    event = {"at": now_us(), "attempt": row["attempt"], "kind": WAITS, "span_id": "", "data": data}
    told = [*(row["admission"] or []), event]
    queued = Invocation.objects.filter(pk=invocation_id, status=Status.QUEUED, attempt=row["attempt"])
    if not queued.update(admission=told):
        return
    try:
        # Before the commit: whoever claims the row after it must find the event in the stream.
        bus.append(str(invocation_id), row["attempt"], [event], known_seq=len(told) - 1)
    except (redis.RedisError, bus.Fenced) as error:
        log.warning("why invocation %s waits is told by its row alone: %s", invocation_id, error)
