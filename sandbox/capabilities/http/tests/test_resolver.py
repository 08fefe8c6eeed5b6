"""Names that take for ever to resolve hold up nobody but who asked for them."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.capabilities.base import Failed, TimedOut, Work
from sandbox.capabilities.http.resolver import Found, Resolver
from sandbox.capabilities.http.rules import parse


class Slow:
    """Looks up names; those that begin with `slow` only once they may."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Found:
        self.asked.append(host)
        if host.startswith("slow"):
            self.released.wait(60)
        if host.startswith("missing"):
            raise OSError(-2, "Name or service not known")
        return [(2, "192.0.2.1")]


@pytest.fixture
def slow() -> Iterator[Slow]:
    looking_up = Slow()
    yield looking_up
    looking_up.released.set()


def work(seconds: float = 30) -> Work:
    return Work(time.monotonic() + seconds)


def test_it_waits_no_longer_than_the_call_may(slow: Slow) -> None:
    with pytest.raises(TimedOut, match=r"slow\.example was not resolved in time"):
        Resolver(slow).ask(parse("http://slow.example/"), work(0.1), "a")


def test_a_call_that_is_given_up_waits_no_longer(slow: Slow) -> None:
    given_up = work()
    threading.Timer(0.1, given_up.abandon).start()
    with pytest.raises(TimedOut):
        Resolver(slow).ask(parse("http://slow.example/"), given_up, "a")


def test_one_agents_slow_names_leave_room_for_others(slow: Slow) -> None:
    resolver = Resolver(slow)
    with ThreadPoolExecutor(40) as threads:
        waiting = [
            threads.submit(resolver.ask, parse(f"http://slow{number}.example/"), work(), "greedy")
            for number in range(40)
        ]
        deadline = time.monotonic() + 20
        while len(slow.asked) < 16 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert resolver.ask(parse("http://quick.example/"), work(), "modest") == [(2, "192.0.2.1")]
        assert len([host for host in slow.asked if host.startswith("slow")]) == 16
        slow.released.set()
        assert [future.result(20) for future in waiting] == [[(2, "192.0.2.1")]] * 40


def test_those_who_ask_for_one_name_at_once_share_the_question(slow: Slow) -> None:
    resolver = Resolver(slow)
    with ThreadPoolExecutor(30) as threads:
        waiting = [threads.submit(resolver.ask, parse("http://slow.example/"), work(), f"a{n}") for n in range(30)]
        deadline = time.monotonic() + 20
        while not slow.asked and time.monotonic() < deadline:
            time.sleep(0.01)
        slow.released.set()
        assert all(future.result(20) for future in waiting)
    assert len(slow.asked) < 30


def test_a_name_that_is_not_there_is_said_and_asked_for_again(slow: Slow) -> None:
    resolver = Resolver(slow)
    for _ in range(2):
        with pytest.raises(Failed, match=r"missing\.example has no address: Name or service not known"):
            resolver.ask(parse("http://missing.example/"), work(), "a")
    assert len(slow.asked) == 2
