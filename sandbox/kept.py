"""Sandboxes that are used again (`lifetime="reuse"`), for agents trusted with what earlier requests left behind.

Each serves one request at a time. One is thrown away after a failure, after many uses, and when it has not been used
for a while.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from sandbox.operate import Instance, Prepared

MOST = 16
MOST_USES = 10_000
IDLE_SECONDS = 300.0


class Kept:
    """Thread-safe; the one used last is used next, so that the others grow old and go."""

    def __init__(self, discard: Callable[[Instance], None]) -> None:
        self._discard = discard
        self._lock = threading.Lock()
        # Key, sandbox, how often it served, since when it waits; the oldest on the left.
        self._ready: deque[tuple[str, Instance, int, float]] = deque()

    def take(self, key: str) -> Prepared | None:
        """A sandbox that has served this key before and is free, or None."""
        self.drop_old()
        with self._lock:
            for index in range(len(self._ready) - 1, -1, -1):
                if self._ready[index][0] == key:
                    _, instance, uses, _ = self._ready[index]
                    del self._ready[index]
                    return Prepared(instance, uses=uses)
        return None

    def put(self, key: str, prepared: Prepared, instance: Instance) -> bool:
        """Keep a sandbox that served well; False when it has served long enough and is the caller's to discard."""
        if prepared.uses + 1 >= MOST_USES:
            return False
        with self._lock:
            self._ready.append((key, instance, prepared.uses + 1, time.monotonic()))
            surplus = self._ready.popleft() if len(self._ready) > MOST else None
        if surplus is not None:
            self._discard(surplus[1])
        return True

    def count(self) -> int:
        """How many wait to be used again."""
        return len(self._ready)

    def drop_old(self) -> None:
        """Discard what nobody used for long: called now and then, also when no request comes any more."""
        while True:
            with self._lock:
                if not self._ready or time.monotonic() - self._ready[0][3] < IDLE_SECONDS:
                    return
                old = self._ready.popleft()
            self._discard(old[1])

    def close(self) -> None:
        """Give all back."""
        with self._lock:
            left, self._ready = list(self._ready), deque()
        for _, instance, _, _ in left:
            instance.close()
