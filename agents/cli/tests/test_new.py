"""`agent new`: every template is an agent whose own tests pass, and nothing is overwritten."""

from __future__ import annotations

import json

import pytest

from agents.cli.create import KINDS, TEMPLATES, slug_of

from .conftest import said


def test_there_is_a_template_of_each_kind():
    assert {path.name for path in TEMPLATES.iterdir()} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_agents_tests_pass(agent, tmp_path, kind):
    made = agent("new", "my-Agent", "--template", kind)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "my-Agent"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {".gitignore", "README.md", "agent.py", "requirements.txt", "tests/test_agent.py"}
    for path in folder.rglob("*.*"):
        assert not path.is_file() or "__" not in path.read_text().replace("__pycache__", "")
    assert "My agent" in (folder / "README.md").read_text() and "`my-agent`" in (folder / "README.md").read_text()

    tested = agent("test", cwd=folder)
    assert tested.returncode == 0, tested.stdout
    assert tested.stdout.endswith(f"{tested.stdout.count('.', 0, tested.stdout.index(' passed')) - 1} passed in "
                                  f"{tested.stdout.rpartition(' in ')[2]}")  # fmt: skip


def test_the_plain_one_answers(agent, tmp_path):
    agent("new", "first/words")
    answered = agent("run", "first/words", "two words")
    assert json.loads(answered.stdout) == {"words": 2, "longest": "words"}


def test_what_is_there_is_left_as_it_is(agent, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    refused = agent("new", "mine")
    assert refused.returncode == 2 and "is there already" in said(refused)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert agent("new", "mine/notes.txt").returncode == 2
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_an_empty_folder_is_filled(agent, tmp_path):
    (tmp_path / "mine").mkdir()
    assert agent("new", "mine").returncode == 0
    assert agent("new", ".", cwd=tmp_path / "mine").returncode == 2


def test_a_folder_that_cannot_be_made_is_told(agent, tmp_path):
    (tmp_path / "file").write_text("")
    refused = agent("new", "file/inside")
    assert refused.returncode == 2 and "cannot be written" in said(refused)


@pytest.mark.parametrize("name", ["", "…", "___", "名"])
def test_a_name_of_which_nothing_can_be_used_is_refused(agent, name):
    refused = agent("new", name)
    assert refused.returncode == 2 and "No agent can be called" in said(refused)


def test_an_unknown_template_is_refused_with_those_there_are(agent):
    refused = agent("new", "x", "--template", "magic")
    assert refused.returncode == 2 and "plain" in refused.stderr and "tools" in refused.stderr


@pytest.mark.parametrize(("name", "slug"), [("My Agent", "my-agent"), ("a__b", "a-b"), ("x" * 80, "x" * 63), ("_", "")])
def test_a_slug_is_made_of_a_name(name, slug):
    assert slug_of(name) == slug
