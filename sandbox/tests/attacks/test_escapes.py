"""Agents that reach for what is not theirs: they are told no, or end; the process and the next run are well."""

import os
import threading
from typing import Any

import pytest

from sandbox import Limits
from sandbox.tests.conftest import Agent


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("import os; os.fork()", "cannot start processes"),
        ("import os; os.system('id')", "cannot start processes"),
        ("import os; os.execv('/bin/sh', ['sh'])", "cannot start processes"),
        ("import subprocess; subprocess.run(['id'])", "cannot start processes"),
        ("import multiprocessing.process as m; m.BaseProcess(target=print).start()", "cannot start processes"),
        ("open('/etc/passwd').read()", "no files"),
        ("open('agent.py', 'w')", "no files"),
        ("import pathlib; pathlib.Path('/etc/hosts').read_text()", "no files"),
        ("import os; os.listdir('/etc')", "no files"),
        ("import io; io.FileIO('/etc/passwd')", "No such file"),
        ("import socket; socket.socket()", "no sockets"),
        ("import socket; socket.create_connection(('1.1.1.1', 80))", "no sockets"),
        ("import socket; socket.getaddrinfo('localhost', 80)", "no sockets"),
        ("import http.client; http.client.HTTPSConnection('1.1.1.1').request('GET', '/')", "urlopen(url)"),
        ("import ftplib; ftplib.FTP('1.1.1.1')", "no sockets"),
        ("import threading; threading.Thread(target=print).start()", "no threads"),
        ("import concurrent.futures as c; c.ThreadPoolExecutor().submit(print)", "no threads"),
        ("input('name?')", "nobody is there"),
        ("import ctypes", "No module named"),
    ],
)
def test_what_there_is_not_explains_itself(agent: Agent, lines: str, says: str) -> None:
    outcome = agent.body(lines)
    assert outcome.failure is not None
    assert outcome.failure.code == "agent_error"
    assert says in outcome.failure.message
    assert outcome.failure.detail["file"] == "agent.py"
    assert outcome.failure.detail["line"] == 2


@pytest.mark.parametrize("lines", ["import tempfile; tempfile.mkdtemp()", "open('/tmp/x', 'w')"])
def test_the_scratch_directory_wants_a_grant(agent: Agent, lines: str) -> None:
    failure = agent.body(lines).failure
    assert failure is not None
    assert failure.code == "capability_denied"
    assert "files is not granted" in failure.message


def test_a_refusal_can_be_caught_and_the_agent_goes_on(agent: Agent) -> None:
    outcome = agent.body("try:\n    open('/etc/passwd')\nexcept PermissionError as error:\n    return 'went on'")
    assert outcome.data == "went on"


def test_the_originals_below_the_explanations_reach_nothing_either(agent: Agent) -> None:
    lines = """
import sys, importlib
found = {}
for name in ("posix", "_io", "_socket", "time", "_posixsubprocess"):
    sys.modules.pop(name, None)
    try:
        found[name] = importlib.import_module(name)
    except ImportError:
        pass
results = []
def attempt(what):
    try:
        results.append(repr(what()))
    except BaseException as error:
        results.append(type(error).__name__)
attempt(lambda: found["_io"].open("/etc/passwd").read())
attempt(lambda: found["posix"].listdir("/"))
attempt(lambda: found["posix"].environ)
attempt(lambda: found["_socket"].socket())
attempt(lambda: found["posix"].open("/proc/self/environ", 0))
return results
"""
    outcome = agent.body(lines)
    assert outcome.success, outcome.failure
    assert outcome.data == ["FileNotFoundError", "FileNotFoundError", "{}", "PermissionError", "FileNotFoundError"]


@pytest.mark.parametrize(
    "lines",
    [
        "import sys; del sys.modules['time']; import time; time.sleep(3600)",
        "import select; select.select([0], [], [], 3600)",
        "import select; select.select([], [], [], 3600)",
        "import select; select.poll().poll(3600_000)",
        "import select; select.poll().poll()",
        "import os\nwhile True: os.read(0, 1)",
        "import os\nwhile True: os.write(1, b'x' * 100_000)",
        "import _thread; l = _thread.allocate_lock(); l.acquire(); l.acquire()",
        "import _thread; l = _thread.allocate_lock(); l.acquire(); l.acquire(True, 3600)",
        "import _asyncio, asyncio; await asyncio.get_running_loop().create_future()",
        "import signal; signal.pause()",
    ],
)
def test_no_wait_of_the_system_holds_the_worker(agent: Agent, lines: str) -> None:
    done = threading.Event()
    outcomes: list[Any] = []

    def work() -> None:
        outcomes.append(agent.body(lines, limits=Limits(wall_ms=500)))
        done.set()

    threading.Thread(target=work, daemon=True).start()
    assert done.wait(20), "the run holds its worker"
    assert agent.body("return 'well'").data == "well"


