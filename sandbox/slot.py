"""The compute slot: one guest computes at a time in a process, whoever waits gives way."""

import threading
import time
from collections import deque
from collections.abc import Callable

#: How long one guest may compute while others wait for the slot.
SLICE_SECONDS = 0.010
#: How long the slot must have been free before sandboxes are prepared.
QUIET_SECONDS = 0.0015


class Slot:
    """A fair lock that is handed over in order of arrival. Preparing the pool comes after every run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()
        self._idle: deque[threading.Lock] = deque()
        self._since = 0.0
        self._released = 0.0

    def acquire(
        self, timeout: float | None = None, idle: bool = False, goes_on: Callable[[], bool] | None = None
    ) -> bool:
        """Take the slot; False when the seconds were over first. `idle` lets everyone else go first.

        With `goes_on` it is asked then, and as long as it says so the wait goes on, in the same place of the queue.
        """
        with self._lock:
            if not self._held and not self._waiting:
                self._held = True
                self._since = time.monotonic()
                return True
            turn = threading.Lock()
            turn.acquire()
            queue = self._idle if idle else self._waiting
            queue.append(turn)
        while not turn.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            if goes_on is None or not goes_on():
                break
        else:
            return True
        with self._lock:
            if turn in queue:
                queue.remove(turn)
                return False
        # It was handed over in the very moment in which the time ran out.
        return True

    def release(self, idle: bool = False) -> None:
        """Hand the slot to the next one. `idle` says that it was not used for a run."""
        with self._lock:
            now = time.monotonic()
            if not idle:
                self._released = now
            queue = self._waiting or self._idle
            if queue:
                self._since = now
                queue.popleft().release()
            else:
                self._held = False

    def wait_quiet(self) -> None:
        """Wait until no run has used the slot for a moment: between two requests is no time to prepare.

        Preparing then goes on without the slot. A request that arrives meanwhile is slowed a little by it; if it had
        to wait for the slot, it would be slowed by all of it.
        """
        while True:
            self.acquire(idle=True)
            quiet = time.monotonic() - self._released >= QUIET_SECONDS
            self.release(idle=True)
            if quiet:
                return
            time.sleep(QUIET_SECONDS)

    def must_yield(self) -> bool:
        """Whether others wait and the holder has had its share."""
        return bool(self._waiting) and time.monotonic() - self._since > SLICE_SECONDS
