"""What Prometheus is told of invocations. Labels are bounded: agents, states and codes, never ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import DatabaseError
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from . import caps, figures

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


class _Shared(Collector):
    """Read when Prometheus asks, and the same from every web process: what waits, who works, what ran there."""

    def collect(self) -> Iterator[Metric]:
        from .bus import notices
        from .worker.running import live_workers

        depth = notices.queue_depth()
        if depth is not None:
            yield GaugeMetricFamily("neuroflow_queue_depth", "Requests that wait for a worker.", value=depth)
        with suppress(RedisError):
            yield GaugeMetricFamily("neuroflow_workers", "Worker processes that live.", value=live_workers())
            yield from _sandboxes(figures.known())
        with suppress(DatabaseError):
            yield _waiting_for_caps()

    def describe(self) -> list[Metric]:
        return []  # asking must not be needed to register


def _sandboxes(known: figures.Known) -> Iterator[Metric]:
    pool = CounterMetricFamily(
        "neuroflow_sandbox_pool_requests",
        "Requests that found a prepared sandbox (hit), or had to wait for one (miss).",
        labels=["result"],
    )
    found = known.of("pool")
    pool.add_metric(["hit"], found.get("hits", 0.0))
    pool.add_metric(["miss"], found.get("misses", 0.0))
    yield pool
    for name, what in (
        ("prepared", "Fresh sandboxes that are ready."),
        ("kept", "Sandboxes that served before and wait to be used again."),
        ("running", "Runs under way."),
    ):
        yield GaugeMetricFamily(f"neuroflow_sandbox_{name}", what, value=known.gauges[name])
    for kind, name, what, unit in (
        ("cpu_ms", "cpu_seconds", "Processor time of an agent's runs.", 1000),
        ("host_call_ms", "host_call_seconds", "Time in which an agent's runs waited for capabilities.", 1000),
        ("fuel", "fuel", "Fuel (WebAssembly instructions) of an agent's runs.", 1),
    ):
        family = CounterMetricFamily(f"neuroflow_sandbox_{name}", what, labels=["agent"])
        for agent, value in sorted(known.of(kind).items()):
            family.add_metric([agent], value / unit)
        yield family
    counted, buckets, total = known.of("memory"), [], 0.0
    for limit in (*map(str, figures.MEMORY_BUCKETS), "+Inf"):
        total += counted.get(limit, 0.0)
        buckets.append((limit, total))
    memory = HistogramMetricFamily("neuroflow_sandbox_memory_bytes", "The most memory that a run had.")
    memory.add_metric([], buckets, known.of("memory_sum").get("", 0.0))
    yield memory


def _waiting_for_caps() -> Metric:
    family = GaugeMetricFamily(
        "neuroflow_waiting_for_cap",
        "Requests that wait because the agent runs as many at once as it may.",
        labels=["agent"],
    )
    for slug, count in caps.waiting_by_agent():
        family.add_metric([slug], count)
    return family


REGISTRY.register(_Shared())
