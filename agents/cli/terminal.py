"""Writing to the terminal: colours only where one is, and nothing that an agent wrote can steer it."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from typing import Any, TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
# What moves a cursor, changes a title or turns the writing around; line ends and tabs are left alone.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# The same in JSON's text, where what is below U+0020 is escaped already.
_STEERING_JSON = re.compile(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """The text with characters that would steer a terminal written out, as `\\x1b`."""
    return _STEERING.sub(lambda found: ascii(found[0])[1:-1], text.replace("\r\n", "\n"))


def shown(value: Any) -> str:
    """A value in few characters: text as it is where that is clear, all else as JSON."""
    if isinstance(value, str) and value and not re.search(r"[\s\"=]", value):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


class Terminal:
    """One stream, for several threads; with colour where it is a terminal, unless NO_COLOR asks for none."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.is_terminal = stream.isatty()
        self.colour = self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def say(self, text: str = "") -> None:
        """Write a line, at once. Whatever does not come from us must have been made `harmless`."""
        line = text + "\n"
        with self._lock:
            try:
                self._stream.write(line)
            except UnicodeEncodeError:
                encoding = self._stream.encoding or "ascii"
                self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()

    def paint(self, text: str, *styles: str) -> str:
        """The text in these styles, where there is colour."""
        if not self.colour or not styles:
            return text
        return f"\033[{';'.join(_CODES[style] for style in styles)}m{text}\033[0m"


def answer(data: Any) -> None:
    """An agent's answer as JSON on stdout, which has nothing else and can be piped."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(data, indent=2)
    print(_STEERING_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text), flush=True)
