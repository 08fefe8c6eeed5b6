"""`manage.py up` as a user meets it: the real processes, on a free port, in a data folder of their own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neuroflow_site.up.supervisor import CHILD
from neuroflow_site.up.tests.test_supervisor import alive

ROOT = Path(__file__).resolve().parents[3]


class Terminal:
    """One `up`, with what it printed so far."""

    def __init__(self, var: Path, *arguments: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        image = os.environ.get("NEUROFLOW_IMAGE_DIR") or str(ROOT / "var" / "image")
        tied = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), "15"]  # ends when the tests are killed
        self.process = subprocess.Popen(
            [*tied, sys.executable, "manage.py", "up", "--port", "0", "--workers", "1", *arguments],
            cwd=ROOT,
            env={**kept, "NEUROFLOW_VAR": str(var), "NEUROFLOW_IMAGE_DIR": image, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.text = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.text += line

    def until(self, holds: Callable[[], object], seconds: float = 150) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"It did not come to that:\n{self.text}")
            time.sleep(0.05)

    def until_said(self, pattern: str) -> str:
        self.until(lambda: re.search(pattern, self.text))
        match = re.search(pattern, self.text)
        assert match
        return match[0]

    def ready(self) -> str:
        """Wait for the curl line and return it."""
        return self.until_said(r"curl .*\n").strip()

    def children(self) -> dict[int, str]:
        """Every process below this one, with its command line."""
        found: dict[int, str] = {}
        parents = {self.process.pid}
        while parents:
            listed = [
                int(child)
                for parent in parents
                for tasks in Path(f"/proc/{parent}/task").glob("*/children")
                for child in tasks.read_text().split()
            ]
            parents = set(listed)
            for pid in listed:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        return found

    def child(self, part: str) -> int | None:
        return next((pid for pid, command in self.children().items() if part in command), None)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        self._reader.join(10)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        started.append(Terminal(tmp_path / "var", *arguments))
        return started[-1]

    yield start
    for terminal in started:
        terminal.end(signal.SIGKILL)


def paste(line: str) -> dict:
    """What the shell gets back for a pasted curl line."""
    return dict(json.loads(subprocess.run(line, shell=True, capture_output=True, check=True).stdout))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_start_work_survive_stop_and_start_again(up, tmp_path):
    first = up()
    line = first.ready()
    assert re.search(r"Sign in +admin +password \S{12,}", first.text)
    answer = paste(line)
    assert answer["success"], answer
    assert "84" in json.dumps(answer["data"])

    second = up()
    assert second.process.wait(60) == 1
    second.end()
    address = first.until_said(r"http://127.0.0.1:\d+")
    assert f"already running in this folder: {address} (process {first.process.pid})" in second.text

    worker = first.child("celery")
    os.kill(worker, signal.SIGKILL)
    first.until(lambda: first.child("celery") not in (None, worker))
    assert "worker1 ended (SIGKILL): starting it again" in first.text
    assert paste(line)["success"]

    children = first.children()
    assert len(children) >= 3  # Valkey, a worker, the web process
    assert first.end(signal.SIGINT) == 0
    assert not any(map(alive, children))
    assert "Stopped everything" in first.text

    third = up()
    line = third.ready()
    assert f"$(cat {tmp_path}/var/first-api-key)" in line
    assert "shown this once" not in third.text
    assert paste(line)["success"]
    children = third.children()
    third.end(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, children)), "Children outlived an `up` that was killed"


def test_a_taken_port_ends_it_before_anything_is_started(up):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        terminal = up("--port", str(port))
        assert terminal.process.wait(60) == 1
        terminal.end()
    assert f"Port {port} on 127.0.0.1 is taken by process {os.getpid()}" in terminal.text
    assert "make run PORT=" in terminal.text


def test_no_worker_is_refused(up):
    terminal = up("--workers", "0")
    assert terminal.process.wait(60) == 1
    terminal.end()
    assert "at least 1" in terminal.text
