"""Sends one request to addresses that were checked, and to no other."""

import http.client
import io
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.capabilities.base import Failed, TimedOut, Work
from sandbox.capabilities.http.resolver import Found
from sandbox.capabilities.http.rules import Target

_PIECE = 65_536

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Patience:
    """How long one step may take, in seconds: making the connection, and each wait for the next bytes."""

    connect: float = 120.0
    read: float = 120.0


@dataclass
class Answer:
    """What came back, as it came over the wire."""

    status: int
    reason: str
    headers: Headers
    content: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The first header of that name, in lower case here."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class _Wire:
    """Stands where http.client has its socket: every wait on it minds the call's deadline."""

    def __init__(self, sock: socket.socket, work: Work, patience: Patience) -> None:
        self._sock = sock
        self._work = work
        self._patience = patience

    def _mind(self) -> None:
        self._sock.settimeout(min(self._work.remaining(), self._patience.read))

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._mind()
            view = view[self._sock.send(view[: 1 << 20]) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self), _PIECE)

    def receive(self, buffer: memoryview) -> int:
        self._mind()
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        """http.client lets go of the socket before the answer was read; `send` closes it."""


class _Raw(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._wire.receive(buffer)


_context: ssl.SSLContext | None = None


def _tls() -> ssl.SSLContext:
    """Certificates are checked against the system's store, and names against certificates."""
    global _context
    if _context is None:
        _context = ssl.create_default_context()
    return _context


def _connected(target: Target, addresses: Found, work: Work, patience: Patience) -> socket.socket:
    """A connection to the first of the addresses that takes one. Raises Failed, TimedOut."""
    problem: OSError | None = None
    for family, address in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            work.on_abandon(_cutting(sock))
            sock.settimeout(min(work.remaining(), patience.connect))
            sock.connect((address, target.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.scheme == "https":
                sock.settimeout(min(work.remaining(), patience.connect))
                sock = _tls().wrap_socket(sock, server_hostname=target.host)
                work.on_abandon(_cutting(sock))
            return sock
        except ssl.SSLCertVerificationError as error:
            sock.close()
            said = f"{target.netloc} shows a certificate that does not hold: {error.verify_message}"
            raise Failed(said, "connect") from None
        except OSError as error:
            sock.close()
            problem = error
        except BaseException:
            sock.close()
            raise
    work.remaining()
    if isinstance(problem, TimeoutError):
        raise TimedOut(f"{target.netloc} could not be reached in time", "connect")
    raise Failed(f"{target.netloc} could not be reached: {_told(problem)}", "connect")


def _cutting(sock: socket.socket) -> Callable[[], None]:
    def cut() -> None:
        """Wake a thread that waits on this socket."""
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It was not connected, or is closed already.

    return cut


def send(
    work: Work,
    target: Target,
    addresses: Found,
    method: str,
    headers: Headers,
    body: bytes,
    max_bytes: int,
    patience: Patience,
) -> Answer:
    """One request and its answer, of which at most `max_bytes` are taken. Raises Failed, TimedOut."""
    sock = _connected(target, addresses, work, patience)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = _Wire(sock, work, patience)  # type: ignore[assignment]
    try:
        connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", target.netloc)
        for name, value in headers:
            connection.putheader(name, value)
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(body)))
        connection.putheader("Connection", "close")
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = _read(answer, max_bytes)
        return Answer(answer.status, answer.reason or "", answer.getheaders(), content)
    except TimeoutError:
        work.remaining()
        raise TimedOut(f"{target.netloc} did not answer in time", "read") from None
    except (http.client.HTTPException, ValueError) as error:
        work.remaining()
        raise Failed(f"{target.netloc} did not answer as HTTP has it: {_told(error)}", "protocol") from None
    except OSError as error:
        work.remaining()
        raise Failed(f"asking {target.netloc} failed: {_told(error)}", "read") from None
    finally:
        connection.close()
        sock.close()


def _told(error: BaseException | None) -> str:
    return str(error or type(error).__name__)[:500]


def _read(answer: http.client.HTTPResponse, max_bytes: int) -> bytes:
    if answer.length is not None and answer.length > max_bytes:
        raise too_large(max_bytes)
    content = bytearray()
    while True:
        piece = answer.read1(_PIECE)
        if not piece:
            if answer.length:
                raise Failed("the answer ended before it was complete", "read")
            return bytes(content)
        content += piece
        if len(content) > max_bytes:
            raise too_large(max_bytes)


def too_large(max_bytes: int) -> Failed:
    """For an answer that is larger than the grant allows."""
    return Failed(f"the answer is larger than the {max_bytes:,} bytes that max_bytes of the grant allows", "too_large")
