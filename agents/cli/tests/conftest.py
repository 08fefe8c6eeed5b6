"""The command line as its user has it: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
Agent = Callable[..., subprocess.CompletedProcess[str]]


def environment(var: Path, **more: str) -> dict[str, str]:
    """Nothing of this process's but the path, and a database that cannot be reached."""
    return {
        "PATH": os.environ["PATH"],
        "NEUROFLOW_VAR": str(var),
        "NEUROFLOW_IMAGE_DIR": str(settings.NEUROFLOW["IMAGE_DIR"]),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "PYTHONWARNINGS": "error",
        **more,
    }


@pytest.fixture
def agent(sandbox_image: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Agent:
    """agent("run", "hello", stdin="…", NO_COLOR="1") → the finished process, run in `tmp_path`."""
    var = tmp_path_factory.mktemp("var")

    def run(*arguments: str, cwd: Path = tmp_path, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(MANAGE), "agent", *arguments],
            cwd=cwd,
            env=environment(var, **more),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(agent="…", **{"tests/test_agent.py": "…"}) → the folder, which is the current one of `agent`."""

    def make(agent: str = "", **files: str) -> Path:
        for name, text in {"agent.py": agent, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def said(process: subprocess.CompletedProcess[str]) -> str:
    """What it told its user, who must never meet a traceback of ours."""
    assert "site-packages" not in process.stderr and "agents/cli" not in process.stderr, process.stderr
    return process.stderr
