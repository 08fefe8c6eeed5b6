"""Packages of `requirements.txt`, on the command line."""

from __future__ import annotations

import pytest

from testing.package_index import Index, wheel

from .conftest import said

USES = "import shout\n\ndef handle(request):\n    return shout.loud(request.text)\n"
TESTS = "from neuroflow.testing import ask\n\ndef test_it():\n    assert ask('a') == 'A!'\n"
SHOUT = {"shout/__init__.py": "from mark import MARK\n\ndef loud(text):\n    return text.upper() + MARK\n"}


@pytest.fixture
def index():
    with Index() as served:
        served.add(*wheel("shout", "1.0", SHOUT, requires=("mark>=2",)))
        served.add(*wheel("mark", "2.1", {"mark.py": "MARK = '!'\n"}))
        yield served


def test_they_are_found_once_and_kept(agent, write, index):
    write(USES, **{"requirements.txt": "shout==1.0\n", "tests/test_agent.py": TESTS})
    ran = agent("run", "a", NEUROFLOW_PACKAGE_INDEX=index.url)
    assert ran.stdout == '"A!"\n', ran.stderr
    asked = len(index.requests)
    assert asked
    tested = agent("test", NEUROFLOW_PACKAGE_INDEX=index.url)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert len(index.requests) == asked


@pytest.mark.parametrize(
    ("requirements", "reason"),
    [
        ("shout>=1\n", "requirements.txt, line 1"),
        ("mark==2.1\nshout==9.9\n", "there is no version 9.9 of shout"),
        ("nothing-there==1.0\n", "there is no package"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_reason(agent, write, index, requirements, reason):
    write(USES, **{"requirements.txt": requirements})
    refused = agent("run", "a", NEUROFLOW_PACKAGE_INDEX=index.url)
    assert refused.returncode == 1 and reason in said(refused), refused.stderr


def test_where_packages_are_turned_off_it_is_said(agent, write):
    write(USES, **{"requirements.txt": "shout==1.0\n"})
    refused = agent("test", NEUROFLOW_PACKAGE_INDEX="none")
    assert refused.returncode == 1 and "takes no packages" in said(refused)
