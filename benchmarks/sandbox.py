"""What a fresh sandbox costs, beside what it stands against. Run alone: `python -m benchmarks.sandbox`."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sandbox import Call, Limits, Runtime, Source, build_image
from sandbox.image import compiled_image
from sandbox.instance import Image

from . import beside

ROUNDS = 200
SOURCE = "async def handle(request):\n    return request.text\n"
FILES = {"agent.py": SOURCE}
SOURCE_OF_FILES = Source(FILES)
LOAD = {"recursion_depth": 1000}
CALL = Call(
    skill=None,
    text="hello",
    payload=None,
    session=None,
    invocation_id="benchmark",
    trace_id="0" * 32,
    span_id="0" * 16,
    config={},
    agent="benchmark",
    version=1,
)


class _Still:
    """A host for the bare measurement: nothing is asked of it."""

    def emit(self, kind: str, body: str) -> None: ...

    def start(self, capability: str, body: str) -> int:
        return 0

    def wait(self, timeout_us: int) -> str:
        return "[]"

    def fetch(self, path: str) -> str:
        return ""

    def tick(self) -> bool:
        return True

    def broke(self, error: BaseException) -> None:
        raise error


def image_dir() -> Path:
    """Where the image is: NEUROFLOW_IMAGE_DIR, or var/image."""
    return Path(os.environ.get("NEUROFLOW_IMAGE_DIR") or "var/image")


def measure() -> dict[str, float]:
    """Medians in milliseconds, and private megabytes of one prepared sandbox."""
    directory = image_dir()
    build_image(directory, lambda line: print(line, file=sys.stderr))
    runtime = Runtime.open(directory)
    try:
        runtime.warm(FILES, 4)
        idle, misses = _idle(runtime)
        return {
            "sandbox.fresh_idle_ms": idle,
            "sandbox.fresh_saturated_ms": _saturated(runtime),
            "sandbox.miss_ms": misses,
            "sandbox.bare_ms": _bare(compiled_image(directory)),
            "sandbox.subprocess_ms": _subprocess(),
            "sandbox.private_mb": _private_mb(directory),
            **beside.measure(runtime, directory, CALL),
        }
    finally:
        runtime.close()


def _run(runtime: Runtime, code: Source) -> float:
    began = time.perf_counter()
    outcome = runtime.run(code, CALL, Limits(), grants={}, on_event=lambda kind, data: None)
    elapsed = (time.perf_counter() - began) * 1000
    if outcome.data != "hello":
        raise RuntimeError(f"the benchmark's agent failed: {outcome.failure}")
    return elapsed


def _idle(runtime: Runtime) -> tuple[float, float]:
    """A request now and then: to a source with a prepared sandbox, and to one that was never loaded before."""
    hits, misses = [], []
    for number in range(ROUNDS):
        time.sleep(0.015)
        hits.append(_run(runtime, SOURCE_OF_FILES))
        if number % 5 == 0:
            code = Source({"agent.py": f"{SOURCE}# {number}\n"})
            time.sleep(0.015)
            runtime._backends["wasm"]._compiled(
                code
            )  # Compiled when it was uploaded, as on every worker but the first.
            misses.append(_run(runtime, code))
    return statistics.median(hits), statistics.median(misses)


def _saturated(runtime: Runtime) -> float:
    """One request after the other, with no time to prepare between them."""
    for _ in range(20):
        _run(runtime, SOURCE_OF_FILES)
    return statistics.median(_run(runtime, SOURCE_OF_FILES) for _ in range(ROUNDS))


def _bare(compiled: Path) -> float:
    """wasmtime alone: instantiate, load, call, close, without pool, slot, limits and events of ours."""
    image = Image(compiled)
    still = _Still()

    def call(instance: object, operation: str, body: object) -> str:
        answer, _ = instance.call(operation, json.dumps(body), still, 1 << 62, Limits())  # type: ignore[attr-defined]
        return str(answer).partition("\n")[2]

    compiling = image.instantiate()
    code = json.loads(call(compiling, "compile", {"files": FILES}))["code"]
    compiling.close()

    def once() -> None:
        instance = image.instantiate()
        call(instance, "load", {"files": FILES, "code": code, **LOAD})
        call(instance, "run", {"text": "hello", **LOAD})
        instance.close()

    return _median(once, ROUNDS)


def _subprocess() -> float:
    """A Python process that does the same."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "agent.py"
        script.write_text("import sys\nprint(sys.argv[1])\n")
        return _median(
            lambda: subprocess.run([sys.executable, "-I", str(script), "hello"], stdout=subprocess.DEVNULL), 30
        )


def _private_mb(directory: Path) -> float:
    """Private memory of a process with 20 more sandboxes, shared among them. In a process of its own."""
    script = f"""
import json
from pathlib import Path
from benchmarks.sandbox import FILES, LOAD, _Still
from sandbox import Limits
from sandbox.image import compiled_image
from sandbox.instance import Image
def private():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))
image = Image(compiled_image(Path({str(directory)!r})))
still = _Still()
def made():
    instance = image.instantiate()
    answer, _ = instance.call("compile", json.dumps({{"files": FILES}}), still, 1 << 62, Limits())
    instance.close()
    code = json.loads(answer.partition("\\n")[2])["code"]
    instance = image.instantiate()
    instance.call("load", json.dumps({{"files": FILES, "code": code, **LOAD}}), still, 1 << 62, Limits())
    return instance
kept = [made()]
before = private()
kept += [made() for _ in range(20)]
print((private() - before) / 20 / 1024)
"""
    return float(subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, text=True).stdout)


def _median(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


#: Each figure's goal: at most so many times another figure, or at most a number.
GOALS: list[tuple[str, float, str]] = [
    ("sandbox.fresh_idle_ms", 0.5, ""),
    ("sandbox.fresh_idle_ms", 0.05, "sandbox.subprocess_ms"),
    ("sandbox.fresh_idle_ms", 1 / 3, "sandbox.pyeryx_ms"),
    ("sandbox.fresh_saturated_ms", 2.0, ""),
    ("sandbox.miss_ms", 1.1, "sandbox.bare_ms"),
    ("sandbox.private_mb", 5.0, ""),
    ("sandbox.p99_after_attacks_ms", 2.0, "sandbox.p99_usual_ms"),
]


def table(found: dict[str, float]) -> list[str]:
    """A line for each figure, and for each goal whether it is met."""
    lines = [f"{name:<30} {value:>9.3f}" for name, value in found.items()]
    lines.append("")
    for name, share, floor in GOALS:
        if name not in found or (floor and floor not in found):
            continue
        most = share * found[floor] if floor else share
        said = f"at most {share:.2f} × {floor}" if floor else f"at most {share}"
        verdict = "met" if found[name] <= most else "MISSED"
        lines.append(f"{name:<30} {found[name]:>9.3f}  {said} = {most:.3f}: {verdict}")
    return lines


if __name__ == "__main__":
    print("\n".join(table(measure())))
