"""What workers tell of their sandboxes, and how it is shown: usage, metrics, and what a publish prepares."""

from __future__ import annotations

import time

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from agents import source
from invocations import figures, metrics
from invocations.figures import Figures
from invocations.models import Invocation, Span
from invocations.representation import represent
from invocations.worker.execute import claim
from invocations.worker.running import RUNNING
from testing.workers import until

USED = {"fuel": 5_000, "cpu_ms": 250.0, "host_call_ms": 1_500.0, "memory_bytes": 60 << 20}
STATS = {"hits": 3, "misses": 1, "prepared": 2, "kept": 4, "running": 1}


def sample(name: str, **labels: str) -> float | None:
    assert metrics.INVOCATIONS  # imported: it registers what is asked for here
    return REGISTRY.get_sample_value(name, labels)


def test_two_workers_are_summed_up_and_each_tells_only_what_is_new(db, bus):
    one, other = Figures(), Figures()
    one.ran("echo", USED)
    one.report("a", STATS)
    one.ran("echo", {**USED, "memory_bytes": 2 << 30})
    one.report("a", {**STATS, "hits": 5})
    other.report("b", STATS)
    assert sample("neuroflow_sandbox_pool_requests_total", result="hit") == 8
    assert sample("neuroflow_sandbox_pool_requests_total", result="miss") == 2
    assert sample("neuroflow_sandbox_fuel_total", agent="echo") == 10_000
    assert sample("neuroflow_sandbox_cpu_seconds_total", agent="echo") == 0.5
    assert sample("neuroflow_sandbox_host_call_seconds_total", agent="echo") == 3
    assert sample("neuroflow_sandbox_prepared") == 4
    assert sample("neuroflow_sandbox_kept") == 8
    assert sample("neuroflow_sandbox_running") == 2
    assert sample("neuroflow_sandbox_memory_bytes_bucket", le=str(64 << 20)) == 1
    assert sample("neuroflow_sandbox_memory_bytes_bucket", le=str(1 << 30)) == 1
    assert sample("neuroflow_sandbox_memory_bytes_bucket", le="+Inf") == 2


def test_a_worker_that_ended_holds_nothing_but_what_it_counted_stays(db, bus, monkeypatch):
    Figures().report("a", STATS)
    Figures().report("b", STATS)
    Figures.forget("a")
    assert sample("neuroflow_sandbox_prepared") == 2
    monkeypatch.setattr(figures, "STALE_SECONDS", 0)
    time.sleep(0.01)
    assert sample("neuroflow_sandbox_prepared") == 0
    assert sample("neuroflow_sandbox_pool_requests_total", result="hit") == 6


def test_what_could_not_be_told_is_told_later(db, bus, monkeypatch):
    import redis

    def away(*_args, **_kwargs):
        raise redis.ConnectionError("away")

    ours = Figures()
    ours.ran("echo", USED)
    with monkeypatch.context() as patched:
        patched.setattr(redis.client.Pipeline, "execute", away)
        with pytest.raises(redis.ConnectionError):
            ours.report("a", STATS)
    ours.report("a", STATS)
    assert sample("neuroflow_sandbox_fuel_total", agent="echo") == 5_000
    assert sample("neuroflow_sandbox_pool_requests_total", result="hit") == 3


def test_runs_and_what_waits_for_a_cap_are_in_the_metrics(client, publish_agent, invoke, system):
    from invocations.admission import admit
    from invocations.draft import Ask

    publish_agent("few", max_concurrent=1)
    invoke("few")
    for text in ("runs", "waits", "waits too"):
        admit(system, Ask(agent="few", text=text))
    claim(str(Invocation.objects.latest("created_at").pk))
    RUNNING._report()
    told = client.get("/metrics").content.decode()
    families = {family.name: family for family in text_string_to_metric_families(told)}
    assert [(s.labels, s.value) for s in families["neuroflow_waiting_for_cap"].samples] == [({"agent": "few"}, 2)]
    fuel = next(s for s in families["neuroflow_sandbox_fuel"].samples if s.labels == {"agent": "few"})
    assert fuel.value >= Invocation.objects.get(status="succeeded").usage["fuel"]


def test_usage_is_whole_in_row_answer_and_span(publish_agent, invoke):
    publish_agent("tells", "async def handle(request, context):\n    return len(context.config)\n", config={"a": 1})
    invocation = invoke("tells")
    usage = represent(invocation)["usage"]
    assert set(usage) == {"fuel", "cpu_ms", "memory_bytes", "tokens", "host_call_ms", "bytes_in", "bytes_out"}
    assert None not in usage.values()
    attributes = Span.objects.get(invocation=invocation, kind="sandbox").attributes
    assert {name: attributes[name] for name in usage} == usage == invocation.usage


def test_an_invocation_from_before_all_this_was_measured_says_so(publish_agent, invoke):
    publish_agent()
    invocation = invoke()
    old = {name: invocation.usage[name] for name in ("fuel", "cpu_ms", "memory_bytes", "tokens")}
    Invocation.objects.filter(pk=invocation.pk).update(usage=old)
    invocation.refresh_from_db()
    assert represent(invocation)["usage"] == {**old, "host_call_ms": None, "bytes_in": None, "bytes_out": None}


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_the_first_request_after_a_publish_finds_its_sandbox_prepared(
    workspace, listening, publish_agent, upload, system, invoke, monkeypatch
):
    """The whole way: the publish announces, this process prepares as a worker does, the request is a hit."""
    from agents.actions.deploy import publish

    agent = publish_agent("swapped", "def handle(request):\n    return 1\n", limits={"recursion_depth": 500})
    runtime = source.runtime()
    version = upload(agent, "def handle(request):\n    return 2\n")
    asked: list[dict] = []
    prepare = runtime.warm

    def warm(code, count, limits, **how):
        prepare(code, count, limits, **how)
        asked.append({"code": code.id, "depth": limits.recursion_depth, **how})

    monkeypatch.setattr(runtime, "warm", warm)
    publish(system, agent, version)
    code = source.of(version).id
    wanted = {"code": code, "depth": 500, "isolation": "wasm"}
    until(lambda: wanted in asked and runtime._backends["wasm"].pool._shelves[code].ready)
    before = runtime.stats()
    assert invoke("swapped").data == 2
    after = runtime.stats()
    assert (after["hits"] - before["hits"], after["misses"] - before["misses"]) == (1, 0)
