"""Each limit ends a run with its own code, names itself and what was measured, and leaves the process fit."""

import re
from typing import Any

import pytest

from sandbox import Limits
from sandbox.limits import MINIMUM_DEPTH
from sandbox.tests.conftest import Agent

BREACHES = [
    ("wall_ms", 300, "time_limit", "while True: pass"),
    ("wall_ms", 300, "time_limit", "import asyncio; await asyncio.sleep(60)"),
    ("fuel", 50_000_000, "fuel_limit", "while True: pass"),
    ("memory_bytes", 80 << 20, "memory_limit", "return len([0] * 100_000_000)"),
    ("output_bytes", 1_000, "output_limit", "return 'x' * 2_000"),
    ("log_bytes", 1_000, "log_limit", "while True: print('x' * 100)"),
    ("log_lines", 10, "log_limit", "while True: print('x')"),
    ("capability_calls", 5, "capability_limit", "while True: await context.call('config', key='a')"),
    ("recursion_depth", 200, "stack_limit", "def deeper(n): return deeper(n + 1)\nreturn deeper(0)"),
]


@pytest.mark.parametrize(("limit", "allowed", "code", "lines"), BREACHES, ids=[f"{b[0]}-{b[2]}" for b in BREACHES])
def test_a_breach_says_which_limit_and_what_was_measured(
    agent: Agent, limit: str, allowed: int, code: str, lines: str
) -> None:
    options: dict[str, Any] = {"wall_ms": 20_000, limit: allowed}
    failure = agent.body(lines, limits=Limits(**options), grants={"config": {}}).failure
    assert failure is not None
    assert failure.code == code
    assert failure.detail["limit"] == limit
    assert failure.detail["allowed"] == allowed
    assert failure.detail["measured"] >= (allowed if limit != "memory_bytes" else 40 << 20)
    assert limit in failure.message
    assert re.search(rf"{failure.detail['measured']:,}", failure.message)
    assert agent.body("return 1").data == 1


def test_recursion_goes_as_deep_as_the_limit_allows(agent: Agent) -> None:
    lines = "def down(n): return 0 if n == 0 else 1 + down(n - 1)\nreturn down(int(request.text))"
    assert agent.body(lines, text="900").data == 900
    assert agent.body(lines, text="5000").failure.code == "stack_limit"
    assert agent.body(lines, text="5000", limits=Limits(recursion_depth=6_000)).data == 5_000


def test_the_limit_of_a_prepared_sandbox_is_that_of_its_run(agent: Agent) -> None:
    lines = "def down(n): return 0 if n == 0 else 1 + down(n - 1)\nreturn down(500)"
    for _ in range(8):
        assert agent.body(lines, limits=Limits(recursion_depth=300)).failure.code == "stack_limit"
        assert agent.body(lines).data == 500


def test_a_limit_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="recursion_depth must be at least"):
        Limits(recursion_depth=MINIMUM_DEPTH - 1)
    with pytest.raises(ValueError, match="instances must be at most"):
        Limits(instances=1_000_000)
    with pytest.raises(ValueError, match="unknown limit 'speed'"):
        Limits.from_dict({"speed": 3})
