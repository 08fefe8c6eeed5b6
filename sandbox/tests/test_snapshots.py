"""Sandboxes that begin where loading ended must not be told from those that loaded for themselves."""

import os
import time
from contextlib import suppress
from typing import Any

import pytest

from sandbox import Limits, Outcome, Runtime, Source, snapshots
from sandbox.instance import Image
from sandbox.limits import MIB
from sandbox.tests.conftest import make_call

COUNT = 12


class Served:
    """Requests to one source, so many that a snapshot of it is taken where that is allowed."""

    def __init__(self, runtime: Runtime, code: str | dict[str, str]) -> None:
        self._runtime = runtime
        self._source = Source({"agent.py": code} if isinstance(code, str) else code)
        self.events: list[list[str]] = []

    def once(self, **call: Any) -> Outcome:
        told: list[str] = []
        self.events.append(told)
        return self._runtime.run(
            self._source,
            make_call(**call),
            Limits(),
            grants={},
            on_event=lambda kind, data: told.append(str(data.get("message"))),
        )

    def ask(self) -> list[Outcome]:
        """Requests with time to prepare in between, until loading was kept or found unfit."""
        outcomes = self.until_kept(COUNT)
        return outcomes + [self.once() for _ in range(COUNT)]

    def until_kept(self, least: int = 1) -> list[Outcome]:
        """Requests until loading was kept or found unfit, and at least so many."""
        outcomes: list[Outcome] = []
        end = time.monotonic() + 30
        while len(outcomes) < least or not (self.state.unfit or self.kept):
            assert time.monotonic() < end, "no snapshot was tried"
            outcomes.append(self.once())
            time.sleep(0.02)
        return outcomes

    @property
    def state(self) -> Any:
        return self._runtime._backends["wasm"]._compiled(self._source)

    @property
    def kept(self) -> bool:
        return self.state.loaded is not None


@pytest.fixture
def served(runtime: Runtime) -> Any:
    return lambda code: Served(runtime, code)


def data(outcomes: list[Outcome]) -> list[Any]:
    assert [o.failure for o in outcomes] == [None] * len(outcomes)
    return [o.data for o in outcomes]


def test_every_run_finds_the_state_that_loading_left(served: Any) -> None:
    agent = served(
        {
            "agent.py": "import collections\nfrom lib import table\nSEEN = []\nCACHE = collections.Counter()\n"
            "def handle(request):\n    SEEN.append(1); CACHE['x'] += 1; table.ROWS.append(1)\n"
            "    return [len(SEEN), CACHE['x'], len(table.ROWS)]\n",
            "lib/table.py": "ROWS = list(range(1000))\n",
        }
    )
    assert data(agent.ask()) == [[1, 1, 1001]] * len(agent.events)
    assert agent.kept


def test_requests_after_a_snapshot_get_their_own_words_and_random_numbers(served: Any) -> None:
    agent = served(
        "import random, secrets, uuid\n"
        "def handle(request):\n    return [random.random(), str(uuid.uuid4()), secrets.token_hex(8)]\n"
    )
    drawn = data(agent.ask())
    assert agent.kept
    for column in zip(*drawn, strict=True):
        assert len(set(column)) == len(drawn)


@pytest.mark.parametrize(
    "line",
    [
        "import random; MADE = random.random()",
        "import random; MADE = random.Random().random()",
        "import uuid; MADE = str(uuid.uuid4())",
        "import secrets; MADE = secrets.token_hex(8)",
        "import time; MADE = time.time_ns()",
        "import time; MADE = time.monotonic_ns()",
        "import datetime; MADE = datetime.datetime.now().isoformat()",
        "import time; time.sleep(0.001); MADE = time.perf_counter_ns()",
    ],
)
def test_what_loading_makes_anew_each_time_is_made_anew_in_every_run(served: Any, line: str) -> None:
    agent = served(f"{line}\ndef handle(request):\n    return MADE\n")
    made = data(agent.ask())
    assert not agent.kept
    assert len(set(made)) == len(made)


def test_code_whose_memory_grows_while_it_loads_is_loaded_each_time(served: Any) -> None:
    agent = served(
        "BIG = bytearray(30_000_000)\ndef handle(request):\n    BIG[5] += 1\n    return [len(BIG), BIG[5]]\n"
    )
    assert data(agent.ask()) == [[30_000_000, 1]] * len(agent.events)
    assert not agent.kept


def test_what_loading_says_is_told_in_every_run(served: Any) -> None:
    agent = served("print('loading')\ndef handle(request):\n    print('running')\n")
    agent.ask()
    assert agent.kept
    assert agent.events == [["loading", "running"]] * len(agent.events)


def test_fuel_is_about_the_same_from_a_snapshot(served: Any) -> None:
    agent = served("X = sum(range(300_000))\ndef handle(request):\n    return X + sum(range(300_000))\n")
    outcomes = agent.ask()
    assert agent.kept
    fuel = [o.usage.fuel for o in outcomes]
    assert max(fuel) - min(fuel) < 0.05 * max(fuel)


def test_asyncio_and_exceptions_work_from_a_snapshot(served: Any) -> None:
    agent = served(
        "import asyncio\nasync def handle(request):\n"
        "    if request.text: raise ValueError('as asked')\n"
        "    await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(3)))\n    return 'waited'\n"
    )
    assert set(data(agent.ask())) == {"waited"}
    assert agent.kept
    failed = agent.once(text="fail").failure
    assert failed.detail["type"] == "ValueError"
    assert (failed.detail["file"], failed.detail["line"]) == ("agent.py", 3)
    assert agent.once().data == "waited"


def test_memory_is_measured_and_limited_from_a_snapshot(served: Any) -> None:
    agent = served("def handle(request):\n    return len(bytearray(int(request.text or 1)))\n")
    usual = agent.ask()[-1].usage.memory_bytes
    assert agent.kept
    grown = agent.once(text="30000000")
    assert grown.data == 30_000_000
    assert grown.usage.memory_bytes > usual + 20_000_000
    assert agent.once(text="300000000").failure.code == "memory_limit"
    assert agent.once().success


def test_snapshots_are_given_up_for_others_and_taken_again(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    room = 60 * MIB  # for about five
    monkeypatch.setattr(snapshots, "_MOST_BYTES", room)
    before = _held()
    agents = [served(f"NUMBER = {number}\ndef handle(request):\n    return NUMBER\n") for number in range(7)]
    for agent in agents:
        agent.until_kept()
    assert _held() - before <= room
    first = agents[0]
    assert data([first.once() for _ in range(COUNT)]) == [0] * COUNT
    first.until_kept()
    assert _held() - before <= room
    assert first.once().data == 0


def _held() -> int:
    """Bytes of all snapshots that this process has."""
    found = 0
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed meanwhile
            if "sandbox-snapshot" in os.readlink(f"/proc/self/fd/{number}"):
                found += os.fstat(int(number)).st_size
    return found


def test_runtimes_of_one_process_do_not_take_each_others_memory_for_their_own(runtime: Runtime) -> None:
    # The second one comes upon the memories of the first, which are of the same image.
    first, second = Image(runtime._compiled), Image(runtime._compiled)
    made = [first.instantiate() for _ in range(6)]
    for instance in made[:3]:
        instance.close()  # which leaves room above the others, and those are looked at before it
    made += [second.instantiate() for _ in range(2)]
    areas = [instance._area for instance in made[3:]]
    assert None not in areas
    assert len(set(areas)) == len(areas)
    for instance in made:
        instance.close()
