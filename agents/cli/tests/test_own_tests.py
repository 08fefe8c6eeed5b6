"""`agent test`: an agent's own tests, in the sandbox."""

from __future__ import annotations

import pytest

from agents.cli.expression import matcher
from agents.cli.own_tests import LIMITS
from agents.cli.problem import Problem
from agents.source import LIMITS as OF_AN_UPLOAD

from .conftest import said

ECHO = "def handle(request):\n    return request.text\n"
TESTS = """
from neuroflow.testing import ask

def test_it_echoes():
    assert ask("a") == "a"

def test_it_shouts():
    assert ask("a") == "A"
"""


def test_it_allows_what_the_check_of_an_upload_allows():
    assert LIMITS == OF_AN_UPLOAD


def test_a_failing_test_is_shown_and_ends_with_1(agent, write):
    write(ECHO, **{"tests/test_agent.py": TESTS, "tests/deep/test_more.py": "def test_more():\n    pass\n"})
    tested = agent("test")
    assert tested.returncode == 1
    assert "tests/test_agent.py .F" in tested.stdout and "tests/deep/test_more.py ." in tested.stdout
    assert "tests/test_agent.py::test_it_shouts" in tested.stdout
    assert 'File "tests/test_agent.py", line 8' in tested.stdout and "AssertionError" in tested.stdout
    assert "1 failed, 2 passed" in tested.stdout


def test_k_leaves_tests_out_by_name(agent, write):
    write(ECHO, **{"tests/test_agent.py": TESTS})
    assert agent("test", "-k", "echo").returncode == 0
    assert "1 passed, 1 left out" in agent("test", "-k", "it and not SHOUTS").stdout
    nothing = agent("test", "-k", "sings")
    assert nothing.returncode == 5 and "No test matches" in nothing.stdout
    assert agent("test", "-k", "(a").returncode == 2


def test_no_test_is_told_and_ends_with_5(agent, write):
    write(ECHO)
    tested = agent("test")
    assert tested.returncode == 5 and "No tests were found" in tested.stdout


def test_a_file_that_cannot_be_imported_is_a_failure_whatever_is_chosen(agent, write):
    write(ECHO, **{"tests/test_agent.py": "import numpy\n"})
    assert agent("test", "-k", "anything").returncode == 1
    write(ECHO, **{"tests/test_agent.py": "def test_x(:\n"})
    broken = agent("test")
    assert broken.returncode == 1 and "tests/test_agent.py, line 1" in broken.stdout + said(broken)


def test_tests_that_never_end_are_ended(agent, write):
    write(ECHO, **{"tests/test_agent.py": "def test_x():\n    while True: pass\n"})
    tested = agent("test")
    assert tested.returncode == 1 and "time_limit" in tested.stdout


@pytest.mark.parametrize(
    ("expression", "matching"),
    [
        ("", {"test_a", "test_b", "test_ab"}),
        ("A", {"test_a", "test_ab"}),
        ("a and b", {"test_ab"}),
        ("a or b", {"test_a", "test_b", "test_ab"}),
        ("not a", {"test_b"}),
        ("not (a and b) and b", {"test_b"}),
        ("b or a and not b", {"test_a", "test_b", "test_ab"}),
    ],
)
def test_an_expression_matches(expression, matching):
    # The folder's name is no part of what is matched here.
    assert {
        name for name in ("test_a", "test_b", "test_ab") if matcher(expression)(name.removeprefix("test"))
    } == matching


@pytest.mark.parametrize("expression", ["and", "a b", "(a", "a)", "not", "a or", "()"])
def test_an_expression_that_is_none_is_refused(expression):
    with pytest.raises(Problem):
        matcher(expression)
