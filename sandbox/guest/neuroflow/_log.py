"""Log lines and metrics, and what `print`, `logging` and `warnings` turn into."""

import io
import logging
import math
import sys
import warnings
from types import TracebackType
from typing import Any, NoReturn

from neuroflow import _bridge, _trace
from neuroflow.errors import SandboxDenied

_LONGEST_PIECE = 8192


class Log:
    """`log.info("text", key=value)`; also `log("text")`. Lines appear in the trace as they are written."""

    def __call__(self, message: object, /, **fields: Any) -> None:
        """The same as `info`."""
        self._write("info", message, fields)

    def debug(self, message: object, /, **fields: Any) -> None:
        """A line of the level "debug"; the fields are any values, shown with it."""
        self._write("debug", message, fields)

    def info(self, message: object, /, **fields: Any) -> None:
        """A line of the level "info"."""
        self._write("info", message, fields)

    def warning(self, message: object, /, **fields: Any) -> None:
        """A line of the level "warning"."""
        self._write("warning", message, fields)

    def error(self, message: object, /, **fields: Any) -> None:
        """A line of the level "error"."""
        self._write("error", message, fields)

    def exception(self, message: object, /, **fields: Any) -> None:
        """A line of the level "error" with the traceback of the exception that is being handled."""
        error = sys.exc_info()[1]
        told = {} if error is None else {"traceback": _trace.format_exception(error)}
        self._write("error", message, {**fields, **told})

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
    """What `sys.stdout` and `sys.stderr` are: a line becomes a log event when it ends or is flushed, as on a terminal.

    Of what a carriage return overwrites, as progress bars do, the last state is shown.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, level: str) -> None:
        self.name = f"<{name}>"
        self._stream = name
        self._level = level
        self._pieces = ""
        self.buffer = _Bytes(self)

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._pieces += text
        if "\n" in text:
            *lines, self._pieces = self._pieces.split("\n")
            for line in lines:
                self._line(line)
        while len(self._pieces) > _LONGEST_PIECE:
            self._line(self._pieces[:_LONGEST_PIECE])
            self._pieces = self._pieces[_LONGEST_PIECE:]
        return len(text)

    def flush(self) -> None:
        """Show a line that has not ended yet."""
        if self._pieces:
            pieces, self._pieces = self._pieces, ""
            self._line(pieces)

    def reconfigure(self, **settings: Any) -> None:
        """Takes what a real stream takes; this one is UTF-8 and whole lines in any case."""

    def _line(self, text: str) -> None:
        if "\r" in text:
            text = text.rstrip("\r").rpartition("\r")[2]
        _bridge.emit("log", {"level": self._level, "message": text, "stream": self._stream})


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

    def flush(self) -> None:
        self._stream.flush()


class NoInput(io.TextIOBase):
    """What `sys.stdin` is: nobody types."""

    def readable(self) -> bool:
        return True

    def _refuse(self) -> NoReturn:
        raise SandboxDenied("sys.stdin: nobody is there to type; the request's words are in request.text")

    def read(self, size: int | None = -1) -> str:
        self._refuse()

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        self._refuse()

    def __next__(self) -> str:  # type: ignore[override]
        self._refuse()


_LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warning"), (logging.INFO, "info"))
_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Formatter(logging.Formatter):
    """As usual, with tracebacks in the author's frames."""

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return "" if ei[1] is None else _trace.format_exception(ei[1]).rstrip("\n")


class LoggingHandler(logging.Handler):
    """Carries the standard `logging` module's records to the host, with what `extra` adds to them."""

    def __init__(self) -> None:
        super().__init__()
        self.formatter = _Formatter("%(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        level = next((name for number, name in _LEVELS if record.levelno >= number), "debug")
        fields = {"logger": record.name}
        fields.update({key: value for key, value in vars(record).items() if key not in _RECORD})
        _bridge.emit("log", {"level": level, "message": self.format(record), "fields": fields})


_configure = logging.basicConfig


def _basic_config(**settings: Any) -> None:
    """`logging.basicConfig` of an agent: its level and format are used; the lines go to the trace, not to a stream."""
    handler = next((h for h in logging.root.handlers if isinstance(h, LoggingHandler)), None)
    if handler is None:
        _configure(**settings)
        return
    if (level := settings.get("level")) is not None:
        logging.root.setLevel(level)
    if (form := settings.get("format")) is not None:
        handler.setFormatter(_Formatter(form, settings.get("datefmt"), settings.get("style", "%")))


def _show_warning(message: Any) -> None:
    fields = {"category": message.category.__name__, "file": message.filename, "line": message.lineno}
    _bridge.emit("log", {"level": "warning", "message": str(message.message), "fields": fields})


def install() -> None:
    """Let everything that Python writes for people be told to the host."""
    logging.basicConfig(handlers=[LoggingHandler()], level=logging.INFO)
    logging.basicConfig = _basic_config
    warnings._showwarnmsg_impl = _show_warning  # type: ignore[attr-defined]
    sys.stdout = sys.__stdout__ = Stream("stdout", "info")  # type: ignore[assignment,misc]
    sys.stderr = sys.__stderr__ = Stream("stderr", "error")  # type: ignore[assignment,misc]
    sys.stdin = sys.__stdin__ = NoInput()  # type: ignore[assignment,misc]
