"""Sandboxes prepared while nobody waits: fresh ones, and for busy sources loaded ones. Each is handed out once."""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.limits import MIB
from sandbox.operate import Instance, Prepared

logger = logging.getLogger(__name__)

MOST_LOADED = 24
BARE = 3
_MOST_PER_SOURCE = 6
_MOST_GARBAGE = 12
#: What a sandbox that waits to be cleared away may hold; an interpreter alone has 50 MB, nearly all of it shared.
_LARGE_BYTES = 80 * MIB
#: Requests that come closer together than this ask for more sandboxes to be held ready.
_BUSY_SECONDS = 0.05
#: After so long without a request, one sandbox of a source is held ready instead of several.
_QUIET_SECONDS = 120.0
_TRIM_SECONDS = 15.0
#: For so long after a request found nothing ready, sandboxes are made in the quicker way.
_RUSH_SECONDS = 0.5


@dataclass
class _Shelf:
    """Sandboxes held ready for one source."""

    prepare: Callable[[bool], Prepared | None]
    wanted: int
    rushed: float = 0.0  # when a request last found nothing ready although it was not the first
    ready: deque[Prepared] = field(default_factory=deque)
    asked: float = 0.0
    warmed: float = 0.0


class Pool:
    """Thread-safe. One thread of its own prepares, and clears away used sandboxes, when no run computes."""

    def __init__(
        self, bare: Callable[[], Instance] | None, idle: Callable[[], None], trim: Callable[[], None] = lambda: None
    ) -> None:
        """`trim` is called every few seconds, by the thread that prepares."""
        self.hits = 0
        self.misses = 0
        self._make_bare = bare
        self._idle = idle
        self._trim_others = trim
        self._bare: deque[Instance] = deque()
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()
        self._garbage: deque[Instance] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sandbox-pool", daemon=True)
        self._thread.start()

    def take(self, source_id: str, prepare: Callable[[bool], Prepared | None]) -> Prepared | None:
        """A loaded sandbox, or None when none is ready. From now on some are kept ready; `prepare` makes them.

        `prepare(rehearse)` is told whether there is time to rehearse a request: that makes the request shorter and
        the whole longer, so it is left out while requests come faster than sandboxes can be made.
        """
        now = time.monotonic()
        with self._changed:
            shelf = self._shelf(source_id, prepare)
            shelf.prepare = prepare
            if shelf.ready:
                self.hits += 1
                prepared = shelf.ready.popleft()
            else:
                self.misses += 1
                prepared = None
            busy = now - shelf.asked < _BUSY_SECONDS
            if prepared is None and busy:
                shelf.rushed = now
                shelf.wanted = min(shelf.wanted + 1, _MOST_PER_SOURCE)
            shelf.asked = now
        return prepared

    def warm(self, source_id: str, prepare: Callable[[bool], Prepared | None], count: int) -> None:
        """Keep so many sandboxes ready for a source, before its first request."""
        with self._changed:
            shelf = self._shelf(source_id, prepare)
            shelf.wanted = max(shelf.wanted, min(count, _MOST_PER_SOURCE))
            shelf.warmed = time.monotonic()
            self._changed.notify()

    def missed(self) -> None:
        """A request came for which nothing is held ready."""
        with self._changed:
            self.misses += 1

    def _shelf(self, source_id: str, prepare: Callable[[bool], Prepared | None]) -> _Shelf:
        shelf = self._shelves.get(source_id)
        if shelf is None:
            shelf = self._shelves[source_id] = _Shelf(prepare, wanted=2)
        self._shelves.move_to_end(source_id)
        while sum(s.wanted for s in self._shelves.values()) > MOST_LOADED and len(self._shelves) > 1:
            _, oldest = self._shelves.popitem(last=False)
            self._garbage.extend(_instances(oldest))
        return shelf

    def forget(self, source_id: str) -> None:
        """Keep nothing ready for a source any more: loading it fails."""
        with self._changed:
            shelf = self._shelves.pop(source_id, None)
            if shelf is not None:
                self._garbage.extend(_instances(shelf))
                self._changed.notify()

    def bare(self) -> Instance | None:
        """A fresh sandbox that has loaded nothing, or None when none is ready."""
        with self._changed:
            return self._bare.popleft() if self._bare else None

    def discard(self, instance: Instance) -> None:
        """Clear a used sandbox away, later when that can wait; a large one at once."""
        small = instance.memory_bytes() < _LARGE_BYTES
        with self._changed:
            if small and len(self._garbage) < _MOST_GARBAGE and not self._closed:
                self._garbage.append(instance)
                self._changed.notify()
                return
        instance.close()

    def prepared(self) -> int:
        """How many sandboxes are ready."""
        with self._changed:
            return len(self._bare) + sum(len(s.ready) for s in self._shelves.values())

    def close(self) -> None:
        """End the thread and clear everything away."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=15)
        left = [*self._garbage, *self._bare, *(i for s in self._shelves.values() for i in _instances(s))]
        self._garbage.clear()
        self._bare.clear()
        self._shelves.clear()
        for instance in left:
            instance.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                job = self._next()
                while job is None and not self._closed:
                    self._changed.wait(_TRIM_SECONDS)
                    self._trim()
                    job = self._next()
                if self._closed:
                    return
            assert job is not None
            try:
                job()
            except Exception:
                logger.exception("a sandbox could not be prepared")
                time.sleep(1)

    def _trim(self) -> None:
        """Of what nobody asked for lately one sandbox is enough."""
        self._trim_others()
        now = time.monotonic()
        for shelf in self._shelves.values():
            if shelf.wanted > 1 and now - max(shelf.asked, shelf.warmed) > _QUIET_SECONDS:
                shelf.wanted = 1
                while len(shelf.ready) > 1:
                    self._garbage.append(_made(shelf.ready.pop()))

    def _next(self) -> Callable[[], None] | None:
        if len(self._garbage) > _MOST_GARBAGE:
            # Sources that come and go would otherwise always find something more urgent than clearing away.
            return self._clear
        for source_id in reversed(self._shelves):
            shelf = self._shelves[source_id]
            if len(shelf.ready) < shelf.wanted:
                return lambda: self._fill(source_id, shelf)
        if self._garbage:
            return self._clear
        if self._make_bare is not None and len(self._bare) < BARE:
            return self._add_bare
        return None

    def _fill(self, source_id: str, shelf: _Shelf) -> None:
        try:
            prepared = shelf.prepare(time.monotonic() - shelf.rushed > _RUSH_SECONDS)
        except Exception:
            # Or it would be tried again and again, and nothing else be prepared meanwhile.
            self.forget(source_id)
            raise
        if prepared is None:
            self.forget(source_id)
            return
        with self._changed:
            if self._shelves.get(source_id) is shelf and not self._closed:
                shelf.ready.append(prepared)
                return
        _made(prepared).close()

    def _clear(self) -> None:
        try:
            instance = self._garbage.popleft()
        except IndexError:
            return
        self._idle()
        instance.close()

    def _add_bare(self) -> None:
        assert self._make_bare is not None
        self._bare.append(self._make_bare())


def _made(prepared: Prepared) -> Instance:
    """What is held ready has its sandbox."""
    assert prepared.instance is not None and not callable(prepared.instance)
    return prepared.instance


def _instances(shelf: _Shelf) -> list[Instance]:
    return [_made(prepared) for prepared in shelf.ready]
