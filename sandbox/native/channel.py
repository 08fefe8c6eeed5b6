"""The host's end of a sandbox that is a process: frames in, frames out, nothing of it believed."""

import select
import socket
import struct
import time
from collections.abc import Callable

_HEADER = struct.Struct("=cI")
#: How often a computing process is looked after.
TICK_SECONDS = 0.005
_PIECE = 1 << 18
#: What the process may say: ready, event, start, wait, fetch, answer, refused.
_KINDS = frozenset(b"reswfax")


class Broken(Exception):
    """What came is no frame."""


class TooLarge(Exception):
    """A frame of that kind would have so many bytes, and fewer are taken."""

    def __init__(self, kind: bytes, size: int) -> None:
        super().__init__(f"it sent {size:,} bytes at once")
        self.kind = kind
        self.size = size


class Closed(Exception):
    """The process closed its end, most likely by ending."""


class Stopped(Exception):
    """Whoever looks after the process said that it is enough."""


class Channel:
    """Frames over a socket, whose waits look after the process every few milliseconds by `tick`."""

    def __init__(self, ours: socket.socket) -> None:
        ours.setblocking(False)
        self._socket = ours
        self._got = bytearray()
        self._poll = select.poll()
        self._looked = 0.0

    def send(self, text: str, tick: Callable[[], bool]) -> None:
        """Give the process one frame. It may be slow to read; what it sends meanwhile waits."""
        data = text.encode("utf-8", "surrogatepass")
        view = memoryview(_HEADER.pack(b"c", len(data)) + data)
        while view:
            self._look(tick)
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError:
                raise Closed from None

    def receive(self, largest: int, tick: Callable[[], bool]) -> tuple[bytes, str]:
        """The next frame: its kind and text. Raises Broken, TooLarge, Closed or Stopped."""
        self._fill(_HEADER.size, tick)
        kind, size = _HEADER.unpack_from(self._got)
        if kind[0] not in _KINDS:
            raise Broken("what it sends is not what a sandbox sends")
        if size > largest:
            raise TooLarge(kind, size)
        self._fill(_HEADER.size + size, tick)
        try:
            text = self._got[_HEADER.size : _HEADER.size + size].decode()
        except UnicodeDecodeError:
            raise Broken("what it sends is not UTF-8") from None
        finally:
            del self._got[: _HEADER.size + size]
        return kind, text

    def _fill(self, size: int, tick: Callable[[], bool]) -> None:
        while len(self._got) < size:
            self._look(tick)
            try:
                piece = self._socket.recv(_PIECE)
            except BlockingIOError:
                self._wait(select.POLLIN)
                continue
            except OSError:
                raise Closed from None
            if not piece:
                raise Closed
            self._got += piece

    def _wait(self, event: int) -> None:
        self._poll.register(self._socket, event)
        self._poll.poll(TICK_SECONDS * 1000)

    def _look(self, tick: Callable[[], bool]) -> None:
        """Also while there is always something to read: who talks without end is looked after as well."""
        now = time.monotonic()
        if now - self._looked >= TICK_SECONDS:
            self._looked = now
            if not tick():
                raise Stopped

    def close(self) -> None:
        """Let the socket go."""
        self._socket.close()
