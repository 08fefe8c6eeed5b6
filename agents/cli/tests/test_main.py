"""The ways to the commands, and what all of them share."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.core.management import call_command

from agents.cli import main
from agents.cli.parser import make_parser

from .conftest import MANAGE, environment

COMMANDS = ["new", "run", "test", "about", "push", "invoke", "logs", "rollback"]


def manage(tmp_path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MANAGE), *arguments]
    return subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["agent", "--help"], ["help", "agent"]])
def test_help_lists_every_command(tmp_path, arguments):
    helped = manage(tmp_path, *arguments)
    assert helped.returncode == 0, helped.stderr
    for name in COMMANDS:
        assert f"\n    {name} " in helped.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(capsys, name):
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    helped = capsys.readouterr().out
    assert "exit status:" in helped and f"manage.py agent {name}" in helped


@pytest.mark.parametrize("name", ["push", "invoke", "logs", "rollback"])
def test_who_speaks_to_a_server_says_as_whom(capsys, name):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    helped = capsys.readouterr().out
    assert "NEUROFLOW_URL" in helped and "NEUROFLOW_API_KEY" in helped and "var/command-line-key" in helped


@pytest.mark.parametrize("arguments", [[], ["dance"], ["run", "--warp"], ["push", "a", "b"]])
def test_wrong_use_ends_with_2_and_the_usage(capsys, arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_neither_django_nor_a_database_is_loaded_to_run_an_agent(tmp_path):
    (tmp_path / "agent.py").write_text("def handle(request):\n    return 1\n")
    code = (
        f"import sys; sys.path.insert(0, {str(MANAGE.parent)!r}); from agents.cli import main; "
        "status = main(['run', '-q']); sys.exit(status or ('django.db.models' in sys.modules))"
    )
    env = {**environment(tmp_path), "DJANGO_SETTINGS_MODULE": "neuroflow_site.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_it_is_a_management_command_too(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call_command("agent", "new", "made")
    assert (tmp_path / "made" / "agent.py").is_file()
    with pytest.raises(SystemExit) as left:
        call_command("agent", "new", "made")
    assert left.value.code == 2


def test_an_option_is_never_guessed_from_its_beginning():
    """An author's script must mean the same when an option is added."""
    with pytest.raises(SystemExit):
        make_parser("agent").parse_args(["push", "--pub"])
