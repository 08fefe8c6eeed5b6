"""Packages and data files as the code of an agent meets them, in the real sandbox."""

import hashlib
from pathlib import Path

import pytest

from sandbox import Limits, Runtime, Source, SourceError, Wheel
from sandbox.packages import WASM, resolve
from sandbox.tests.conftest import Agent, image_dir
from testing.package_index import Index, wheel

PACKAGE: dict[str, str | bytes] = {
    "greet/__init__.py": "from .words import HELLO\nfrom greet.deep import low\n__version__ = '1.0'\n",
    "greet/words.py": "from pathlib import Path\nHELLO = (Path(__file__).parent / 'data' / 'hello.txt').read_text()\n",
    "greet/deep/__init__.py": "from .. import words\nfrom . import low\n",
    "greet/deep/low.py": "def fail():\n    raise ValueError('from below')\n",
    "greet/data/hello.txt": "grüß Gott",
    "greet/data/bytes.bin": bytes(range(256)),
    "greet/data/empty.txt": "",
    "greet/broken.py": "def broken(:\n",
    "greet/latin.py": "# coding: latin-1\nNAME = 'Jos\xe9'\n".encode("latin-1"),
    "greet-1.0.dist-info/entry_points.txt": "[greet.plugins]\nfirst = greet.words:HELLO\n",
}


def packaged(*wheels: tuple[str, bytes], files: dict[str, str] | None = None, agent: str = "") -> Source:
    found = tuple(Wheel(name, hashlib.sha256(content).hexdigest(), content) for name, content in wheels)
    return Source({"agent.py": agent, **(files or {})}, found)


GREET = wheel("greet", "1.0", PACKAGE)


def answer(agent: Agent, body: str, *wheels: tuple[str, bytes], files: dict[str, str] | None = None) -> object:
    """What the expression or lines give that end in `result = …`."""
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    source = packaged(*(wheels or (GREET,)), files=files, agent=f"def handle(request):\n{lines}\n    return result\n")
    outcome = agent.run(source)
    assert outcome.success, outcome.failure
    return outcome.data


@pytest.mark.parametrize(
    ("body", "gives"),
    [
        ("import greet\nresult = greet.HELLO", "grüß Gott"),
        ("import greet\nresult = [greet.__file__, greet.__path__, greet.__spec__.origin]",
         ["/site-packages/greet/__init__.py", ["/site-packages/greet"], "/site-packages/greet/__init__.py"]),
        ("from greet.latin import NAME\nresult = NAME", "José"),
        ("from greet.deep import low\nresult = [low.__name__, low.__package__]", ["greet.deep.low", "greet.deep"]),
        ("import importlib.resources as r\nresult = r.files('greet').joinpath('data/hello.txt').read_text()",
         "grüß Gott"),
        ("import importlib.resources as r\nresult = len((r.files('greet') / 'data' / 'bytes.bin').read_bytes())", 256),
        ("import importlib.resources as r\nresult = sorted(p.name for p in r.files('greet.data').iterdir())",
         ["bytes.bin", "empty.txt", "hello.txt"]),
        ("import importlib.resources as r\nwith r.as_file(r.files('greet') / 'words.py') as path: result = str(path)",
         "/site-packages/greet/words.py"),
        ("import pkgutil\nresult = list(pkgutil.get_data('greet', 'data/bytes.bin')[:3])", [0, 1, 2]),
        ("import pkgutil\nresult = pkgutil.get_data('greet', 'data/empty.txt').decode()", ""),
        ("import greet, pkgutil\nresult = [m.name for m in pkgutil.walk_packages(greet.__path__, 'greet.')]",
         ["greet.broken", "greet.deep", "greet.deep.low", "greet.latin", "greet.words"]),
        ("from importlib.metadata import version\nresult = [version('greet'), version('httpx')]", ["1.0", "0.28.1"]),
        ("from importlib.metadata import entry_points\n"
         "result = [p.load() for p in entry_points(group='greet.plugins')]", ["grüß Gott"]),
        ("from importlib.metadata import distribution\nresult = distribution('Greet').read_text('empty')", None),
        ("from importlib.metadata import files\nresult = [f.locate().read_text() for f in files('greet') "
         "if f.name == 'hello.txt']", ["grüß Gott"]),
        ("import inspect, greet.deep.low as low\nresult = inspect.getsource(low.fail)",
         "def fail():\n    raise ValueError('from below')\n"),
        ("import importlib.util as u\nresult = [u.find_spec('greet.words').origin, u.find_spec('greet.nothing'), "
         "u.find_spec('numpy'), u.find_spec('tkinter')]", ["/site-packages/greet/words.py", None, None, None]),
        ("import os\nresult = sorted(os.listdir('/site-packages/greet/data'))",
         ["bytes.bin", "empty.txt", "hello.txt"]),
    ],
)  # fmt: skip
def test_a_package_is_as_if_it_were_installed(agent: Agent, body: str, gives: object) -> None:
    assert answer(agent, body) == gives


