"""What Prometheus is told of invocations. Labels are bounded: agents, states and codes, never ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

INVOCATIONS = Counter(
    "neuroflow_invocations_total", "Invocations answered by this web process.", ["agent", "status", "error_code"]
)
DURATION = Histogram(
    "neuroflow_request_duration_seconds",
    "From the request to its answer, in this web process.",
    ["agent"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def answered(invocation: dict[str, Any], seconds: float) -> None:
    """Count one answer; `invocation` as the contract shows it."""
    agent = invocation["agent"] or ""
    code = invocation["error"]["code"] if invocation["error"] else ""
    INVOCATIONS.labels(agent, invocation["status"], code).inc()
    DURATION.labels(agent).observe(seconds)


class _Broker(Collector):
    """Read when Prometheus asks: how many requests wait, and how many workers live."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        from .bus import notices
        from .worker.running import live_workers

        depth = notices.queue_depth()
        if depth is not None:
            yield GaugeMetricFamily("neuroflow_queue_depth", "Requests that wait for a worker.", value=depth)
        try:
            yield GaugeMetricFamily("neuroflow_workers", "Worker processes that live.", value=live_workers())
        except RedisError:
            return

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # asking must not be needed to register


REGISTRY.register(_Broker())
