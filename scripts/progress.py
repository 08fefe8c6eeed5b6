"""Progress of a long step: one rewritten line on a terminal, a line now and then elsewhere. Standard library only."""

import sys
import threading
import time
from types import TracebackType

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
QUIET_SECONDS = 10.0  # without a terminal: at most one line in so long


class Progress:
    """`with Progress("Installing") as progress: progress.say("3 of 9")`; ends with the time it took."""

    def __init__(self, what: str) -> None:
        self.what, self.detail = what, ""
        self.started = time.monotonic()
        self.terminal = sys.stdout.isatty()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)

    def say(self, detail: str) -> None:
        self.detail = detail

    def __enter__(self) -> "Progress":
        if not self.terminal:
            self._line(f"{self.what} …")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        took = time.monotonic() - self.started
        start = "\r\033[K" if self.terminal else ""
        self._line(f"{start}{self.what}: {'failed' if kind else 'done'} in {took:.0f} s")

    def _draw(self) -> None:
        frame = 0
        while not self._over.wait(0.12 if self.terminal else QUIET_SECONDS):
            elapsed = time.monotonic() - self.started
            text = f"{self.what} ({elapsed:.0f} s)  {self.detail}"
            if self.terminal:
                frame += 1
                self._line(f"\r\033[K{FRAMES[frame % len(FRAMES)]} {text[:100]}", end="")
            else:
                self._line(f"  {text}")

    @staticmethod
    def _line(text: str, end: str = "\n") -> None:
        try:
            print(text, end=end, flush=True)
        except OSError:
            pass  # the terminal is gone; the work goes on or is stopped by its signal
