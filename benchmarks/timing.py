"""Percentiles and timed loops."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the sorted values lie; the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def timed_ms(function: Callable[[], object], times: int, warm_up: int = 5) -> list[float]:
    """Milliseconds of each of `times` calls, after `warm_up` that are not counted."""
    for _ in range(warm_up):
        function()
    results = []
    for _ in range(times):
        begun = time.perf_counter()
        function()
        results.append((time.perf_counter() - begun) * 1000)
    return results
