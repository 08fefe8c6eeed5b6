"""Loading an agent once and beginning every further sandbox where that ended.

A snapshot is kept only of code that loads the same way each time: in the sandbox in which it is taken, the host notices
whether loading asks for randomness, for the time or for a wait, and whether it drew random numbers. Code that does is
loaded anew in every sandbox, as is code that made its memory grow.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from sandbox import guestjson
from sandbox.limits import MIB, Limits
from sandbox.operate import Instance, Prepared, Reply, operate
from sandbox.run import Machine, Run
from sandbox.snapshot import Snapshot

logger = logging.getLogger(__name__)

#: Of all snapshots of a process together; the one used least recently goes first.
_MOST_BYTES = 256 * MIB


class Taken(Instance, Protocol):
    """A sandbox of which a snapshot can be taken."""

    def snapshot(self, untouched: "Taken") -> Snapshot | None: ...


class Restorable(Protocol):
    """An image whose sandboxes can begin where another's loading ended."""

    def watched(self, seen: Callable[[], None]) -> Any: ...

    def restored(self, kept: Snapshot) -> Instance: ...


@dataclass(frozen=True)
class Loaded:
    """What loading used and told; what it left in memory is in the keeping of `Snapshots`, which may give it up."""

    source_id: str
    reply: Reply
    events: list[tuple[str, dict[str, Any]]]
    took_ms: float  # processor time


class Snapshots:
    """Takes snapshots and makes sandboxes from them. Thread-safe."""

    def __init__(self, image: Restorable, machine: Machine) -> None:
        self._image = image
        self._machine = machine
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Loaded, Snapshot]] = OrderedDict()

    def take(
        self, source_id: str, body: Callable[[Limits, bool], str], fetch: Callable[[str], str], limits: Limits
    ) -> Loaded | None:
        """Load a source in a sandbox of its own and keep what that leaves; None where it must be loaded each time."""
        asked: list[None] = []
        events: list[tuple[str, dict[str, Any]]] = []
        used: list[Instance] = []
        try:
            untouched = self._image.watched(lambda: None)
            used.append(untouched)
            loaded = self._begun(lambda: asked.append(None), used)
            asked.clear()
            run = Run(self._machine, limits, lambda k, data: events.append((k, data)), fetch=fetch, idle=True)
            _, reply = operate(run, loaded, limits, "load_watched", body(limits, False))
            if reply.failure is not None or asked or run.waited or guestjson.loads(reply.body)["drew"]:
                return None
            snapshot = loaded.snapshot(untouched)
        finally:
            for instance in used:
                instance.close()
        if snapshot is None or snapshot.bytes > _MOST_BYTES // 4:
            return None
        # Fuel measures what the code asks for, processor time what was really spent: loading is not spent again.
        took_ms, reply.cpu_ms = reply.cpu_ms, 0.0
        told = Loaded(source_id, reply, events, took_ms)
        with self._lock:
            self._kept[source_id] = told, snapshot
            self._kept.move_to_end(source_id)
            while sum(each.bytes for _, each in self._kept.values()) > _MOST_BYTES:
                self._kept.popitem(last=False)
        return told

    def _begun(self, seen: Callable[[], None], used: list[Instance]) -> Any:
        """A sandbox that has served a rehearsal: what an interpreter does once is done before the agent is loaded."""
        run = Run(self._machine, Limits(), lambda kind, data: None, idle=True)
        instance, _ = operate(run, lambda: self._image.watched(seen), Limits(), "rehearse", "{}")
        assert instance is not None
        used.append(instance)
        return instance

    def restored(self, loaded: Loaded) -> Prepared | None:
        """A sandbox that will be made when it is asked for; None when the snapshot was given up for others."""
        with self._lock:
            told, snapshot = self._kept.get(loaded.source_id, (None, None))
            if told is not loaded or snapshot is None:
                return None
            self._kept.move_to_end(loaded.source_id)
        return Prepared(partial(self._image.restored, snapshot), replace(loaded.reply), loaded.events, reseed=True)