@pytest.mark.parametrize(
    "lines",
    [
        "import os; os._exit(0)",
        "import os; os.abort()",
        "import sys; sys.exit(3)",
        "raise KeyboardInterrupt",
        "raise SystemExit",
        "raise BaseException('x')",
        "import faulthandler; faulthandler._sigsegv()",
        "import sys; sys.modules.clear(); raise ValueError",
        "import builtins; builtins.str = builtins.len = None; raise ValueError",
        "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E",
        "import json; json.dumps = None; return 1",
        "import gc; [setattr(o, '__code__', None) for o in gc.get_objects() if callable(o) and hasattr(o, '__code__')]",
    ],
)
def test_code_that_wrecks_its_interpreter_wrecks_only_that(agent: Agent, lines: str) -> None:
    outcome = agent.body(lines, limits=Limits(wall_ms=5000))
    assert outcome.failure is not None
    assert outcome.failure.code in ("agent_error", "sandbox_error"), outcome.failure
    assert agent.body("return 'well'").data == "well"


def test_the_environment_is_empty(agent: Agent) -> None:
    os.environ["SANDBOX_TEST_SECRET"] = "secret"
    try:
        outcome = agent.body(f"import os; return [dict(os.environ), os.getpid() == {os.getpid()}]")
    finally:
        del os.environ["SANDBOX_TEST_SECRET"]
    assert outcome.data == [{}, False]


def test_nothing_is_left_over_for_the_next_run(agent: Agent) -> None:
    lines = "import builtins\nseen = getattr(builtins, 'left', None)\nbuiltins.left = 'behind'\nreturn seen"
    assert [agent.body(lines).data for _ in range(4)] == [None] * 4


def test_randomness_differs_between_sandboxes(agent: Agent) -> None:
    sources = "random.random(), str(uuid.uuid4()), secrets.token_hex(4), os.urandom(4).hex()"
    lines = f"import random, uuid, secrets, os\nreturn [{sources}]"
    runs = [agent.body(lines).data for _ in range(4)]
    for position in range(4):
        assert len({run[position] for run in runs}) == 4


@pytest.mark.parametrize(
    "lines",
    [
        "import wit_world; wit_world.emit('log', 'not json')",
        "import wit_world; wit_world.emit('nonsense', '{}')",
        "import wit_world; wit_world.emit('log', '[' * 100_000)",
        'import wit_world; wit_world.emit(\'metric\', \'{"name": "x", "value": 1e999}\')',
        'import wit_world; wit_world.emit(\'metric\', \'{"name": "x", "value": NaN}\')',
        "import wit_world; wit_world.emit('metric', '{\"name\": \"x\", \"value\": ' + '9' * 5000 + '}')",
        "import wit_world; wit_world.emit('span_start', '{\"span_id\": [1]}')",
        "import wit_world; wit_world.emit('span_end', '{\"span_id\": \"0123456789abcdef\"}')",
    ],
)
def test_events_of_the_wrong_shape_are_dropped(agent: Agent, lines: str) -> None:
    assert agent.body(lines + "; return 1").data == 1
    assert agent.events == []


@pytest.mark.parametrize(
    "lines",
    [
        "import wit_world; wit_world.start('http', 'not json')",
        "import wit_world; wit_world.start('http', '{}')",
        "import wit_world; wit_world.start('http', '[' * 100_000)",
        "import wit_world; wit_world.start('no such thing' * 1000, '{\"request\": {}}')",
        "import wit_world; wit_world.start('config', '{\"request\": {\"key\": {}}}')",
        'import wit_world; wit_world.start(\'http\', \'{"request": {"url": 5, "headers": 5, "body": 5}}\')',
    ],
)
def test_capability_calls_of_the_wrong_shape_are_answered(agent: Agent, lines: str) -> None:
    outcome = agent.body(lines + "; return wit_world.wait(-1)", grants={"http": {"hosts": ["*"]}, "config": {}})
    assert outcome.success, outcome.failure
    assert "false" in outcome.data


def test_text_that_no_database_takes_is_mended(agent: Agent) -> None:
    outcome = agent.body("print('a\\0b\\ud800c'); return {'k\\0': 'v\\udfff', 'n': ['\\0']}")
    assert outcome.data == {"k\ufffd": "v\ufffd", "n": ["\ufffd"]}
    assert agent.told("log")[0]["message"] == "a\ufffdb\ufffdc"


def test_an_answer_that_is_no_json_is_said(agent: Agent) -> None:
    for lines, says in (("return object()", "object"), ("return float('nan')", "JSON"), ("return b'x'", "bytes")):
        outcome = agent.body(lines)
        assert outcome.failure is not None
        assert outcome.failure.code == "agent_error"
        assert says in outcome.failure.message
