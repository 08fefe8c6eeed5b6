"""An agent's own tests: found, run with what `neuroflow.testing` offers, and told so that they can be mended."""

from typing import Any

from sandbox import Runtime

AGENT = """
import httpx
from neuroflow import skill

@skill
async def shout(request, context):
    if request.text == "boom":
        raise ValueError("zero is not allowed")
    return [request.text.upper(), context.config.get("mark", ""), request.session]

@skill
async def web(request, context):
    first = await context.http.get("https://a.example/find", params={"q": "x"})
    async with httpx.AsyncClient() as client:
        second = await client.post("https://a.example/post", json={"k": 1}, headers={"X-Key": "v"})
    return [first.json(), second.status_code, second.text, httpx.get("https://b.example/").text]

@skill
async def note(request):
    with open("/tmp/note", "w") as file:
        file.write("kept")
    return open("/tmp/note").read()
"""


def failures(runtime: Runtime, tests: str, **files: str) -> dict[str, Any]:
    """Each test's name with the text of its failure, or None."""
    results = runtime.run_tests({"agent.py": AGENT, "tests/test_it.py": tests, **files})
    return {
        one["name"].removeprefix("tests/test_it.py::"): one["failure"]
        and one["failure"]["detail"].get("traceback", one["failure"]["message"])
        for one in results
    }


def test_tests_ask_the_agent_as_a_client_would(runtime: Runtime) -> None:
    tests = """
import pytest_free as ours
from neuroflow.testing import approx, ask, ask_async, raises

def test_ask():
    assert ask("hi", skill="shout", config={"mark": "!"}, session="s") == ["HI", "!", "s"]
async def test_ask_async():
    assert (await ask_async("hi", skill="shout"))[0] == "HI"
def test_raises():
    with raises((ValueError, KeyError), match="zero is .* allowed") as caught:
        ask("boom", skill="shout")
    assert caught.value.args == ("zero is not allowed",)
def test_approx():
    assert 0.1 + 0.2 == approx(0.3)
    assert [0.1 + 0.2, {"a": (1e-13,)}] == approx([0.3, {"a": (0,)}])
    assert 10.4 == approx(10, abs=0.5)
    assert 0.1 != approx(0.2)
    assert "a" != approx(1)
def test_scratch():
    assert ask(skill="note", grants={"files": {"max_bytes": 10}}) == "kept"
def test_helper():
    assert ours.helper() == 4
"""
    found = failures(runtime, tests, **{"pytest_free.py": "def helper(): return 4"})
    assert len(found) == 6
    assert found == dict.fromkeys(found)


def test_tests_that_should_fail_do(runtime: Runtime) -> None:
    tests = """
from neuroflow.testing import approx, ask, ask_async, parametrize, raises
def test_nothing_raised():
    with raises(ValueError): pass
def test_raised_something_else():
    with raises(ValueError): {}["x"]
def test_raised_with_other_words():
    with raises(ValueError, match="one"): ask("boom", skill="shout")
def test_approx(): assert 1.0 == approx(1.1)
def test_fixture(tmp_path): pass
async def test_blocking(): ask("x")
"""
    found = failures(runtime, tests)
    for name, says in (
        ("test_nothing_raised", "ValueError was expected, and nothing was raised"),
        ("test_raised_something_else", "KeyError: 'x'"),
        ("test_raised_with_other_words", "does not match 'one'"),
        ("test_approx", "right: approx(1.1)"),
        ("test_fixture", "nothing gives the parameter tmp_path: tests here have no fixtures"),
        ("test_blocking", "write `await ask_async(...)`"),
    ):
        assert says in found[name], name


def test_a_failing_assert_shows_both_sides(runtime: Runtime) -> None:
    tests = """
def value(): return "HI"
def test_equal(): assert value() == "HO"
def test_in(): assert "z" in value()
def test_not(): assert not value()
def test_plain(): assert value().startswith("q")
def test_said():
    count = 3
    assert count > 5, f"only {count}"
def test_long():
    rows = [{"name": f"row {n}", "size": n} for n in range(20)]
    assert rows == [{**row, "size": row["size"] + (row["size"] == 7)} for row in rows]
def test_once():
    calls = []
    def call():
        calls.append(1)
        return 0
    try:
        assert call() == 1
    except AssertionError:
        assert len(calls) == 1
    assert 1 < 2 < 3
"""
    found = failures(runtime, tests)
    assert '    def test_equal(): assert value() == "HO"\n' in found["test_equal"]
    assert "AssertionError: assert value() == 'HO'\n  left:  'HI'\n  right: 'HO'\n" in found["test_equal"]
    assert "  left:  'z'\n  right: 'HI'\n" in found["test_in"]
    assert "assert not value()\n  it is: 'HI'\n" in found["test_not"]
    assert "assert value().startswith('q')\n  it is: False\n" in found["test_plain"]
    assert "AssertionError: only 3\nassert count > 5\n  left:  3\n  right: 5\n" in found["test_said"]
    assert "    - " in found["test_long"]
    assert "'size': 8}" in found["test_long"]
    assert "'row 6'" not in found["test_long"].partition("difference")[2]
    assert found["test_once"] is None


