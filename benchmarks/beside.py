"""More of the sandbox's figures: kept sandboxes, other isolations, after attacks, a worker's start, and a rival."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from sandbox import Call, Limits, Runtime, Source

from . import hostile
from .timing import percentile

SOURCE = Source({"agent.py": "async def handle(request):\n    return request.text\n"})
_RUNS = 200
_RIVAL = """
import statistics, time, eryx
def once():
    began = time.perf_counter()
    assert eryx.Sandbox().execute("print('hello')").stdout.strip() == "hello"
    return (time.perf_counter() - began) * 1000
once()
print(statistics.median(once() for _ in range(50)))
"""
_START = """
from pathlib import Path
from benchmarks.beside import SOURCE
from sandbox import Runtime
import sys, time
runtime = Runtime.open(Path(sys.argv[1]))
runtime.warm(SOURCE, 1)
while not runtime.stats()["prepared"]: time.sleep(0.001)
print("ready", flush=True)
sys.stdin.read()
runtime.close()
"""


def measure(runtime: Runtime, directory: Path, call: Call) -> dict[str, float]:
    """Milliseconds, but `sandbox.reuse_us`; what this machine cannot do is said on stderr and left out."""
    found = {
        "sandbox.reuse_us": statistics.median(_timed(runtime, call, lifetime="reuse") for _ in range(_RUNS)) * 1000,
        "sandbox.worker_start_ms": statistics.median(_worker_start(directory) for _ in range(5)),
    }
    for isolation in ("namespace", "process"):
        try:
            runtime.warm(SOURCE, 2, isolation=isolation)
            _timed(runtime, call, isolation=isolation)
        except Exception as error:
            print(f"sandbox.{isolation}_ms skipped: {error}", file=sys.stderr)
            continue
        found[f"sandbox.{isolation}_ms"] = _median_spaced(runtime, call, isolation)
        found[f"sandbox.{isolation}_miss_ms"] = _median_unprepared(runtime, call, isolation)
    found["sandbox.p99_usual_ms"] = _p99(runtime, call)
    with hostile.service() as service:
        for attack in hostile.hostile() * 2:
            hostile.run(runtime, service, attack)
    found["sandbox.p99_after_attacks_ms"] = _p99(runtime, call)
    rival = _pyeryx()
    return found if rival is None else {**found, "sandbox.pyeryx_ms": rival}


def _timed(
    runtime: Runtime, call: Call, code: Source = SOURCE, *, isolation: str = "wasm", lifetime: str = "fresh"
) -> float:
    began = time.perf_counter()
    outcome = runtime.run(
        code, call, Limits(), grants={}, on_event=lambda kind, data: None, isolation=isolation, lifetime=lifetime
    )
    elapsed = (time.perf_counter() - began) * 1000
    if outcome.data != call.text:
        raise RuntimeError(str(outcome.failure))
    return elapsed


def _median_spaced(runtime: Runtime, call: Call, isolation: str) -> float:
    times = []
    for _ in range(40):
        time.sleep(0.1)
        times.append(_timed(runtime, call, isolation=isolation))
    return statistics.median(times)


def _median_unprepared(runtime: Runtime, call: Call, isolation: str) -> float:
    sources = [Source({"agent.py": f"{SOURCE.files['agent.py']}# {number}\n"}) for number in range(20)]
    return statistics.median(_timed(runtime, call, code, isolation=isolation) for code in sources)


def _p99(runtime: Runtime, call: Call) -> float:
    times = []
    for _ in range(_RUNS):
        time.sleep(0.005)
        times.append(_timed(runtime, call))
    return percentile(times, 0.99)


def _worker_start(directory: Path) -> float:
    """From the start of a process to its first sandbox being ready, imports and all."""
    began = time.perf_counter()
    command = [sys.executable, "-c", _START, str(directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        ready = process.stdout.readline()
        elapsed = (time.perf_counter() - began) * 1000
        process.stdin.close()
    if ready.strip() != "ready":
        raise RuntimeError("the process ended before its first sandbox was ready")
    return elapsed


def _pyeryx() -> float | None:
    """A fresh sandbox of the package `pyeryx`, in a Python that has it."""
    for name in ("python3.12", "python3.13", "python3.14"):
        python = shutil.which(name)
        if python is None:
            continue
        done = subprocess.run([python, "-c", _RIVAL], capture_output=True, text=True)
        if done.returncode == 0:
            return float(done.stdout)
    print("sandbox.pyeryx_ms skipped: no Python from 3.12 on this machine has the package pyeryx", file=sys.stderr)
    return None
