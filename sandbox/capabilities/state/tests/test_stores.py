"""Both stores keep the same promises."""

import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.capabilities.base import Failed
from sandbox.capabilities.state import MemoryStore, Place, Quota, Store
from sandbox.capabilities.state.in_redis import RedisStore

QUOTA = Quota(keys=5, value_bytes=100, bytes=200)
WIDE = Quota(keys=1000, value_bytes=1000, bytes=1_000_000)
HERE = Place("agent-1")


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    request.getfixturevalue("bus")
    from invocations.bus import keys
    from invocations.bus.client import sync_client

    yield RedisStore(sync_client, keys.state)


def test_what_is_set_is_there(store: Store) -> None:
    assert store.get(HERE, "a") is None
    assert store.set(HERE, "a", '{"é": [1]}', None, QUOTA) is True
    assert store.get(HERE, "a") == '{"é": [1]}'
    store.set(HERE, "a", "2", None, QUOTA)
    assert store.get(HERE, "a") == "2"
    assert store.delete(HERE, "a") is True
    assert store.delete(HERE, "a") is False
    assert store.get(HERE, "a") is None


def test_keys_by_prefix(store: Store) -> None:
    for key in ("b:2", "b:1", "a", "%", "b*"):
        store.set(HERE, key, "1", None, QUOTA)
    assert store.keys(HERE, "") == ["%", "a", "b*", "b:1", "b:2"]
    assert store.keys(HERE, "b:") == ["b:1", "b:2"]
    assert store.keys(HERE, "*") == []


def test_what_has_ended_is_gone_and_makes_room(store: Store) -> None:
    for number in range(5):
        store.set(HERE, f"k{number}", "1", 0.05, QUOTA)
    with pytest.raises(Failed, match="max_keys of the grant allows 5 keys"):
        store.set(HERE, "more", "1", None, QUOTA)
    time.sleep(0.08)
    assert store.keys(HERE, "") == []
    assert store.get(HERE, "k0") is None
    for number in range(5):
        store.set(HERE, f"n{number}", "1", None, QUOTA)


def test_setting_again_begins_the_time_anew_or_ends_it(store: Store) -> None:
    store.set(HERE, "a", "1", 0.05, QUOTA)
    store.set(HERE, "b", "1", 0.05, QUOTA)
    store.set(HERE, "a", "2", None, QUOTA)
    store.set(HERE, "b", "2", 60, QUOTA)
    time.sleep(0.08)
    assert (store.get(HERE, "a"), store.get(HERE, "b")) == ("2", "2")


def test_bytes_in_all_are_bounded(store: Store) -> None:
    store.set(HERE, "a", "1" * 90, None, QUOTA)
    store.set(HERE, "b", "1" * 90, None, QUOTA)
    with pytest.raises(Failed, match="200 bytes in all"):
        store.set(HERE, "c", "1" * 20, None, QUOTA)
    with pytest.raises(Failed, match="200 bytes in all"):
        store.set(HERE, "b", "1" * 99 + "2" * 20, None, QUOTA)
    assert store.get(HERE, "b") == "1" * 90
    store.set(HERE, "b", "1", None, QUOTA)
    store.set(HERE, "c", "1" * 20, None, QUOTA)
    narrow = Quota(keys=1, value_bytes=100, bytes=1)
    store.set(HERE, "c", "1" * 19, None, narrow)  # What takes no more room is always let in.


def test_places_do_not_see_one_another(store: Store) -> None:
    owners = ["1", "2", "1:values", "1}", "*", "a:"]
    sessions = [None, "", "1", "a:", "1:x", "s1:1:", "a:k", "3:a:k", "*", "k", "\n", "é"]
    for owner in owners:
        for session in sessions:
            for key in ("k", "a:k", "3:a:k", ":"):
                store.set(Place(owner, session), key, f'"{owner} {session} {key}"', None, WIDE)
    for owner in owners:
        for session in sessions:
            place = Place(owner, session)
            assert store.keys(place, "") == sorted(["k", "a:k", "3:a:k", ":"])
            for key in ("k", "a:k", "3:a:k", ":"):
                assert store.get(place, key) == f'"{owner} {session} {key}"'
    assert store.delete(Place("1", "1"), "k") is True
    assert store.get(Place("1", "a:"), "k") is not None


def test_sessions_share_their_agents_quota(store: Store) -> None:
    for number in range(5):
        store.set(Place("agent-1", f"session {number}"), "k", "1", None, QUOTA)
    with pytest.raises(Failed, match="5 keys"):
        store.set(HERE, "k", "1", None, QUOTA)
    store.set(Place("agent-2"), "k", "1", None, QUOTA)


def test_increment(store: Store) -> None:
    assert store.increment(HERE, "n", 1, None, QUOTA) == 1
    assert store.increment(HERE, "n", 41, None, QUOTA) == 42
    assert store.increment(HERE, "n", -50, None, QUOTA) == -8
    assert store.get(HERE, "n") == "-8"
    assert store.increment(HERE, "big", 2**53 - 1, None, QUOTA) == 2**53 - 1
    for key, value in (("text", '"5"'), ("half", "1.5"), ("big", None), ("null", "null")):
        if value is not None:
            store.set(HERE, key, value, None, WIDE)
        with pytest.raises(Failed, match="whole number"):
            store.increment(HERE, key, 1, None, WIDE)
    assert store.increment(HERE, "big", -(2**53), None, WIDE) == -1


def test_the_time_of_a_counter_begins_with_it(store: Store) -> None:
    assert store.increment(HERE, "n", 1, 0.1, QUOTA) == 1
    time.sleep(0.06)
    assert store.increment(HERE, "n", 1, 0.1, QUOTA) == 2
    time.sleep(0.06)
    assert store.increment(HERE, "n", 1, 60, QUOTA) == 1


def test_compare_and_set(store: Store) -> None:
    assert store.compare_and_set(HERE, "a", '"x"', "1", None, QUOTA) is False
    assert store.compare_and_set(HERE, "a", None, "1", None, QUOTA) is True
    assert store.compare_and_set(HERE, "a", None, "2", None, QUOTA) is False
    assert store.compare_and_set(HERE, "a", "1", "null", None, QUOTA) is True
    assert store.compare_and_set(HERE, "a", None, "3", 0.03, QUOTA) is True
    time.sleep(0.05)
    assert store.compare_and_set(HERE, "a", "3", "4", None, QUOTA) is False
    for number in range(5):
        store.set(HERE, f"k{number}", "1", None, QUOTA)
    with pytest.raises(Failed, match="full"):
        store.compare_and_set(HERE, "a", None, "1", None, QUOTA)


def test_many_at_once_lose_nothing(store: Store) -> None:
    won: list[int] = []

    def work(number: int) -> None:
        for _ in range(25):
            store.increment(HERE, "n", 1, None, WIDE)
        if store.compare_and_set(HERE, "lock", None, str(number), None, WIDE):
            won.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get(HERE, "n") == "200"
    assert len(won) == 1
    assert store.get(HERE, "lock") == str(won[0])
