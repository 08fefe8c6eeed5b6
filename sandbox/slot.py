"""The compute slot: one guest computes at a time in a process, whoever waits gives way."""

import threading
import time
from collections import deque

#: How long one guest may compute while others wait for the slot.
SLICE_SECONDS = 0.010


class Slot:
    """A fair lock that is handed over in order of arrival. Preparing the pool comes after every run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()
        self._idle: deque[threading.Lock] = deque()
        self._since = 0.0

    def acquire(self, timeout: float | None = None, idle: bool = False) -> bool:
        """Take the slot; False when the seconds were over first. `idle` lets everyone else go first."""
        with self._lock:
            if not self._held and not self._waiting:
                self._held = True
                self._since = time.monotonic()
                return True
            turn = threading.Lock()
            turn.acquire()
            queue = self._idle if idle else self._waiting
            queue.append(turn)
        if turn.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            return True
        with self._lock:
            if turn in queue:
                queue.remove(turn)
                return False
        # It was handed over in the very moment in which the time ran out.
        return True

    def release(self) -> None:
        """Hand the slot to the next one."""
        with self._lock:
            queue = self._waiting or self._idle
            if queue:
                self._since = time.monotonic()
                queue.popleft().release()
            else:
                self._held = False

    def must_yield(self) -> bool:
        """Whether others wait and the holder has had its share."""
        return bool(self._waiting) and time.monotonic() - self._since > SLICE_SECONDS
