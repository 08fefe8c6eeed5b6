"""Sends one request to an address that was checked, and to no other."""

import http.client
import socket
import ssl
from collections.abc import Callable

from sandbox.capabilities.base import Denied, Failed, TimedOut, Work
from sandbox.capabilities.http.rules import Target, check_address

_PIECE = 65_536


class _Pinned(http.client.HTTPConnection):
    """Connects to the given address whatever the host's name resolves to by then."""

    def __init__(self, target: Target, address: tuple[int, str], work: Work) -> None:
        super().__init__(target.host, target.port)
        self._target = target
        self._family, self._address = address
        self._work = work

    def connect(self) -> None:
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        self._work.on_abandon(lambda: _cut(sock))
        try:
            sock.settimeout(self._work.remaining())
            sock.connect((self._address, self._target.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._target.scheme == "https":
                sock.settimeout(self._work.remaining())
                sock = _tls().wrap_socket(sock, server_hostname=self._target.host)
                secure = sock
                self._work.on_abandon(lambda: _cut(secure))
        except BaseException:
            sock.close()
            raise
        self.sock = sock


def _cut(sock: socket.socket) -> None:
    """Wake a thread that waits on this socket."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It was not connected, or is closed already.


_context: ssl.SSLContext | None = None


def _tls() -> ssl.SSLContext:
    global _context
    if _context is None:
        _context = ssl.create_default_context()
    return _context


def resolve(target: Target, trusted: bool) -> tuple[int, str]:
    """The address to connect to: (family, address). Every address the name has must be public, unless trusted.

    Raises Denied, Failed.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(f"{target.host} has no address: {error}") from None
    addresses = [(family, str(sockaddr[0])) for family, _, _, _, sockaddr in found]
    addresses = [(f, a) for f, a in addresses if f in (socket.AF_INET, socket.AF_INET6)]
    if not addresses:
        raise Failed(f"{target.host} has no address")
    if not trusted:
        for _, address in addresses:
            check_address(address, target)
    # IPv4 first: a host without a way to the IPv6 world is more common than the reverse.
    addresses.sort(key=lambda pair: pair[0] != socket.AF_INET)
    return int(addresses[0][0]), addresses[0][1]


def send(
    work: Work,
    target: Target,
    trusted: bool,
    method: str,
    headers: list[tuple[str, str]],
    body: bytes,
    max_bytes: int,
    allowance: Callable[[], str],
) -> tuple[int, list[tuple[str, str]], bytes]:
    """One request and its answer: status, headers, content. `allowance` words the size limit.

    Raises Denied, Failed, TimedOut.
    """
    connection = _Pinned(target, resolve(target, trusted), work)
    try:
        connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", target.netloc)
        for name, value in headers:
            connection.putheader(name, value)
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(body)))
        connection.putheader("Connection", "close")
        connection.endheaders(body or None)
        sock = connection.sock
        sock.settimeout(work.remaining())
        answer = connection.getresponse()
        content = _read(answer, sock, work, max_bytes, allowance)
        return answer.status, answer.getheaders(), content
    except TimeoutError:
        work.remaining()
        raise TimedOut(f"{target.netloc} did not answer in time") from None
    except (Denied, Failed):
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        work.remaining()
        raise Failed(f"asking {target.netloc} failed: {error or type(error).__name__}") from None
    finally:
        connection.close()


def _read(
    answer: http.client.HTTPResponse, sock: socket.socket, work: Work, max_bytes: int, allowance: Callable[[], str]
) -> bytes:
    content = bytearray()
    while True:
        try:
            sock.settimeout(work.remaining())
        except OSError:
            pass  # The response has taken the connection over and closed it at its end.
        piece = answer.read1(_PIECE)
        if not piece:
            if answer.length:
                raise Failed("the answer ended before it was complete")
            return bytes(content)
        content += piece
        if len(content) > max_bytes:
            raise Failed(allowance())
