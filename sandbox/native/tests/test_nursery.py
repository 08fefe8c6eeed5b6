"""Where native sandboxes come from, and that nothing of them is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import Runtime
from sandbox.native.image import Image
from sandbox.native.tests.conftest import Native
from sandbox.tests.conftest import ROOT, image_dir


def descendants(process: int) -> list[int]:
    found = []
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        for task in tasks:
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    except OSError:
        pass
    return found


def until(true: Any, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def nursery(native: Native) -> Any:
    native.works()
    image: Any = native.runtime._backend(native.isolation)._image
    return image._nursery


def alive(processes: list[int]) -> list[int]:
    return [each for each in processes if os.path.exists(f"/proc/{each}")]


@pytest.fixture(params=["namespace", "process"])
def alone(request: pytest.FixtureRequest) -> Any:
    """A runtime of its own, so that all processes there are can be told apart."""
    runtime = Runtime.open(image_dir())
    yield Native(runtime, request.param)
    runtime.close()


def test_nothing_is_left_of_runs_that_ended(alone: Native) -> None:
    for _ in range(5):
        alone.body("return 1")
        alone.body("import os; os._exit(1)")
        alone.body("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nreturn 2")
    started = nursery(alone)._process.pid
    alone.runtime.close()
    assert until(lambda: not descendants(started))
    alone.runtime = Runtime.open(image_dir())
    alone.works()


def test_open_files_of_the_host_do_not_grow(alone: Native) -> None:
    source = {"agent.py": "def handle(request): return 1"}
    for _ in range(3):
        alone.run(source)
    backend = alone.runtime._backend(alone.isolation)

    def settled() -> bool:
        return not backend.pool._garbage and backend.pool.prepared() >= 2

    assert until(settled)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(30):
        assert alone.run(source).data == 1
        alone.run({"agent.py": "import os\nos._exit(1)"})
    assert until(settled)
    assert len(os.listdir("/proc/self/fd")) <= before + 30


def test_a_nursery_that_died_is_replaced(alone: Native) -> None:
    first = nursery(alone)._process
    all_of_it = [first.pid, *descendants(first.pid)]
    os.kill(all_of_it[1] if alone.isolation == "namespace" else first.pid, signal.SIGKILL)
    assert until(lambda: not alive(all_of_it[1:]))
    outcomes = [alone.body("return 'well'") for _ in range(8)]
    assert outcomes[-1].data == "well", outcomes[-1].failure
    assert nursery(alone)._process.pid != first.pid


def test_when_the_worker_is_killed_nothing_goes_on(native: Native) -> None:
    lines = f"""
import sys
from pathlib import Path
from sandbox import Runtime, Limits
from sandbox.tests.conftest import Agent
agent = Agent(Runtime.open(Path({str(image_dir())!r})))
print('ready', flush=True)
agent.body("print(1)\\nwhile True: pass", isolation={native.isolation!r}, limits=Limits(wall_ms=100_000),
           on_event=lambda kind, data: print('computing', flush=True))
"""
    worker = subprocess.Popen([sys.executable, "-c", lines], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert [worker.stdout.readline(), worker.stdout.readline()] == ["ready\n", "computing\n"]
    started = descendants(worker.pid)
    assert len(started) >= 2
    worker.kill()
    worker.wait()
    assert until(lambda: not alive(started)), started


def test_a_nursery_knows_nothing_of_the_host(native: Native) -> None:
    os.environ["NEUROFLOW_TEST_SECRET"] = "hidden"
    fresh = Image(native.isolation, *_paths())
    try:
        process = fresh._nursery._process.pid
        for each in [process, *descendants(process)]:
            assert b"NEUROFLOW_TEST_SECRET" not in Path(f"/proc/{each}/environ").read_bytes()
    finally:
        fresh.close()
        del os.environ["NEUROFLOW_TEST_SECRET"]


def _paths() -> tuple[Path, Path]:
    from sandbox.image import compiled_image, native_paths

    return native_paths(compiled_image(image_dir()))


def test_a_sandbox_has_a_view_of_its_own_of_everything(confined: Native) -> None:
    """Held against the host's own namespaces, from outside."""
    process = nursery(confined)._process.pid
    source = {
        "agent.py": "import time\ndef handle(request):\n    print('there')\n    time.sleep(0.5)\n    return 1  # view"
    }
    seen: dict[str, str] = {}

    def look(kind: str, data: dict[str, Any]) -> None:
        for each in descendants(process):
            status = Path(f"/proc/{each}/status").read_text()
            if "Seccomp:\t2" in status:
                seen["status"] = status
                seen.update({kind.name: os.readlink(kind) for kind in Path(f"/proc/{each}/ns").iterdir()})

    assert confined.run(source, on_event=look).data == 1
    for kind in ("user", "mnt", "pid", "net", "ipc", "uts"):
        assert seen[kind] != os.readlink(f"/proc/self/ns/{kind}"), kind
    for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert f"{name}:\t0000000000000000" in seen["status"]
    assert "NoNewPrivs:\t1" in seen["status"]
    if os.geteuid() == 0:
        assert "Uid:\t65534\t65534\t65534\t65534" in seen["status"]
