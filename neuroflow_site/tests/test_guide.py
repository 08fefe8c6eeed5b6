"""Everything that docs/agents.md shows is run: its agents as a server runs them, its commands as a reader types them.

Markers, in comments before a block:

- `run: text="…" skill="…" payload={…} config={…} grants={…} gives <JSON>` (or `fails with <code>`): the block is an
  agent.py, and this is what comes of a request to it. `{web}` stands for a web service's address.
- `with: name`: the block is a further file of the agent that follows.
- `file: name`: the block is written into the folder in which the console is at that point.

Blocks marked `console` are commands, each with what it prints. `…` stands for anything, on a line of its own for any
number of lines; times, sizes, ids and checksums are only compared by their shape.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agents.actions.agents import create_agent
from agents.actions.deploy import publish
from agents.actions.grants import give_grant
from agents.actions.settings import update_settings
from agents.actions.upload_version import upload_version
from agents.cli.about import table
from sandbox import Runtime
from sandbox.tests.web import Web

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "agents.md"
BLOCK = re.compile(
    r"(?:<!-- (?P<verb>run|with|file): (?P<what>.*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL
)
CALL = re.compile(r"(?P<asked>.*?) (?P<verb>gives|fails with) (?P<result>.*)", re.DOTALL)


@dataclass
class Example:
    """An agent of the guide, and what comes of a request to it."""

    files: dict[str, str]
    asked: dict[str, Any]
    succeeds: bool
    result: Any
    line: int


@dataclass
class Session:
    """Files that are written and commands that are typed, in the guide's order: ("file", name, text) and
    ("command", line, expected output)."""

    steps: list[tuple[str, str, str]] = field(default_factory=list)


def read() -> tuple[list[Example], Session]:
    """Raises when the guide shows something that no marker has run."""
    examples: list[Example] = []
    session, further = Session(), dict[str, str]()
    text = GUIDE.read_text()
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        verb, language = block["verb"], block["language"]
        if verb == "run":
            examples.append(_example(block, further, line))
            further = {}
        elif verb == "with":
            further[block["what"]] = block["text"]
        elif verb == "file":
            session.steps.append(("file", block["what"], block["text"]))
        elif language == "console":
            session.steps += _commands(block["text"])
        else:
            assert language in ("json", "text"), f"agents.md, line {line}: nothing runs this"
    return examples, session


def _example(block: re.Match[str], further: dict[str, str], line: int) -> Example:
    call = CALL.fullmatch(block["what"])
    assert call, f"agents.md, line {line}: {block['what']}"
    asked, rest = {}, call["asked"]
    while rest:
        name, _, rest = rest.partition("=")
        asked[name], end = json.JSONDecoder().raw_decode(rest)
        rest = rest[end:].lstrip()
    return Example(
        {"agent.py": block["text"], **further}, asked, call["verb"] == "gives", json.loads(call["result"]), line
    )


def _commands(text: str) -> Iterator[tuple[str, str, str]]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        while command.endswith("\\"):
            more, _, expected = expected.partition("\n")
            command = f"{command[:-1]}{more.strip()}"
        yield "command", command, expected


EXAMPLES, SESSION = read()


def test_the_guide_has_examples():
    assert len(EXAMPLES) >= 4
    assert len([step for step in SESSION.steps if step[0] == "command"]) >= 8


def test_the_guide_lists_the_packages_that_the_sandbox_has(sandbox_image):
    """To bring it up to date: agent about --markdown."""
    runtime = Runtime.open(sandbox_image)
    try:
        assert table(runtime.about()["packages"]) in GUIDE.read_text()
    finally:
        runtime.close()


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as served:
        yield served


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_an_example_does_what_the_guide_says(system, invoke, web, sandbox_image, example):
    agent = create_agent(system, "guide", "guide")
    asked = json.loads(json.dumps(example.asked).replace("{web}", web.url).replace("{web host}", web.host))
    update_settings(system, agent, config=asked.pop("config", {}))
    agent.refresh_from_db()
    for name, terms in asked.pop("grants", {}).items():
        give_grant(system, agent, name, terms)
    version, _created = upload_version(system, agent, example.files)
    assert version.state == "ready", [(check.name, check.message) for check in version.checks.all()]
    publish(system, agent, version)
    invocation = invoke("guide", asked.pop("text", None), **asked)
    found = invocation.data if example.succeeds else invocation.error_code
    assert found == json.loads(json.dumps(example.result).replace("{web}", web.url)), invocation.error


SHAPES = [
    (re.compile(r"\d[\d,.]*(?= (?:ms|s|M|MiB|bytes)\b)"), "#"),
    (
        re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{8}\b(?= \d{4}-)|\b[0-9a-f]{12}\b"),
        "<id>",
    ),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"deployment \d+"), "deployment #"),
    (re.compile(r" +"), " "),
]


def shape(text: str) -> str:
    """What of an output is the same every time."""
    for pattern, instead in SHAPES:
        text = pattern.sub(instead, text)
    return text.strip()


def matches(expected: list[str], printed: list[str]) -> bool:
    """Whether the lines are those expected, with `…` standing for anything."""
    if not expected:
        return not printed
    first, rest = expected[0], expected[1:]
    if first.strip() == "…":
        return any(matches(rest, printed[skip:]) for skip in range(len(printed) + 1))
    if not printed:
        return False
    pattern = ".*".join(re.escape(part) for part in shape(first).split("…"))
    return re.fullmatch(pattern, shape(printed[0])) is not None and matches(rest, printed[1:])


def test_the_commands_print_what_the_guide_says(service, make_key, tmp_path):
    """One reader, one terminal: folders and agents stay from one command to the next."""
    key = make_key("read", "invoke", "test", "author", "operate", name="reader")[1]
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "NEUROFLOW_VAR": str(tmp_path / "var"),
        "NEUROFLOW_IMAGE_DIR": service.environment()["NEUROFLOW_IMAGE_DIR"],
        "NEUROFLOW_URL": service.url,
        "NEUROFLOW_API_KEY": key,
    }
    command = shlex.join([sys.executable, str(ROOT / "manage.py"), "agent"])
    functions = [f'agent() {{ {command} "$@"; }}']  # an alias is for terminals, and each line has a shell of its own
    folder = tmp_path
    for kind, what, text in SESSION.steps:
        if kind == "file":
            (folder / what).parent.mkdir(parents=True, exist_ok=True)
            (folder / what).write_text(text)
            continue
        if what.startswith("api() "):
            functions.append(what)
        script = "\n".join([*functions, what]) + f"\nstatus=$?\npwd > {tmp_path}/pwd\nexit $status\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=env, stdin=subprocess.DEVNULL, text=True, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        printed = [line for line in done.stdout.splitlines() if line.strip()]
        expected = [line for line in text.splitlines() if line.strip()]
        assert matches(expected, printed), f"$ {what}\n{done.stdout}\n-- the guide says --\n{text}"
        folder = Path((tmp_path / "pwd").read_text().strip())
