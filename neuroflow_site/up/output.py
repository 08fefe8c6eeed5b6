"""Where words go: our own sentences and the children's lines to the terminal, the children's also to var/log."""

import os
import sys
import time
from collections import deque
from pathlib import Path

COLOURS = {"web": "36", "valkey": "35", "setup": "34"}
WORKER_COLOURS = ["32", "33", "92", "93"]
ROTATE_BYTES = 10_000_000


class Terminal:
    """Prints, with colour where it is a terminal. A terminal that went away is no reason to fail."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdout.isatty()
        self.colour = self.is_terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def say(self, text: str) -> None:
        try:
            print(text, flush=True)
        except OSError:
            pass

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def step(self, text: str) -> None:
        """One step of set-up, as it begins or is done."""
        self.say(f"{self.paint('·', '34')} {text}")


class Output:
    """One program's lines: to var/log/<name>.log, to the terminal with the name before each, the last few kept."""

    def __init__(self, name: str, directory: Path, terminal: Terminal, *, shown: bool = True) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)  # lines may hold what agents say; agents run as other users must not read them
        self.path = directory / f"{name}.log"
        self.terminal, self.shown = terminal, shown
        self.last: deque[str] = deque(maxlen=20)
        code = COLOURS.get(name) or WORKER_COLOURS[sum(name.encode()) % len(WORKER_COLOURS)]
        self._prefix = terminal.paint(f"{name:<8} │", code)
        self._partial = b""
        self._file = self.path.open("ab", buffering=0)

    def feed(self, data: bytes) -> None:
        """Take what the program wrote, in whatever pieces."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > 100_000:  # no line end in sight: do not collect for ever
            lines.append(self._partial)
            self._partial = b""
        for line in lines:
            self._line(line)

    def flush(self) -> None:
        """The program ended: what it wrote last may lack its line end."""
        if self._partial:
            self._line(self._partial)
            self._partial = b""

    def _line(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self.last.append(text)
        try:
            self._file.write(line + b"\n")
            if self._file.tell() > ROTATE_BYTES:
                self._file.close()
                os.replace(self.path, self.path.with_suffix(".log.1"))
                self._file = self.path.open("ab", buffering=0)
        except OSError:
            pass  # a full disk must not stop what still works; the terminal has the line
        if self.shown and text.strip():
            self.terminal.say(f"{self._prefix} {text}")

    def note(self, text: str) -> None:
        """A line of our own about this program."""
        self._line(f"{time.strftime('%H:%M:%S')} {text}".encode())

    def close(self) -> None:
        self.flush()
        self._file.close()
