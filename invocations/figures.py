"""What sandboxes used, summed up over all workers: each tells what is new every two seconds, Redis keeps the sums.

A worker has no address that Prometheus could ask, and comes and goes; a sum in Redis outlives it, and every web process
shows the same. A worker that is killed takes what it had not told yet with it: two seconds' worth.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .bus import keys
from .bus.client import sync_client

STALE_SECONDS = 10  # a worker not heard of for this long holds nothing any more
GAUGES = ("prepared", "kept", "running")
_MIB = 1 << 20
MEMORY_BUCKETS = tuple(size * _MIB for size in (48, 64, 80, 96, 128, 192, 256, 512, 1024))


@dataclass(frozen=True)
class Known:
    """The sums, by what is counted and for whom (an agent's slug, or what else tells them apart), and what workers hold
    at the moment, all together."""

    sums: Mapping[tuple[str, str], float]
    gauges: Mapping[str, int]

    def of(self, what: str) -> dict[str, float]:
        """Sums of one kind, by whom they are for."""
        return {label: value for (kind, label), value in self.sums.items() if kind == what}


class Figures:
    """What this process has to tell; one a process (`FIGURES`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: Counter[tuple[str, str]] = Counter()
        self._told: dict[str, int] = {}  # of the pool's own counters

    def ran(self, agent: str, usage: Mapping[str, Any]) -> None:
        """One run is over; `usage` as an invocation shows it."""
        memory = usage["memory_bytes"]
        bucket = next((str(limit) for limit in MEMORY_BUCKETS if memory <= limit), "+Inf")
        with self._lock:
            self._new["fuel", agent] += usage["fuel"]
            self._new["cpu_ms", agent] += usage["cpu_ms"]
            self._new["host_call_ms", agent] += usage["host_call_ms"]
            self._new["memory", bucket] += 1
            self._new["memory_sum", ""] += memory

    def report(self, worker: str, stats: Mapping[str, int]) -> None:
        """Tell what is new; `stats` are the runtime's. Raises RedisError, and then tells it with the next report."""
        with self._lock:
            for kind in ("hits", "misses"):
                self._new["pool", kind] += stats[kind] - self._told.get(kind, 0)
                self._told[kind] = stats[kind]
            new, self._new = self._new, Counter()
        now = {name: stats[name] for name in GAUGES}
        try:
            with sync_client().pipeline(transaction=True) as pipe:
                for (kind, label), value in new.items():
                    if value:
                        pipe.hincrbyfloat(keys.figures(), json.dumps([kind, label]), value)
                pipe.hset(keys.holdings(), worker, json.dumps({"at": time.time(), **now}))
                pipe.execute()
        except BaseException:
            with self._lock:
                self._new.update(new)
            raise

    @staticmethod
    def forget(worker: str) -> None:
        """The worker ends and holds nothing any more. Raises RedisError."""
        sync_client().hdel(keys.holdings(), worker)


FIGURES = Figures()


def known() -> Known:
    """What all workers have told. Raises RedisError."""
    with sync_client().pipeline(transaction=False) as pipe:
        pipe.hgetall(keys.figures())
        pipe.hgetall(keys.holdings())
        sums, holdings = pipe.execute()
    gauges: Counter[str] = Counter(dict.fromkeys(GAUGES, 0))
    oldest = time.time() - STALE_SECONDS
    for worker, text in holdings.items():
        held = json.loads(text)
        if held.pop("at") < oldest:
            sync_client().hdel(keys.holdings(), worker)
            continue
        gauges.update(held)
    return Known({(kind, label): float(value) for (kind, label), value in _decoded(sums)}, gauges)


def _decoded(sums: Mapping[str, str]) -> list[tuple[tuple[str, str], str]]:
    return [((found[0], found[1]), value) for name, value in sums.items() for found in [json.loads(name)]]
