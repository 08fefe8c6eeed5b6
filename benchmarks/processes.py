"""The servers a benchmark needs, started on loopback in a directory of their own, and stopped again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180
STOP_SECONDS = 30


@dataclass(frozen=True)
class System:
    """A running NeuroFlow: where it listens, a key, and the environment its processes have."""

    host: str
    port: int
    key: str
    environment: dict[str, str]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def system(workers: int = 2) -> Iterator[System]:
    """`manage.py up` with fresh data, as a user would start it; the sandbox image is the project's."""
    var = tempfile.mkdtemp(prefix="nf-bench-")
    port = free_port()
    environment = {
        **os.environ,
        "NEUROFLOW_VAR": var,
        "NEUROFLOW_IMAGE_DIR": str(ROOT / "var" / "image"),
        "LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port), "--workers", str(workers)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait(process, port)
        key = (Path(var) / "first-api-key").read_text().strip()
        yield System("127.0.0.1", port, key, environment)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        shutil.rmtree(var, ignore_errors=True)


def _wait(process: subprocess.Popen[str], port: int) -> None:
    """Until /readyz is green; says what the process printed when it ends before."""
    os.set_blocking(process.stdout.fileno(), False)  # type: ignore[union-attr]
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"`up` ended with {process.returncode}:\n{process.stdout.read()}")  # type: ignore[union-attr]
        with (
            contextlib.suppress(urllib.error.URLError, OSError, json.JSONDecodeError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer,
        ):
            if json.load(answer)["ready"]:
                return
        time.sleep(0.2)
    raise RuntimeError(f"not ready after {START_SECONDS} s; /readyz says what is missing")


@contextlib.contextmanager
def child(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours, ended with the block."""
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