@pytest.mark.parametrize(
    ("body", "gives"),
    [
        ("result = open('data/a.json').read()", '{"a": 1}'),
        ("import json\nresult = json.load(open('data/a.json', 'rb'))", {"a": 1}),
        ("import csv\nresult = list(csv.reader(open('data/t.csv', newline='')))", [["a", "b"], ["1", "2"]]),
        ("import yaml\nresult = yaml.safe_load(open('data/c.yaml'))", {"x": [1, 2]}),
        ("from pathlib import Path\nresult = (Path(__file__).parent / 'data' / 'a.json').read_text()", '{"a": 1}'),
        ("from pathlib import Path\nresult = (Path(__file__).resolve().parent / 'lib/words.txt').read_text()", "one"),
        ("from lib.deep import here\nresult = here()", "one"),
        ("import importlib.resources as r\nresult = r.files('lib').joinpath('words.txt').read_text()", "one"),
        ("import pkgutil\nresult = pkgutil.get_data('lib', 'words.txt').decode()", "one"),
        ("import pkgutil, lib\nresult = [m.name for m in pkgutil.iter_modules(lib.__path__)]", ["deep"]),
        ("result = open('empty.txt').read()", ""),
        ("import os\nresult = [os.path.exists(p) for p in ('data', 'data/a.json', 'data/b', '/etc')]",
         [True, True, False, False]),
        ("import os\nresult = [[d, sorted(n)] for d, _, n in os.walk('data')]",
         [["data", ["a.json", "c.yaml", "t.csv"]]]),
        ("from pathlib import Path\nresult = sorted(str(p) for p in Path('.').rglob('*.html'))",
         ["pages/base.html", "pages/one.html"]),
        ("import jinja2\nfrom jinja2 import Environment, FileSystemLoader as L\n"
         "result = Environment(loader=L('pages')).get_template('one.html').render(n=1)", "<b>n is 1</b>"),
        ("from jinja2 import Environment, PackageLoader as L\n"
         "result = Environment(loader=L('lib', '')).get_template('words.txt').render()", "one"),
    ],
)  # fmt: skip
def test_own_data_files_are_read_as_on_a_disk(agent: Agent, body: str, gives: object) -> None:
    files = {
        "data/a.json": '{"a": 1}',
        "data/t.csv": "a,b\n1,2\n",
        "data/c.yaml": "x: [1, 2]\n",
        "empty.txt": "",
        "lib/__init__.py": "",
        "lib/words.txt": "one",
        "lib/deep.py": "import pathlib as p\ndef here(): return p.Path(__file__).with_name('words.txt').read_text()\n",
        "pages/base.html": "<b>{% block c %}{% endblock %}</b>",
        "pages/one.html": "{% extends 'base.html' %}{% block c %}n is {{ n }}{% endblock %}",
    }
    assert answer(agent, body, GREET, files=files) == gives
    without = Source(
        {
            **files,
            "agent.py": f"def handle(request):\n    {body.replace(chr(10), chr(10) + '    ')}\n    return result\n",
        }
    )
    assert agent.run(without).data == gives


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("open('/site-packages/greet/nothing.txt')", "FileNotFoundError"),
        ("open('/site-packages/greet/words.py', 'w')", "SandboxDenied"),
        ("open('agent.py', 'a')", "SandboxDenied"),
        ("import os; os.listdir('agent.py')", "NotADirectoryError"),
        ("import os; os.listdir('/etc')", "SandboxDenied"),
        ("import os; os.remove('/site-packages/greet/words.py')", "SandboxDenied"),
        ("open('/site-packages/../etc/passwd')", "SandboxDenied"),
        ("import greet.nothing", "ModuleNotFoundError"),
        ("import importlib.metadata as m; m.version('nothing')", "PackageNotFoundError"),
    ],
)
def test_what_is_not_there_says_so(agent: Agent, body: str, kind: str) -> None:
    outcome = agent.run(packaged(GREET, agent=f"def handle(request):\n    {body}\n"))
    assert outcome.failure is not None and outcome.failure.detail["type"] == kind


