"""Real web and worker processes against the test database, on loopback, in the suite's own directory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection

from neuroflow_site.up import programs

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90


class Processes:
    """Started on demand and kept for the suite; `ensure` brings back what a test has killed."""

    def __init__(self, **environment: str) -> None:
        self.own = environment  # on top of what all have; with another REDIS_PREFIX they are a system of their own
        self.web: list[subprocess.Popen[bytes]] = []
        self.ports: list[int] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        self.log = open(Path(settings.VAR_DIR) / "processes.log", "ab")  # noqa: SIM115 (closed in __exit__)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.log.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def client(self, key: str | None = None, web: int = 0) -> httpx.Client:
        """An HTTP client of one web process, with a key where one is given."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.ports[web]}", headers=headers, timeout=60)

    def ensure(self, web: int = 1, workers: int = 1) -> None:
        """At least so many of each, all ready."""
        self.workers = [process for process in self.workers if process.poll() is None]
        while len(self.workers) < workers:
            self.start_worker()
        while len(self.web) < web:
            self.start_web()
        self.wait_ready(workers)

    def start_worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "neuroflow_site", "worker", "--pool", "threads"]
        command += ["--concurrency", str(programs.threads_per_worker()), "--hostname", f"test{time.monotonic_ns()}@%h"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=self.log, stderr=self.log)
        self.workers.append(process)
        return process

    def start_web(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            os.set_inheritable(listener.fileno(), True)
            command = [sys.executable, "-m", "neuroflow_site.up.web", str(listener.fileno())]
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment(),
                stdout=self.log,
                stderr=self.log,
                pass_fds=[listener.fileno()],
            )
            self.web.append(process)
            self.ports.append(listener.getsockname()[1])

    def wait_ready(self, workers: int) -> None:
        """Until every web process says that it is ready and so many workers live."""
        deadline = time.monotonic() + START_SECONDS
        for port in self.ports:
            while True:
                answer = None
                try:
                    answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).json()
                    if answer["ready"] and answer["parts"]["workers"]["count"] >= workers:
                        break
                except (httpx.HTTPError, ValueError):
                    pass
                if time.monotonic() > deadline:
                    raise RuntimeError(f"not ready after {START_SECONDS} s: {answer}\n{self.tail()}")
                time.sleep(0.1)

    def tail(self, size: int = 4_000) -> str:
        """The end of what the processes wrote."""
        self.log.flush()
        return Path(self.log.name).read_text(errors="replace")[-size:]

    def kill_worker(self) -> None:
        """SIGKILL to a worker: no time to say anything."""
        process = self.workers.pop()
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in [*self.workers, *self.web]:
            process.terminate()
        for process in [*self.workers, *self.web]:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.workers.clear()
        self.web.clear()
        self.ports.clear()

    def environment(self) -> dict[str, str]:
        """Ours, pointed at the test database."""
        found = connection.settings_dict
        if connection.vendor == "sqlite":
            database = f"sqlite:///{found['NAME']}"
        else:
            user, host, port = found["USER"], found["HOST"] or "127.0.0.1", found["PORT"] or 5432
            password = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
            database = f"postgres://{user}{password}@{host}:{port}/{found['NAME']}"
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "neuroflow_site.settings",
            "DATABASE_URL": database,
            "REDIS_URL": settings.REDIS_URL,
            "REDIS_PREFIX": settings.REDIS_PREFIX,
            "SECRET_KEY": settings.SECRET_KEY,
            "NEUROFLOW_VAR": str(settings.VAR_DIR),
            "NEUROFLOW_IMAGE_DIR": str(settings.NEUROFLOW["IMAGE_DIR"]),
            **self.own,
        }
