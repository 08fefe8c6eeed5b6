"""What the guest kit calls its host by in a sandbox that is a process: frames on a socket, not WebAssembly imports.

A frame is one byte that says what it is, the length of what follows as four bytes, and UTF-8 text whose fields are
parted by a zero byte. The host answers `start`, `wait` and `fetch`, in order; an event needs no answer.
"""

import os
import struct
import threading

#: The guest kit asks for this to know that the kernel, not the kit, refuses what is not allowed.
NATIVE = True
#: A number beyond those that the files of whoever forks us have.
CHANNEL = 100
_HEADER = struct.Struct("=cI")
_send_lock = threading.Lock()
_ask_lock = threading.RLock()


class WitWorld:
    """Base of what the host calls."""


def send(kind: bytes, *fields: str) -> None:
    """Give the host one frame."""
    data = "\0".join(fields).encode("utf-8", "surrogatepass")
    view = memoryview(_HEADER.pack(kind, len(data)) + data)
    with _send_lock:
        while view:
            view = view[os.write(CHANNEL, view) :]


def receive() -> tuple[bytes, str]:
    """The next frame from the host. Ends the process when the host is gone."""
    kind, size = _HEADER.unpack(_exactly(_HEADER.size))
    return kind, _exactly(size).decode()


def _exactly(size: int) -> bytes:
    pieces = []
    while size:
        piece = os.read(CHANNEL, min(size, 1 << 20))
        if not piece:
            os._exit(0)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _ask(kind: bytes, *fields: str) -> str:
    with _ask_lock:
        send(kind, *fields)
        return receive()[1]


def emit(kind: str, body: str) -> None:
    """Tell the host that something happened."""
    send(b"e", kind.replace("\0", ""), body)


def start(capability: str, body: str) -> int:
    """Begin a capability call."""
    return int(_ask(b"s", capability.replace("\0", ""), body))


def wait(timeout_us: int) -> str:
    """Outcomes of capability calls, after at most so many microseconds."""
    return _ask(b"w", str(timeout_us))


def fetch(path: str) -> str:
    """A file of the version's packages, in base64."""
    return _ask(b"f", path)