def test_values_multiply_a_test(runtime: Runtime) -> None:
    tests = """
from neuroflow.testing import parametrize
@parametrize("text, size", [("a", 1), ("bc", 3)])
def test_size(text, size): assert len(text) == size
@parametrize("x", [1, 2])
@parametrize("y", [3, 4], ids=["three", "four"])
def test_both(x, y): assert x < y
"""
    found = failures(runtime, tests)
    assert found["test_size[a-1]"] is None
    assert "  left:  2\n  right: 3\n" in found["test_size[bc-3]"]
    assert {name for name in found if name.startswith("test_both")} == {
        f"test_both[{x}-{y}]" for x in (1, 2) for y in ("three", "four")
    }
    wrong = "from neuroflow.testing import parametrize\n@parametrize('a, b', [(1,)])\ndef test(a, b): pass"
    assert "names a, b, and (1,) has 1 values" in next(iter(failures(runtime, wrong).values()))


def test_the_web_is_answered_by_the_test(runtime: Runtime) -> None:
    tests = """
from neuroflow import CapabilityDenied, CapabilityTimeout
from neuroflow.testing import Answer, ask, http_answers, raises
def test_answers():
    with http_answers({
        "GET https://a.example/find*": {"found": 1},
        "POST https://a.example/*": lambda sent: Answer(sent.headers["x-key"] + str(sent.json()["k"]), status=201),
        "https://b.example/": "text",
    }) as web:
        assert ask(skill="web") == [{"found": 1}, 201, "v1", "text"]
    assert [(one.method, one.url) for one in web.requests] == [
        ("GET", "https://a.example/find?q=x"), ("POST", "https://a.example/post"), ("GET", "https://b.example/")]
def test_turns():
    with http_answers({"*": ({"n": 1}, "second", "third")}):
        assert ask(skill="web") == [{"n": 1}, 200, "second", "third"]
def test_no_answer():
    with http_answers({"https://b.example/": "text"}), raises(CapabilityDenied, match="no answer for GET https://a"):
        ask(skill="web")
def test_slow():
    with http_answers({"*": CapabilityTimeout("too slow")}), raises(CapabilityTimeout, match="too slow"):
        ask(skill="web")
def test_afterwards_there_is_no_answer_any_more():
    with raises(CapabilityDenied, match="no grant of http"):
        ask(skill="web")
"""
    found = failures(runtime, tests)
    assert len(found) == 5
    assert found == dict.fromkeys(found)


def test_any_capability_can_be_answered_by_the_test(runtime: Runtime) -> None:
    files = {
        "agent.py": "async def handle(request, context):\n    return await context.call('config', key=request.text)",
        "tests/test_it.py": "from neuroflow.testing import ask, capability_answers\n"
        "def test_config():\n"
        "    with capability_answers('config', lambda request: request['key'] * 2):\n"
        "        assert ask('ab') == 'abab'",
    }
    assert runtime.run_tests(files) == [{"name": "tests/test_it.py::test_config", "failure": None}]


def test_folders_helpers_classes_and_unittest(runtime: Runtime) -> None:
    files = {
        "agent.py": AGENT,
        "tests/helpers.py": "def same(a, b):\n    assert a == b, 'in the helper'",
        "tests/sub/__init__.py": "",
        "tests/sub/more.py": "ONE = 1",
        "tests/sub/test_deep.py": "from tests.helpers import same\nfrom .more import ONE\n"
        "def test_good(): same(ONE, 1)\ndef test_bad(): same(ONE, 2)",
        "test_top.py": """
import unittest
class TestPlain:
    def setup_method(self): self.value = 1
    def test_one(self): assert self.value == 1
    async def test_two(self): assert self.value == 2
class Numbers(unittest.TestCase):
    def setUp(self): self.value = 3
    def test_value(self): self.assertEqual(self.value, 4)
    @unittest.skip("not now")
    def test_later(self): raise ValueError
""",
        "tests/test_broken.py": "import nowhere",
    }
    found = {one["name"]: one["failure"] for one in runtime.run_tests(files)}
    assert [name for name, failure in found.items() if failure is None] == [
        "test_top.py::TestPlain::test_one",
        "test_top.py::Numbers::test_later (skipped: not now)",
        "tests/sub/test_deep.py::test_good",
    ]
    bad = found["tests/sub/test_deep.py::test_bad"]
    assert (bad["detail"]["file"], bad["detail"]["line"]) == ("tests/helpers.py", 2)
    assert "in the helper\nassert a == b\n  left:  1\n  right: 2\n" in bad["detail"]["traceback"]
    assert "3 != 4" in found["test_top.py::Numbers::test_value"]["message"]
    assert "  left:  1\n  right: 2" in found["test_top.py::TestPlain::test_two"]["detail"]["traceback"]
    assert "No module named 'nowhere'" in found["tests/test_broken.py"]["message"]