def test_a_module_that_does_not_parse_fails_where_it_is_imported(agent: Agent) -> None:
    outcome = agent.run(packaged(GREET, agent="import greet\ndef handle(request):\n    import greet.broken\n"))
    assert outcome.failure is not None
    assert (outcome.failure.detail["type"], outcome.failure.detail["file"]) == ("SyntaxError", "agent.py")
    assert outcome.failure.detail["line"] == 3


def test_an_error_below_names_the_authors_line(agent: Agent) -> None:
    outcome = agent.run(packaged(GREET, agent="from greet.deep import low\n\ndef handle(request):\n    low.fail()\n"))
    assert outcome.failure is not None
    assert (outcome.failure.detail["file"], outcome.failure.detail["line"]) == ("agent.py", 4)
    shown = (
        "import traceback\nfrom greet.deep import low\n"
        "try: low.fail()\nexcept ValueError: result = traceback.format_exc()"
    )
    assert 'File "/site-packages/greet/deep/low.py", line 2, in fail' in str(answer(agent, shown))


def test_a_namespace_over_two_packages(agent: Agent) -> None:
    wheels = wheel("one", "1.0", {"shared/one.py": "N = 1\n"}), wheel("two", "1.0", {"shared/two.py": "N = 2\n"})
    assert answer(agent, "from shared import one, two\nresult = one.N + two.N", *wheels) == 3
    body = "import shared\nresult = [shared.__file__ if hasattr(shared, '__file__') else None, list(shared.__path__)]"
    assert answer(agent, body, *wheels) == [None, ["/site-packages/shared"]]


def test_a_package_takes_the_place_of_nothing(agent: Agent) -> None:
    tops = ("json", "neuroflow", "httpx", "_neuroflow_app", "tkinter", "wit_world", "mine")
    bad = wheel("bad", "1.0", {f"{top}.py": "HERE = 'the package'\n" for top in tops})
    body = (
        "import json, neuroflow, httpx\nfound = [hasattr(m, 'HERE') for m in (json, neuroflow, httpx)]\n"
        "try: import tkinter\nexcept ModuleNotFoundError: found.append(False)\n"
        "import mine\nresult = [*found, mine.HERE]"
    )
    assert answer(agent, body, bad, files={"mine.py": "HERE = 'my own'\n"}) == [False] * 4 + ["my own"]


def test_an_agent_without_packages_has_no_site_packages(agent: Agent) -> None:
    outcome = agent.body("import os\nfound = os.path.exists('/site-packages')\nreturn found")
    assert outcome.data is False
    outcome = agent.run("import greet\ndef handle(request): ...\n")
    assert outcome.failure is not None and "requirements.txt names" in outcome.failure.message


def test_questions_of_every_kind_are_answered_or_not(agent: Agent) -> None:
    body = (
        "from neuroflow import _bridge\n"
        "ask = ['', 'module', 'module ', 'module ..', 'read ../x', 'read /etc/passwd', 'stat', 'list']\n"
        "ask += ['list greet/data', 'read greet/data/empty.txt', 'nothing greet', 'stat greet', 'x' * 100_000]\n"
        "ask += ['module greet\\0', 'read \\ud7ff']\n"
        "result = [None if (a := _bridge.fetch(q)) is None else a.decode() for q in ask]"
    )
    assert answer(agent, body) == [
        None, None, None, None, None, None, "folder", "greet\ngreet-1.0.dist-info",
        "bytes.bin\nempty.txt\nhello.txt", "", None, "folder", None, None, None,
    ]  # fmt: skip


