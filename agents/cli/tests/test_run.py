"""`agent run`: the answer on stdout, the trace on stderr, and a sentence for everything that is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from .conftest import MANAGE, environment, said

ECHO = "def handle(request):\n    return {'text': request.text, 'payload': request.payload}\n"
TALKATIVE = """
import sys
from neuroflow import Context, Request, agent, emit_metric, log, skill

@agent(name="Talkative", capabilities=["http"])
class Talkative:
    @skill(description="Tell everything")
    async def tell(self, request: Request, context: Context):
        log.warning("careful", size=3)
        with context.span("outer", part="first"):
            with context.span("inner"):
                print("to stdout")
                print("to stderr", file=sys.stderr)
        emit_metric("tokens", 12, "count", model="m")
        return [context.config, request.session]
"""
TWO = """
from neuroflow import agent, skill

@agent(name="Two")
class Two:
    @skill(description="Double", input_schema={"type": "object", "properties": {"n": {"type": "integer"}},
                                               "required": ["n"]})
    def double(self, request):
        return request.payload["n"] * 2

    @skill(description="Shout")
    def shout(self, request):
        return request.text.upper()
"""


def test_the_answer_is_json_on_stdout_and_all_else_on_stderr(agent, write):
    write(ECHO)
    ran = agent("run", "héllo")
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == {"text": "héllo", "payload": None}
    assert "succeeded in" in said(ran) and "fuel" in ran.stderr and "memory" in ran.stderr
    assert "\033[" not in ran.stderr + ran.stdout


def test_the_trace_shows_lines_spans_metrics_and_output(agent, write):
    write(TALKATIVE)
    ran = agent("run", "--session", "s1", "--config", '{"a": 1}')
    lines = [line.partition(" s  ")[2] for line in said(ran).splitlines()]
    assert "warning careful  size=3" in lines
    assert "┌ outer  part=first" in lines and "│ ┌ inner" in lines
    assert "│ │ stdout  to stdout" in lines and "│ │ stderr  to stderr" in lines
    assert any(line.startswith("│ └ inner ") and line.endswith(" ms") for line in lines)
    assert "metric  tokens = 12 count  model=m" in lines
    assert json.loads(ran.stdout) == [{"a": 1}, "s1"]
    assert """asks for http, which is not granted here: add --grant 'http={"hosts": …}'""" in ran.stderr


def test_quiet_leaves_the_answer_alone(agent, write):
    write(TALKATIVE)
    ran = agent("run", "-q")
    assert ran.returncode == 0 and ran.stderr == "" and json.loads(ran.stdout) == [{}, None]


def test_a_failure_shows_the_authors_traceback(agent, write):
    write("def handle(request):\n    return 1 / len(request.text)\n")
    ran = agent("run", "")
    assert ran.returncode == 1 and ran.stdout == ""
    assert 'File "agent.py", line 2, in handle' in said(ran)
    assert ran.stderr.splitlines()[-1] == "agent_error: ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def handle(:\n", "agent.py, line 1"),
        ("import numpy\n", "No module named 'numpy'"),
        ("x = 1\n", "agent.py"),
    ],
)
def test_source_that_is_no_agent_is_told_with_its_place(agent, write, source, reason):
    write(source)
    ran = agent("run", "x")
    assert ran.returncode == 1 and reason in said(ran) and "bad_source" in ran.stderr


def test_a_limit_is_kept_and_named(agent, write):
    write("def handle(request):\n    while True: pass\n")
    ran = agent("run", "x", "--limits", "wall_ms=200")
    assert ran.returncode == 1 and "time_limit" in said(ran) and "wall_ms allows 200" in ran.stderr


def test_where_there_are_several_skills_one_is_named(agent, write):
    write(TWO)
    assert json.loads(agent("run", "hi", "--skill", "shout").stdout) == "HI"
    asked = agent("run", "hi")
    assert asked.returncode == 2 and "--skill double or shout" in said(asked)
    wrong = agent("run", "hi", "--skill", "sing")
    assert wrong.returncode == 2 and "has no skill 'sing'; it has: double, shout" in said(wrong)


def test_a_payload_comes_from_the_line_a_file_or_stdin(agent, write):
    folder = write(TWO)
    (folder / "p.json").write_text('{"n": 4}')
    double = ("run", "--skill", "double", "--payload")
    assert agent(*double, '{"n": 2}').stdout == "4\n"
    assert agent(*double, "@p.json").stdout == "8\n"
    assert agent(*double, "-", stdin='{"n": 8}').stdout == "16\n"
    wrong = agent(*double, '{"n": "2"}')
    assert wrong.returncode == 2 and "payload.n: '2' is not of type 'integer'" in said(wrong)


def test_words_come_from_stdin_too(agent, write):
    write(ECHO)
    assert json.loads(agent("run", ".", "-", stdin="two\nlines\n").stdout)["text"] == "two\nlines"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["a", "b", "c"], "put the text in quotes"),
        (["nowhere", "x"], "There is no folder nowhere"),
        (["./nowhere"], "There is no folder ./nowhere"),
        (["tests", "x"], "There is no agent.py in tests"),
        (["notes.txt", "x"], "is a file"),
        (["--payload", "{"], "--payload is not JSON"),
        (["--payload", "@none.json"], "none.json cannot be read"),
        (["--payload", "NaN"], "not a JSON number"),
        (["--payload", "[" * 100_000], "nested too deeply"),
        (["--config", "[1]"], "--config must be a JSON object"),
        (["--grant", "telepathy"], "There is no capability"),
        (["--grant", 'http={"hosts": 1}'], "do not fit"),
        (["--grant", "http={"], "--grant http is not JSON"),
        (["--secret", "hub"], '"host"'),
        (["--secret", 'hub={"host": "h", "value": "visible"}'], '"env"'),
        (["--secret", 'hub={"host": "h", "env": "NO_SUCH_VARIABLE"}'], "the environment has no variable"),
        (["--limits", "wall_ms"], "NAME=NUMBER"),
        (["--limits", "warp=9"], "unknown limit 'warp'"),
        (["--limits", "memory_bytes=1"], "must be at least"),
        (["--isolation", "tinfoil"], "there is no isolation 'tinfoil'"),
        (["--sesion", "x"], "unrecognized arguments"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(agent, write, arguments, reason):
    write(ECHO, **{"tests/test_agent.py": "", "notes.txt": ""})
    refused = agent("run", *arguments)
    assert refused.returncode == 2 and reason in said(refused), refused.stderr
    assert refused.stdout == ""


def test_files_that_are_hidden_or_bytecode_are_left_out_and_binary_ones_refused(agent, write):
    folder = write(
        "import os\ndef handle(request):\n    return open('data.txt').read()\n",
        **{"data.txt": "read", ".git/config": "x", "sub/.hidden": "x"},
    )
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "agent.cpython-311.pyc").write_bytes(b"\xff\xfe")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "binary").write_bytes(b"\xff")
    assert agent("run", "x").stdout == '"read"\n'
    (folder / "picture.png").write_bytes(b"\x89PNG\xff")
    refused = agent("run", "x")
    assert refused.returncode == 2 and "picture.png is not text in UTF-8" in said(refused)


def test_what_an_agent_says_cannot_steer_the_terminal(agent, write):
    write("def handle(request):\n    print('\\x1b[2Jgone \\u202e')\n    return '\\x1b[2J \\x9b \\u202e'\n")
    ran = agent("run", "x")
    assert "\\x1b[2Jgone \\u202e" in said(ran)
    assert not {"\x1b", "\x9b", "\u202e"} & set(ran.stdout + ran.stderr)
    assert json.loads(ran.stdout) == "\x1b[2J \x9b \u202e"


def test_letters_that_the_terminal_has_not_are_written_out(agent, write):
    write("def handle(request):\n    print('名')\n    return '名'\n")
    ran = agent("run", "x", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ran.stdout == '"\\u540d"\n' and "\\u540d" in said(ran)


def on_a_terminal(*arguments: str, cwd, var, **more: str) -> str:
    """What a user sees who sits before it."""
    command = [sys.executable, str(MANAGE), "agent", *arguments]
    shell = f"script -qec '{' '.join(command)}' /dev/null"
    done = subprocess.run(
        ["sh", "-c", shell], cwd=cwd, env=environment(var, TERM="xterm", **more), capture_output=True, text=True
    )
    return done.stdout


def test_colours_are_for_terminals_and_for_who_wants_them(agent, write, tmp_path_factory):
    folder, var = write(TALKATIVE), tmp_path_factory.mktemp("var")
    assert "\033[33mwarning\033[0m" in on_a_terminal("run", cwd=folder, var=var)
    assert "\033[" not in on_a_terminal("run", cwd=folder, var=var, NO_COLOR="1")


def start(folder, var, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(MANAGE), "agent", *arguments]
    return subprocess.Popen(
        command, cwd=folder, env=environment(var), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("body", ["while True: pass", "import time; print('ready'); time.sleep(60)"])
def test_ctrl_c_ends_a_run(agent, write, tmp_path_factory, body):
    folder = write(f"def handle(request):\n    print('going', flush=True)\n    {body}\n")
    running = start(folder, tmp_path_factory.mktemp("var"), "run", "x")
    assert "going" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130 and "cancelled" in err and "Traceback" not in err and out == ""


def test_watching_runs_again_after_each_change_until_ctrl_c(agent, write, tmp_path_factory):
    folder = write("def handle(request):\n    return 'one'\n")
    running = start(folder, tmp_path_factory.mktemp("var"), "run", "x", "--watch")
    for source, answer in [("    return 'two'", '"two"'), ("    return (", None), ("    return 'three'", '"three"')]:
        while "waiting for a change" not in (line := running.stderr.readline()):
            assert line, "it ended"
        (folder / "agent.py").write_text(f"def handle(request):\n{source}\n")
        os.utime(folder / "agent.py", ns=(time.time_ns(), time.time_ns()))
        if answer:
            while (printed := running.stdout.readline().strip()) != answer:
                assert printed, "it ended"
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 0


def test_a_reader_that_goes_away_is_no_crash(agent, write, tmp_path_factory):
    folder = write("def handle(request):\n    return ['x' * 100] * 5_000\n")
    command = f"{sys.executable} {MANAGE} agent run x | head -c 10"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment(tmp_path_factory.mktemp("var")),
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr
