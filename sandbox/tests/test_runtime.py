"""What the runtime promises to the code that calls it."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import ImageMissing, Limits, Runtime, Source, SourceError, build_image, checksum
from sandbox.image import GUEST
from sandbox.tests.conftest import Agent, image_dir, make_call

HELLO = "async def handle(request):\n    return request.text"


def test_one_request(agent: Agent) -> None:
    outcome = agent.run(HELLO, text="hi")
    assert outcome.success
    assert outcome.data == "hi"
    assert outcome.failure is None
    assert outcome.effects is False
    usage = outcome.usage
    assert usage.fuel > 0
    assert usage.cpu_ms > 0
    assert 16 << 20 < usage.memory_bytes < 128 << 20
    assert usage.sandbox_ms > usage.host_call_ms == 0
    waited = agent.body("import asyncio; await asyncio.sleep(0.02)").usage
    assert waited.sandbox_ms > waited.host_call_ms >= 10


def test_fuel_is_the_same_whether_the_sandbox_was_prepared_or_not(runtime: Runtime) -> None:
    files = {"agent.py": "async def handle(request):\n    return sum(range(100_000))  # fuel"}
    fuel = []
    before = runtime.stats()
    for _ in range(4):
        outcome = runtime.run(files, make_call(), Limits(), grants={}, on_event=lambda kind, data: None)
        fuel.append(outcome.usage.fuel)
        wait_until(lambda: runtime._backends["wasm"].pool._shelves[checksum(files)].ready)
    after = runtime.stats()
    assert after["misses"] == before["misses"] + 1
    assert after["hits"] == before["hits"] + 3
    assert max(fuel) - min(fuel) < 0.05 * max(fuel)


def wait_until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_a_source_can_be_warmed(runtime: Runtime) -> None:
    files = {"agent.py": HELLO + "  # warm"}
    runtime.warm(files, 3)
    wait_until(lambda: len(runtime._backends["wasm"].pool._shelves[checksum(files)].ready) == 3)
    hits = runtime.stats()["hits"]
    assert runtime.run(files, make_call(text="x"), Limits(), grants={}, on_event=lambda kind, data: None).data == "x"
    assert runtime.stats()["hits"] == hits + 1


def test_other_files_under_the_same_id_are_noticed(runtime: Runtime) -> None:
    for text in ("one", "two", "one"):
        files = {"agent.py": f"def handle(request): return {text!r}"}
        outcome = runtime.run(
            Source(files, id="same"), make_call(), Limits(), grants={}, on_event=lambda kind, data: None
        )
        assert outcome.data == text


def test_what_a_module_says_while_it_loads_is_told_once_in_each_run(agent: Agent) -> None:
    for _ in range(3):
        agent.events.clear()
        assert agent.run("print('loading')\ndef handle(request):\n    print('running')").success
        assert [line["message"] for line in agent.told("log")] == ["loading", "running"]


def test_a_failure_names_the_authors_file_and_line_and_shows_only_their_frames(agent: Agent) -> None:
    files = {
        "agent.py": "import asyncio\nfrom lib.helper import broken\n\n"
        "async def handle(request):\n    return await asyncio.wait_for(broken(), 5)",
        "lib/helper.py": "async def broken():\n    items = []\n    return items[3]",
    }
    outcome = agent.run(files)
    assert outcome.failure is not None
    assert outcome.failure.code == "agent_error"
    assert outcome.failure.message == "IndexError: list index out of range"
    detail = outcome.failure.detail
    assert (detail["type"], detail["file"], detail["line"]) == ("IndexError", "lib/helper.py", 3)
    assert detail["traceback"].count("File ") == 2
    assert "return items[3]" in detail["traceback"]
    assert "asyncio" not in detail["traceback"].replace("asyncio.wait_for", "")


def test_source_that_cannot_run_fails_with_its_file_and_line(agent: Agent) -> None:
    outcome = agent.run({"agent.py": "import other\ndef handle(request): pass", "other.py": "x = (\n"})
    assert outcome.failure is not None
    assert (outcome.failure.detail["file"], outcome.failure.detail["line"]) == ("other.py", 1)


MANIFEST_FAULTS = [
    ("def handle(:", "agent.py", 1, "invalid syntax"),
    ("x = 1", "agent.py", None, "defines no agent"),
    ("def f(): pass\nimport numpy\ndef handle(r): pass", "agent.py", 2, "No module named 'numpy'"),
    ("def f():\n    1 / 0\nf()\ndef handle(r): pass", "agent.py", 2, "division by zero"),
    ("from neuroflow import agent\n@agent(name='a')\nclass A: pass", "agent.py", None, "has no skill"),
    (
        "from neuroflow import agent\n@agent()\nclass A:\n  def handle(self, r): 1\n@agent()\nclass B: pass",
        "agent.py",
        None,
        "2 agents",
    ),
    ("if True:\nhandle = 1", "agent.py", 2, "IndentationError"),
    ("(" * 500 + ")" * 500, "agent.py", None, "too complex"),
]


@pytest.mark.parametrize(("source", "file", "line", "reason"), MANIFEST_FAULTS)
def test_source_without_a_manifest_says_where_and_why(
    runtime: Runtime, source: str, file: str, line: int | None, reason: str
) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        runtime.read_manifest({"agent.py": source})
    assert caught.value.file == file
    if line is not None:
        assert caught.value.line == line


def test_a_file_may_not_take_the_name_of_a_module_of_python(runtime: Runtime) -> None:
    with pytest.raises(SourceError, match="taken") as caught:
        runtime.read_manifest({"agent.py": HELLO, "json.py": ""})
    assert caught.value.file == "json.py"


def test_reading_a_manifest_is_limited_too(runtime: Runtime) -> None:
    with pytest.raises(SourceError, match="wall_ms"):
        runtime.read_manifest({"agent.py": "while True: pass"}, Limits(wall_ms=200))


def test_health_check(runtime: Runtime) -> None:
    assert runtime.health_check({"agent.py": HELLO}) is None
    assert runtime.health_check({"agent.py": HELLO + "\nasync def on_health_check(): return True"}) is None
    failed = runtime.health_check({"agent.py": HELLO + "\ndef on_health_check(): return False"})
    assert failed is not None
    assert "answered False" in failed.message
    raised = runtime.health_check({"agent.py": HELLO + "\ndef on_health_check(): raise KeyError('db')"})
    assert raised is not None
    assert raised.detail["type"] == "KeyError"


def test_a_versions_own_tests(runtime: Runtime) -> None:
    tests = "from agent import handle\nasync def test_good(): assert True\ndef test_bad(): assert 1 == 2\nx = 1"
    results = runtime.run_tests({"agent.py": HELLO, "tests/test_it.py": tests, "test_broken.py": "1/0"})
    assert [(r["name"], r["failure"] is None) for r in results] == [
        ("test_broken.py", False),
        ("tests/test_it.py::test_good", True),
        ("tests/test_it.py::test_bad", False),
    ]
    assert results[2]["failure"]["detail"]["line"] == 3


def test_there_is_no_runtime_without_an_image(tmp_path: Path) -> None:
    with pytest.raises(ImageMissing, match="python -m sandbox build"):
        Runtime.open(tmp_path)


def test_building_again_takes_what_is_there(runtime: Runtime) -> None:
    said: list[str] = []
    assert build_image(image_dir(), said.append).is_file()
    assert said == []


def test_the_image_tells_what_it_offers(runtime: Runtime) -> None:
    about = runtime.about()
    assert about["python"].startswith("3.14")
    assert about["packages"]["httpx"] == "0.28.1"
    pinned = (GUEST / "requirements.txt").read_text().lower().replace("_", "-")
    for name, version in about["packages"].items():
        assert f"\n{name.lower().replace('_', '-')}=={version}\n" in pinned
    assert {"httpx", "yaml", "jinja2", "pydantic", "dateutil"} <= set(about["modules"])
    assert "asyncio" not in about["left_out"]


def test_a_runtime_that_is_closed_ends_its_runs_and_gives_back_its_memory() -> None:
    """In a process of its own: what is left after closing is counted."""
    script = f"""
