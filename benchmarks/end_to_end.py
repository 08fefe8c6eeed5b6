"""End to end, gateway and throughput, each beside its floor, against processes started for it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import uuid
from pathlib import Path

import redis

from . import processes
from .client import Client, load
from .timing import median, percentile

REQUEST = {"agent": "bench", "text": "hello", "wait": 30}
SOURCE = "from neuroflow import log\n\n\ndef handle(request):\n    return request.text\n"
ROUNDS = 400
SECONDS = 8.0
CLIENTS = 32


def measure() -> dict[str, float]:
    """Keys `e2e.*`, `gateway.*` and `throughput.*` of the design's section 7; milliseconds and requests a second."""
    with processes.system() as system:
        asyncio.run(_publish(system))
        results = asyncio.run(_end_to_end(system))
        results.update(asyncio.run(_gateway(system)))
        results.update(asyncio.run(_throughput(system)))
        results.update(_floor(system))
        results.update(asyncio.run(_web_floor(system)))
    return results


async def _publish(system: processes.System) -> None:
    async with Client(system.host, system.port, system.key) as client:
        await _must(client, "/api/v1/agents/", {"name": "bench"})
        await _must(client, "/api/v1/agents/bench/versions/", {"files": {"agent.py": SOURCE}})
        await _must(client, "/api/v1/agents/bench/deployments/", {"version": 1})


async def _must(client: Client, path: str, body: dict) -> None:
    status, answer, _took = await client.post(path, body)
    if status >= 300:
        raise RuntimeError(f"POST {path} answered {status}: {answer}")


async def _end_to_end(system: processes.System) -> dict[str, float]:
    taken = []
    async with Client(system.host, system.port, system.key) as client:
        for number in range(ROUNDS + 50):
            status, answer, took = await client.post("/api/v1/invocations/", REQUEST)
            if status != 200:
                raise RuntimeError(f"the invocation answered {status}: {answer}")
            if number >= 50:
                taken.append(took)
    return {"e2e.p50_ms": median(taken), "e2e.p99_ms": percentile(taken, 0.99)}


async def _gateway(system: processes.System) -> dict[str, float]:
    """The same request without waiting for the worker: admitted, recorded, enqueued."""
    taken = []
    async with Client(system.host, system.port, system.key) as client:
        for number in range(ROUNDS + 50):
            status, answer, took = await client.post("/api/v1/invocations/", {**REQUEST, "wait": 0})
            if status not in (200, 202):
                raise RuntimeError(f"the invocation answered {status}: {answer}")
            if number >= 50:
                taken.append(took)
            await asyncio.sleep(0.01)  # its worker finishes before the next is measured
    return {"gateway.p50_ms": median(taken), "gateway.p99_ms": percentile(taken, 0.99)}


async def _throughput(system: processes.System) -> dict[str, float]:
    await load(system.host, system.port, system.key, "/api/v1/invocations/", REQUEST, CLIENTS, 2.0)
    result = await load(system.host, system.port, system.key, "/api/v1/invocations/", REQUEST, CLIENTS, SECONDS)
    return {
        "throughput.per_s": result["ok"] / result["seconds"],
        "throughput.lost": float(result["failed"]),
        "throughput.p50_ms": median(result["latencies_ms"]),
    }


def _floor(system: processes.System) -> dict[str, float]:
    """The same two figures of bare Celery and sandbox, on the same Valkey."""
    from neuroflow_site.up.paths import socket_path

    address = os.environ.get("REDIS_URL") or f"unix://{socket_path(Path(system.environment['NEUROFLOW_VAR']))}"
    environment = {**system.environment, "BENCH_REDIS_URL": address}
    os.environ["BENCH_REDIS_URL"] = address
    os.environ["NEUROFLOW_IMAGE_DIR"] = environment["NEUROFLOW_IMAGE_DIR"]
    from .floor_worker import run

    client = redis.Redis.from_url(address)
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.floor_worker", "worker", "--pool", "prefork"]
    command += ["--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with processes.child(command, environment):
        for _ in range(20):
            _round_trip(client, run)
        taken = [_round_trip(client, run) for _ in range(ROUNDS)]
        per_second = _saturated(client, run)
    return {
        "e2e.floor_p50_ms": median(taken),
        "throughput.floor_per_s": per_second,
    }


def _round_trip(client: redis.Redis, run) -> float:
    reply = f"floor:{uuid.uuid4().hex}"
    begun = time.perf_counter()
    run.apply_async(args=(reply, "hello"))
    answer = client.blpop([reply], timeout=60)
    took = (time.perf_counter() - begun) * 1000
    assert answer is not None and json.loads(answer[1])["success"], answer
    return took


def _saturated(client: redis.Redis, run) -> float:
    """Round trips a second with `CLIENTS` under way, from one thread: the cheapest generator there is."""
    reply = f"floor:{uuid.uuid4().hex}"
    for _ in range(CLIENTS):
        run.apply_async(args=(reply, "hello"))
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        client.blpop([reply], timeout=60)
        run.apply_async(args=(reply, "hello"))
        done += 1
    elapsed = time.perf_counter() - begun
    for _ in range(CLIENTS):
        client.blpop([reply], timeout=60)
    return done / elapsed


async def _web_floor(system: processes.System) -> dict[str, float]:
    port = processes.free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.floor_web:application", "--port", str(port)]
    with processes.child(
        [*command, "--log-level", "warning", "--no-access-log", "--lifespan", "off"], system.environment
    ):
        taken = []
        deadline = time.monotonic() + 30
        while True:
            try:
                async with Client("127.0.0.1", port, system.key) as client:
                    for number in range(ROUNDS + 50):
                        _status, _answer, took = await client.post("/floor/", {})
                        if number >= 50:
                            taken.append(took)
                        await asyncio.sleep(0.01)
                break
            except ConnectionError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)
    return {"gateway.floor_p50_ms": median(taken), "gateway.floor_p99_ms": percentile(taken, 0.99)}
