"""Names into addresses, within the time that a call has.

The system's resolver obeys no deadline and no signal: it is asked in threads of its own, at most so many for one agent,
and a call that cannot wait leaves it behind. Calls that ask for the same name at the same time share one question.
"""

import ipaddress
import socket
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sandbox.capabilities.base import Failed, TimedOut, Work
from sandbox.capabilities.http.rules import Target, check_address

_THREADS = 256
_PER_OWNER = 16

Found = list[tuple[int, str]]


def addresses(target: Target, trusted: bool, work: Work, owner: str) -> Found:
    """The addresses to try, each as (family, address), IPv4 first. All were checked, unless the target is trusted.

    Raises Denied, Failed, TimedOut.
    """
    found = _literal(target.host) or _resolver.ask(target, work, owner)
    for _, address in found:
        check_address(address, target, trusted)
    # IPv4 first: a host without a way to the IPv6 world is more common than the reverse.
    return sorted(found, key=lambda pair: pair[0] != socket.AF_INET)


def _literal(host: str) -> Found:
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return []
    return [(socket.AF_INET if ip.version == 4 else socket.AF_INET6, str(ip))]


class Resolver:
    """Asks `look_up`, which may take as long as it likes."""

    def __init__(self, look_up: Callable[[str, int], Found]) -> None:
        self._look_up = look_up
        self._executor = ThreadPoolExecutor(_THREADS, "sandbox-resolver")
        self._changed = threading.Condition()
        self._asked: dict[tuple[str, int], Future[Found]] = {}
        self._owners: Counter[str] = Counter()

    def ask(self, target: Target, work: Work, owner: str) -> Found:
        work.on_abandon(self._wake)
        key = (target.host, target.port)
        with self._changed:
            while (future := self._asked.get(key)) is None:
                if self._owners[owner] < _PER_OWNER:
                    future = self._start(key, owner)
                    break
                self._changed.wait(_left(target, work))
            while not future.done():
                self._changed.wait(_left(target, work))
        try:
            found = future.result()
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise Failed(f"{target.host} has no address: {reason}", "connect") from None
        if not found:
            raise Failed(f"{target.host} has no address", "connect")
        return found

    def _start(self, key: tuple[str, int], owner: str) -> "Future[Found]":
        """With the lock held: have a thread ask."""
        self._owners[owner] += 1
        future = self._asked[key] = self._executor.submit(self._look_up, *key)

        def forget(_: "Future[Found]") -> None:
            with self._changed:
                self._asked.pop(key, None)
                self._owners[owner] -= 1
                if not self._owners[owner]:
                    del self._owners[owner]
                self._changed.notify_all()

        future.add_done_callback(forget)
        return future

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _left(target: Target, work: Work) -> float:
    try:
        return work.remaining()
    except TimedOut:
        raise TimedOut(f"the name {target.host} was not resolved in time", "connect") from None


def _look_up(host: str, port: int) -> Found:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = [(int(family), str(sockaddr[0])) for family, _, _, _, sockaddr in answers]
    return [(family, address) for family, address in found if family in (socket.AF_INET, socket.AF_INET6)]


_resolver = Resolver(_look_up)
