"""The kit as type checkers see it, and on the interpreter of the host, where other kinds of sandboxes run it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUEST = ROOT / "sandbox" / "guest"

CONFIG = """
[mypy]
python_version = 3.11
mypy_path = {guest}
explicit_package_bases = true
ignore_missing_imports = true
disable_error_code = func-returns-value, list-item
"""

TYPED = """
from neuroflow import Context, Request, Response, agent, skill, tool, tools
from neuroflow.testing import approx, ask, http_answers, parametrize, raises

@agent(name="Typed", capabilities=["http"])
class Typed:
    @tool
    async def look(self, city: str) -> int:
        return len(city)

    @skill(description="d", examples=["e"])
    async def run(self, request: Request[str], context: Context) -> Response:
        box = tools(self)
        with context.span("step") as attributes:
            attributes["n"] = len(box)
        answer = await context.http.get("https://x.example", params={"q": 1})
        reveal_type(self.look)
        reveal_type(box.openai())
        return Response(data=answer.json())

@parametrize("n", [1])
def test_it(n: int) -> None:
    with http_answers({"*": {"n": n}}) as web, raises(ValueError) as caught:
        assert ask("x") == approx(1.0)
    reveal_type(web.requests[0].method)
    reveal_type(test_it)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("mypy")
    (made / "mypy.ini").write_text(CONFIG.format(guest=GUEST))
    return made


def mypy(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", "cache"]
    done = subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_kit_is_typed_throughout(folder: Path) -> None:
    assert (GUEST / "neuroflow" / "py.typed").is_file()
    mypy(folder, "--strict", "-p", "neuroflow")


@pytest.mark.slow
def test_what_authors_write_is_checked_and_keeps_its_types(folder: Path) -> None:
    (folder / "agent.py").write_text(TYPED)
    said = mypy(folder, "--strict", "agent.py")
    for revealed in (
        "def (city: str) -> typing.Coroutine[Any, Any, int]",
        "list[dict[str, Any]]",
        "str",
        "def (n: int)",
    ):
        assert f'Revealed type is "{revealed}"' in said


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(p.parent.name for p in (ROOT / "examples").glob("*/agent.py")))
def test_the_examples_pass(folder: Path, name: str) -> None:
    mypy(folder, *[str(path) for path in sorted((ROOT / "examples" / name).glob("*.py"))])


ON_THE_HOST = '''
import json, sys, types
told = []
wit = types.ModuleType("wit_world")
wit.emit = lambda kind, body: told.append((kind, json.loads(body)))
wit.start = lambda capability, body: 1
wit.wait = lambda timeout: "[]"
wit.fetch = lambda path: ""
sys.modules["wit_world"] = wit
sys.path.insert(0, {guest!r})
from neuroflow import _define, _loop, _serve, _tools, errors, testing
_loop.install()
files = {{"agent.py": """
from __future__ import annotations
import asyncio, enum
from dataclasses import dataclass, field
from neuroflow import Request, skill, tool, tools

class Colour(enum.Enum):
    RED = "red"

@dataclass
class Node:
    colour: Colour
    children: list[Node] = field(default_factory=list)

@tool
def double(n: int) -> int: return n * 2

@skill
async def tree(request: Request[Node]):
    async with asyncio.TaskGroup() as group:
        task = group.create_task(tools().call("double", {{"n": 4}}))
    return [request.payload.children[0].colour.value, task.result()]
"""}}
errors.author_files.update(files)
module = types.ModuleType("agent")
sys.modules["agent"] = module
exec(compile(files["agent.py"], "agent.py", "exec"), module.__dict__)
definition = _define.find(module)
testing.skills = _serve.prepare(definition)
_tools.of_agent = definition.tools
answer = testing.ask(payload={{"colour": "red", "children": [{{"colour": "red"}}]}})
try:
    testing.ask(payload={{"colour": "blue"}})
except errors.UsageError as error:
    refused = str(error)
print(json.dumps([answer, refused, [kind for kind, _ in told], definition.manifest()["skills"][0]["input_schema"]]))
'''


def test_it_works_on_the_hosts_own_interpreter() -> None:
    """Without a sandbox around it, only with something that stands in for the calls to the host."""
    script = ON_THE_HOST.format(guest=str(GUEST))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        '[["red", 8], "the payload does not fit Node: colour must be one of \\"red\\", not \\"blue\\""' in done.stdout
    )
    assert '["span_start", "span_end"], {"type": "object"' in done.stdout
