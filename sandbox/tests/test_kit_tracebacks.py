"""What an author is shown of an exception: their own files, lines and code, and the whole story."""

import pytest

from sandbox import Limits, Runtime, SourceError
from sandbox.tests.conftest import Agent


def traceback_of(agent: Agent, source: str | dict[str, str]) -> str:
    outcome = agent.run(source)
    assert outcome.failure is not None
    text: str = outcome.failure.detail["traceback"]
    assert "neuroflow/_" not in text
    assert "_neuroflow_app" not in text
    return text


def test_only_the_authors_frames_with_their_code_and_carets(agent: Agent) -> None:
    files = {
        "agent.py": "from lib.sums import part\ndef handle(request):\n    return part({'a': 0})",
        "lib/sums.py": "def part(values):\n    return 1 / values['a']",
    }
    assert traceback_of(agent, files) == (
        "Traceback (most recent call last):\n"
        '  File "agent.py", line 3, in handle\n'
        "    return part({'a': 0})\n"
        '  File "lib/sums.py", line 2, in part\n'
        "    return 1 / values['a']\n"
        "           ~~^~~~~~~~~~~~~\n"
        "ZeroDivisionError: division by zero\n"
    )


def test_causes_contexts_and_notes_are_told(agent: Agent) -> None:
    source = """
def read():
    try:
        {}["name"]
    except KeyError as error:
        raise ValueError("no name") from error

def handle(request):
    try:
        read()
    except ValueError as error:
        error.add_note("while reading the form")
        try:
            undo()
        finally:
            raise
"""
    text = traceback_of(agent, source)
    for part in (
        '    {}["name"]\n',
        "KeyError: 'name'\n",
        "direct cause of the following exception",
        '    raise ValueError("no name") from error\n',
        "while reading the form",
        "NameError: name 'undo' is not defined",
    ):
        assert part in text
    hidden = (
        "def handle(request):\n    try:\n        1 / 0\n    except ArithmeticError:\n        raise ValueError from None"
    )
    assert "ZeroDivisionError" not in traceback_of(agent, hidden)


def test_every_member_of_a_group_is_shown(agent: Agent) -> None:
    source = """
import asyncio
async def fetch(n):
    await asyncio.sleep(0.001)
    raise ValueError(f"page {n}")
async def handle(request):
    async with asyncio.TaskGroup() as group:
        for n in (1, 2):
            group.create_task(fetch(n))
"""
    outcome = agent.run(source)
    assert outcome.failure is not None
    assert outcome.failure.message.endswith("ValueError: page 1; ValueError: page 2")
    assert outcome.failure.detail["line"] == 7
    text = traceback_of(agent, source)
    assert text.count('raise ValueError(f"page {n}")') == 2
    assert "asyncio/" not in text


def test_a_group_of_refusals_is_a_refusal(agent: Agent) -> None:
    lines = """
import asyncio
async with asyncio.TaskGroup() as group:
    for n in (1, 2):
        group.create_task(context.call("config", key="a"))
"""
    outcome = agent.body(lines)
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_denied"


def test_an_error_inside_a_package_names_the_line_that_called_it(agent: Agent) -> None:
    source = "import yaml\ndef handle(request):\n    return yaml.safe_load('a: [1')"
    outcome = agent.run(source)
    assert outcome.failure is not None
    assert (outcome.failure.detail["file"], outcome.failure.detail["line"]) == ("agent.py", 3)
    text = traceback_of(agent, source)
    assert "    return yaml.safe_load('a: [1')\n" in text
    assert "  [raised in yaml/parser.py, line " in text
    assert text.count("\n  File ") == 1


@pytest.mark.parametrize("second", ["f", "g"])
def test_a_recursion_is_shortened(agent: Agent, second: str) -> None:
    source = f"def f(n):\n    return {second}(n + 1)\ndef g(n):\n    return f(n + 1)\ndef handle(request): return f(0)"
    outcome = agent.run(source)
    assert outcome.failure is not None
    assert outcome.failure.code == "stack_limit"
    text = outcome.failure.detail["traceback"]
    assert "more times]" in text if second == "f" else "more frames]" in text
    assert len(text.splitlines()) < 80


def test_running_out_of_memory_names_the_line(agent: Agent) -> None:
    source = (
        "def fill():\n    x = []\n    while True:\n        x.append(bytearray(100_000))\ndef handle(request): fill()"
    )
    outcome = agent.run(source, limits=Limits(wall_ms=20_000))
    assert outcome.failure is not None
    assert outcome.failure.code == "memory_limit"
    assert outcome.failure.detail["line"] == 4
    assert "x.append(bytearray(100_000))" in outcome.failure.detail["traceback"]


def test_a_file_that_does_not_parse_is_refused_with_a_caret(runtime: Runtime) -> None:
    with pytest.raises(SourceError) as caught:
        runtime.read_manifest({"agent.py": "x = 1\ndef f():\n    return (1 +* 2)\n"})
    assert (caught.value.file, caught.value.line) == ("agent.py", 3)
    assert caught.value.reason == "SyntaxError: invalid syntax\n    return (1 +* 2)\n               ^"


def test_a_syntax_error_at_run_time_has_its_line(agent: Agent) -> None:
    text = traceback_of(agent, "def handle(request):\n    eval('1 +* 2')")
    assert text.endswith("    1 +* 2\n       ^\nSyntaxError: invalid syntax\n")


def test_what_goes_wrong_before_the_agent_runs_needs_no_traceback(agent: Agent) -> None:
    outcome = agent.run("def handle(n: int): return n", payload={"n": "x"})
    assert outcome.failure is not None
    assert "traceback" not in outcome.failure.detail