def test_loading_and_preparing_sandboxes_uses_packages_too(runtime: Runtime) -> None:
    source = packaged(GREET, agent="import greet\ndef handle(request):\n    return greet.HELLO\n")
    runtime.warm(source, 2)
    assert runtime.health_check(source) is None
    assert Agent(runtime).run(source).data == "grüß Gott"


def test_a_wheel_is_compiled_once_for_all_processes(runtime: Runtime, tmp_path: Path) -> None:
    asked: list[str] = []
    name, content = wheel("once", "1.0", {"once.py": f"X = {tmp_path.name!r}\n"})

    def read() -> bytes:
        asked.append(name)
        return content

    source = Source(
        {"agent.py": "import once\ndef handle(request):\n    return once.X\n"},
        (Wheel(name, hashlib.sha256(content).hexdigest(), read),),
    )
    assert Agent(runtime).run(source).data == tmp_path.name
    changed = Source({**source.files, "more.txt": ""}, source.wheels)
    assert Agent(runtime).run(changed).data == tmp_path.name
    assert asked == [name]


def test_a_damaged_store_is_made_again(runtime: Runtime, tmp_path: Path) -> None:
    name, content = wheel("mended", "1.0", {"mended.py": f"X = {tmp_path.name!r}\n"})
    source = packaged((name, content), agent="import mended\ndef handle(request):\n    return mended.X\n")
    assert Agent(runtime).run(source).data == tmp_path.name
    kept = next(image_dir().glob(f".packages/*/{source.wheels[0].sha256}"))
    for damage in (b"", b"neuroflow packages 1\nx", kept.read_bytes()[:-1]):
        kept.write_bytes(damage)
        again = Source({**source.files, "n.txt": str(damage[:5]) + str(len(damage))}, source.wheels)
        assert Agent(runtime).run(again).data == tmp_path.name


def test_many_modules_and_one_that_ends_its_compiler(runtime: Runtime) -> None:
    files: dict[str, str | bytes] = {f"many/m{n}.py": f"N = {n}\n" for n in range(450)}
    files["many/__init__.py"] = ""
    files["many/deep.py"] = "x = " + "-" * 200_000 + "1\n"
    source = packaged(
        wheel("many", "1.0", files),
        agent="import importlib\ndef handle(request):\n"
        "    total = sum(importlib.import_module(f'many.m{n}').N for n in range(450))\n"
        "    try:\n        import many.deep\n    except SyntaxError:\n        return total\n",
    )
    assert Agent(runtime).run(source, limits=Limits(wall_ms=60_000)).data == sum(range(450))


def test_native_code_in_this_sandbox_is_refused_with_a_sentence(runtime: Runtime) -> None:
    source = packaged(
        wheel("fast", "1.0", {"fast.so": b""}, tag="cp311-cp311-linux_x86_64"), agent="def handle(r): ...\n"
    )
    with pytest.raises(SourceError, match=r"fast-1\.0-cp311.* cannot be used here"):
        runtime.read_manifest(source)


def test_from_the_index_to_the_answer(agent: Agent, tmp_path: Path) -> None:
    with Index() as index:
        index.add(*GREET)
        found = resolve("greet==1.0", WASM, tmp_path / "cache", index.url)
    wheels = tuple(Wheel(package.filename, package.sha256, package.content) for package in found)
    source = Source({"agent.py": "import greet\ndef handle(request):\n    return greet.HELLO\n"}, wheels)
    assert agent.run(source).data == "grüß Gott"


def test_a_package_that_is_not_the_one_that_was_recorded_is_refused(agent: Agent) -> None:
    name, content = wheel("swapped", "1.0", {"swapped.py": "WHO = 'somebody else'\n"})
    source = Source({"agent.py": "def handle(request):\n    import swapped\n"}, (Wheel(name, "0" * 64, content),))
    outcome = agent.run(source)
    assert outcome.failure is not None and "checksum differs" in outcome.failure.message