import json, threading, time
from pathlib import Path
from sandbox import Limits, Runtime
from sandbox.tests.conftest import make_call
runtime = Runtime.open(Path({str(image_dir())!r}))
files = {{"agent.py": "import time\\ndef handle(request):\\n    time.sleep(60)"}}
outcomes = []
def work():
    outcomes.append(runtime.run(files, make_call(), Limits(), grants={{}}, on_event=lambda k, d: None))
thread = threading.Thread(target=work)
thread.start()
while runtime.stats()["running"] == 0 or runtime.stats()["prepared"] == 0:
    time.sleep(0.01)
runtime.close()
thread.join()
memories = sum("sandbox.cwasm" in line and "rw-p" in line for line in open("/proc/self/maps"))
print(json.dumps([outcomes[0].failure.code, memories, [t.name for t in threading.enumerate()]]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["cancelled", 0, ["MainThread"]]


def test_the_sandbox_needs_no_django() -> None:
    script = "import sys, sandbox, sandbox.__main__\nassert not [m for m in sys.modules if m.startswith('django')]"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    folder = Path(__file__).parents[1]
    sources = [p for p in folder.rglob("*.py") if "tests" not in p.parts]
    assert sources
    for path in sources:
        assert "import django" not in path.read_text() and "from django" not in path.read_text(), path
