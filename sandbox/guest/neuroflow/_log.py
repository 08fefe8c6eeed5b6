"""Log lines and metrics, and what `print` and `logging` turn into."""

import io
import logging
import math
from typing import Any

from neuroflow import _bridge

_LONGEST_PIECE = 8192


class Log:
    """`log.info("text", key=value)`; also `log("text")`. Lines appear in the trace as they are written."""

    def __call__(self, message: object, **fields: Any) -> None:
        self._write("info", message, fields)

    def debug(self, message: object, **fields: Any) -> None:
        self._write("debug", message, fields)

    def info(self, message: object, **fields: Any) -> None:
        self._write("info", message, fields)

    def warning(self, message: object, **fields: Any) -> None:
        self._write("warning", message, fields)

    def error(self, message: object, **fields: Any) -> None:
        self._write("error", message, fields)

    @staticmethod
    def _write(level: str, message: object, fields: dict[str, Any]) -> None:
        data: dict[str, Any] = {"level": level, "message": str(message)}
        if fields:
            data["fields"] = fields
        _bridge.emit("log", data)


log = Log()


def emit_metric(name: str, value: float, unit: str | None = None, **attributes: Any) -> None:
    """Report one measurement. Raises ValueError when the value is not a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"metric {name!r} needs a finite number, not {value!r}")
    data: dict[str, Any] = {"name": str(name), "value": value}
    if unit is not None:
        data["unit"] = unit
    if attributes:
        data["attributes"] = attributes
    _bridge.emit("metric", data)


class Stream(io.TextIOBase):
    """What `sys.stdout` and `sys.stderr` are: each line becomes a log event when it ends."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, level: str) -> None:
        self._name = name
        self._level = level
        self._pieces = ""
        self.buffer = _Bytes(self)

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._pieces += text
        if "\n" in self._pieces:
            *lines, self._pieces = self._pieces.split("\n")
            for line in lines:
                self._line(line)
        while len(self._pieces) > _LONGEST_PIECE:
            self._line(self._pieces[:_LONGEST_PIECE])
            self._pieces = self._pieces[_LONGEST_PIECE:]
        return len(text)

    def finish(self) -> None:
        """Send a last line that did not end."""
        if self._pieces:
            self._line(self._pieces)
            self._pieces = ""

    def _line(self, text: str) -> None:
        _bridge.emit("log", {"level": self._level, "message": text, "stream": self._name})


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`, for code that writes bytes."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._stream.write(piece.decode("utf-8", "replace"))
        return len(piece)


class LoggingHandler(logging.Handler):
    """Carries the standard `logging` module's records to the host."""

    def emit(self, record: logging.LogRecord) -> None:
        levels = ((logging.ERROR, "error"), (logging.WARNING, "warning"), (logging.INFO, "info"))
        level = next((name for number, name in levels if record.levelno >= number), "debug")
        _bridge.emit("log", {"level": level, "message": self.format(record), "fields": {"logger": record.name}})
