"""How many sandboxes are held ready follows what is asked for."""

import time
from collections.abc import Callable, Iterator

import pytest

from sandbox import pool as pools
from sandbox.operate import Prepared
from sandbox.pool import Pool


class Sandbox:
    """Stands in for an interpreter: these tests are about numbers only, the others use real ones."""

    def __init__(self) -> None:
        self.closed = False

    def memory_bytes(self) -> int:
        return 1

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    monkeypatch.setattr(pools, "_TRIM_SECONDS", 0.01)
    opened = Pool(None, lambda: None)
    yield opened
    opened.close()


def prepare(rehearse: bool) -> Prepared:
    return Prepared(Sandbox())  # type: ignore[arg-type]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_one_is_enough_of_what_nobody_asks_for(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.warm("a", prepare, 5)
    until(lambda: pool.prepared() == 5)
    monkeypatch.setattr(pools, "_QUIET_SECONDS", 0.0)
    until(lambda: pool.prepared() == 1)
    assert pool.take("a", prepare) is not None


def test_a_burst_has_more_held_ready(pool: Pool) -> None:
    pool.warm("a", prepare, 1)
    until(lambda: pool.prepared() == 2)
    for _ in range(20):
        pool.take("a", prepare)
    until(lambda: pool.prepared() > 2)


def test_all_sources_together_have_a_bound(pool: Pool) -> None:
    for number in range(100):
        pool.warm(str(number), prepare, 6)
    until(lambda: pool.prepared() >= pools.MOST_LOADED - 6)
    time.sleep(0.05)
    assert pool.prepared() <= pools.MOST_LOADED


def test_what_is_taken_is_never_given_twice(pool: Pool) -> None:
    pool.warm("a", prepare, 6)
    until(lambda: pool.prepared() == 6)
    taken = [prepared for _ in range(50) if (prepared := pool.take("a", prepare)) is not None]
    assert len({id(prepared.instance) for prepared in taken}) == len(taken)
    assert pool.hits == len(taken)
    assert pool.misses == 50 - len(taken)


def test_a_source_that_cannot_be_prepared_does_not_keep_the_others_waiting(pool: Pool) -> None:
    tried: list[bool] = []

    def fails(rehearse: bool) -> Prepared:
        tried.append(rehearse)
        raise OSError("no memory")

    pool.warm("good", prepare, 2)
    until(lambda: pool.prepared() == 2)
    pool.warm("bad", fails, 2)
    pool.take("good", prepare)
    pool.warm("bad", fails, 2)  # asked for last, so it has its turn first
    until(lambda: pool.prepared() == 2)
    assert 1 <= len(tried) <= 2
