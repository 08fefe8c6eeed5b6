"""`make soak`: thousands of good and hostile invocations in one process, as a worker has them, and what they leave.

After every so many invocations all threads stop, and what the process holds is counted: memory, descriptors, threads,
mappings. The first half fills caches and pools and is not judged. In the second half memory must not grow: the slope
is the median of the slopes between all pairs of counts (Theil and Sen), which a few outliers do not move, and it may
come to no more than 16 MB over that half. Descriptors and threads may not be more than the first half ever had.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import Runtime, build_image

from . import hostile

THREADS = 16
ROUND = 500
#: One in so many is hostile.
HOSTILE = 7
MOST_GROWTH_MB = 16.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Count:
    """What the process holds after so many invocations."""

    invocations: int
    rss_mb: float
    descriptors: int
    threads: int
    mappings: int


@dataclass
class Report:
    """What came of it. `faults` are runs that did not end as they must; `codes` says how often each end was met."""

    counts: list[Count] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def growth_mb(self) -> float:
        """Megabytes over the second half, by the median slope."""
        half = self.counts[len(self.counts) // 2 :]
        slopes = [(b.rss_mb - a.rss_mb) / (b.invocations - a.invocations) for a, b in itertools.combinations(half, 2)]
        return statistics.median(slopes) * (half[-1].invocations - half[0].invocations) if slopes else 0.0

    def leaks(self) -> list[str]:
        """What grew that must not."""
        first, second = self.counts[: len(self.counts) // 2], self.counts[len(self.counts) // 2 :]
        found = []
        if self.growth_mb() > MOST_GROWTH_MB:
            found.append(f"memory grew by {self.growth_mb():.1f} MB over the second half")
        for what in ("descriptors", "threads"):
            before, after = max(getattr(c, what) for c in first), min(getattr(c, what) for c in second)
            if after > before:
                found.append(f"{what}: {before} at most in the first half, {after} at least in the second")
        return found


def soak(count: int, every: int = ROUND, tell: Callable[[str], None] = print) -> Report:
    """Run so many invocations and count after every `every` of them."""
    directory = Path(os.environ.get("NEUROFLOW_IMAGE_DIR") or "var/image")
    build_image(directory, tell)
    runtime = Runtime.open(directory)
    report = Report()
    lock = threading.Lock()
    attackers = hostile.hostile()
    tell("invocations   per s   RSS MB  descriptors  threads  mappings  ended")
    try:
        with hostile.service() as service, ThreadPoolExecutor(THREADS) as threads:

            def one(number: int) -> None:
                bad = number % HOSTILE == 0
                attack = attackers[number // HOSTILE % len(attackers)] if bad else hostile.good(number)
                outcome, faults = hostile.run(runtime, service, attack)
                with lock:
                    report.codes["ok" if outcome.failure is None else outcome.failure.code] += 1
                    report.faults += [f"{number} {attack.name}: {fault}" for fault in faults]

            for begin in range(0, count, every):
                began = time.monotonic()
                list(threads.map(one, range(begin, min(begin + every, count))))
                rate = every / (time.monotonic() - began)
                _settle(runtime)
                report.counts.append(_counted(begin + every))
                if (begin + every) % (2 * every) == 0 or begin + every >= count:
                    tell(_line(report, rate))
    finally:
        runtime.close()
    return report


def _settle(runtime: Runtime) -> None:
    """Until used sandboxes are cleared away and as many prepared as there are to be."""
    pools = [backend.pool for backend in runtime._backends.values()]
    still, before, deadline = 0, -1, time.monotonic() + 30
    while still < 5 and time.monotonic() < deadline:
        now = runtime.stats()["prepared"]
        still = still + 1 if now == before and not any(pool._garbage for pool in pools) else 0
        before = now
        time.sleep(0.1)
    gc.collect()


def _counted(invocations: int) -> Count:
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6
    mappings = Path("/proc/self/maps").read_text().count("\n")
    return Count(invocations, resident, len(os.listdir("/proc/self/fd")), threading.active_count(), mappings)


def _line(report: Report, rate: float) -> str:
    now = report.counts[-1]
    ended = ", ".join(f"{code} {number}" for code, number in report.codes.most_common())
    return (
        f"{now.invocations:>11,} {rate:>7.0f} {now.rss_mb:>8.1f} {now.descriptors:>12} {now.threads:>8} "
        f"{now.mappings:>9}  {ended}"
    )


def main() -> int:
    """Exit status: 0 nothing leaked and every run ended as it must, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Good and hostile invocations in one process, and what they leave.")
    parser.add_argument("count", nargs="?", type=int, default=20_000)
    report = soak(parser.parse_args().count, tell=lambda line: print(line, flush=True))
    faults = report.faults + report.leaks()
    print(f"\nmemory over the second half: {report.growth_mb():+.1f} MB (at most {MOST_GROWTH_MB:.0f})")
    for fault in faults[:20]:
        print(f"FAULT {fault}")
    print("every run ended as it must, and nothing leaked" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
