"""Agents that use up too much: each ends within its limit, with its code, and the next run is well."""

import pytest

from sandbox import Limits
from sandbox.tests.conftest import Agent


def test_an_endless_loop_ends_at_the_time_limit(agent: Agent) -> None:
    outcome = agent.body("while True: pass", limits=Limits(wall_ms=200))
    assert outcome.failure is not None
    assert outcome.failure.code == "time_limit"
    assert "wall_ms allows 200" in outcome.failure.message
    assert outcome.failure.detail["measured"] >= 200
    assert outcome.usage.memory_bytes > 0


def test_an_endless_loop_ends_at_the_fuel_limit(agent: Agent) -> None:
    outcome = agent.body("while True: pass", limits=Limits(fuel=500_000_000))
    assert outcome.failure is not None
    assert outcome.failure.code == "fuel_limit"
    assert outcome.usage.fuel == 500_000_000
    assert "500,000,000" in outcome.failure.message


def test_a_loop_that_catches_everything_ends_too(agent: Agent) -> None:
    lines = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    outcome = agent.body(lines, limits=Limits(wall_ms=200))
    assert outcome.failure is not None
    assert outcome.failure.code == "time_limit"


def test_a_regular_expression_that_never_ends(agent: Agent) -> None:
    outcome = agent.body("import re\nreturn bool(re.match(r'(a+)+$', 'a' * 60 + 'b'))", limits=Limits(wall_ms=300))
    assert outcome.failure is not None
    assert outcome.failure.code == "time_limit"


def test_integers_without_end(agent: Agent) -> None:
    outcome = agent.body("x = 3\nwhile True: x = x * x", limits=Limits(wall_ms=500))
    assert outcome.failure is not None
    assert outcome.failure.code in ("time_limit", "memory_limit")


def test_a_loop_while_the_module_loads(agent: Agent) -> None:
    outcome = agent.run("while True: pass", limits=Limits(wall_ms=300))
    assert outcome.failure is not None
    assert outcome.failure.code == "time_limit"


def test_sleeping_past_the_time_limit(agent: Agent) -> None:
    for lines in (
        "import time; time.sleep(60)",
        "import asyncio; await asyncio.sleep(60)",
        "from time import sleep; sleep(60)",
        "import threading; threading.Event().wait(60)",
        "import asyncio; await asyncio.Event().wait()",
    ):
        outcome = agent.body(lines, limits=Limits(wall_ms=150))
        assert outcome.failure is not None
        assert outcome.failure.code in ("time_limit", "agent_error", "sandbox_error"), lines


def test_a_memory_bomb(agent: Agent) -> None:
    outcome = agent.body("x = []\nwhile True: x.append(bytearray(1_000_000))")
    assert outcome.failure is not None
    assert outcome.failure.code == "memory_limit"
    assert "134,217,728" in outcome.failure.message
    assert 100_000_000 < outcome.usage.memory_bytes <= Limits().memory_bytes
    assert outcome.failure.detail["line"] == 3


def test_one_object_that_is_too_large(agent: Agent) -> None:
    outcome = agent.body("return len('x' * 10**9)")
    assert outcome.failure is not None
    assert outcome.failure.code == "memory_limit"


def test_small_objects_without_end(agent: Agent) -> None:
    outcome = agent.body("x = []\nwhile True: x.append([])")
    assert outcome.failure is not None
    assert outcome.failure.code == "memory_limit"


def test_more_memory_is_given_when_the_limit_allows_it(agent: Agent) -> None:
    outcome = agent.body("return len(bytearray(150_000_000))", limits=Limits(memory_bytes=256 << 20))
    assert outcome.data == 150_000_000
    assert 150_000_000 < outcome.usage.memory_bytes <= 256 << 20


@pytest.mark.parametrize(
    "lines",
    [
        "def f(): f()\nf()",
        "import sys\nsys.setrecursionlimit(10**8)\ndef f(): f()\nf()",
        "import json\njson.loads('[' * 200_000)",
        "import json\nx = []\nfor _ in range(200_000): x = [x]\njson.dumps(x)",
        "x = []\nfor _ in range(200_000): x = [x]\nreturn x",
        "x = []\nfor _ in range(200_000): x = [x]\nrepr(x)",
        "import re\nre.compile('(' * 5_000 + ')' * 5_000)",
        "import ast\nast.parse('-' * 100_000 + '1')",
        "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().y",
    ],
)
def test_deep_recursion_ends_the_run_and_nothing_else(agent: Agent, lines: str) -> None:
    outcome = agent.body(lines, limits=Limits(wall_ms=5_000))
    assert outcome.failure is not None
    assert outcome.failure.code in ("stack_limit", "agent_error", "memory_limit"), outcome.failure
    assert agent.body("return 'well'").data == "well"


def test_an_answer_that_is_nested_deeply_is_refused(agent: Agent) -> None:
    outcome = agent.body("x = []\nfor _ in range(400): x = [x]\nreturn x")
    assert outcome.failure is not None
    assert outcome.failure.code == "agent_error"
    assert "nested" in outcome.failure.message


def test_an_answer_that_is_too_large(agent: Agent) -> None:
    outcome = agent.body("return '好' * 400_000")
    assert outcome.failure is not None
    assert outcome.failure.code == "output_limit"
    assert outcome.failure.detail["measured"] == 1_200_002
    assert agent.body("return '好' * 300_000").success


def test_too_many_lines(agent: Agent) -> None:
    outcome = agent.body("while True: print('x')", limits=Limits(log_lines=100, wall_ms=10_000))
    assert outcome.failure is not None
    assert outcome.failure.code == "log_limit"
    assert "log_lines allows 100" in outcome.failure.message
    assert len(agent.told("log")) == 100


def test_a_line_that_is_too_long(agent: Agent) -> None:
    outcome = agent.body("print('x' * 1_000_000)")
    assert outcome.failure is not None
    assert outcome.failure.code == "log_limit"
    assert "log_bytes" in outcome.failure.message


def test_metrics_and_spans_count_as_lines(agent: Agent) -> None:
    for line in ("neuroflow.emit_metric('m', 1)", "context.span('s').__enter__()", "neuroflow.log('x')"):
        outcome = agent.body(f"import neuroflow\nwhile True: {line}", limits=Limits(log_lines=50))
        assert outcome.failure is not None
        assert outcome.failure.code == "log_limit"


def test_too_many_capability_calls(agent: Agent) -> None:
    outcome = agent.body(
        "while True: await context.call('config', key='a')", limits=Limits(capability_calls=20), grants={"config": {}}
    )
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_limit"
    assert "capability_calls allows 20" in outcome.failure.message
