"""Which programs make a running NeuroFlow, and with which arguments."""

import os
import sys
from pathlib import Path

from .supervisor import Program


def valkey(binary: Path, socket: Path, data: Path) -> Program:
    """The embedded server: a Unix socket and no TCP port; every write is in its append-only file within a second."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Program("valkey", [str(binary), *arguments])


def prepare(root: Path, result: int) -> Program:
    """The set-up steps that need Django; what it made is written to the descriptor `result` as JSON."""
    return Program(
        "setup", [sys.executable, str(root / "manage.py"), "prepare", "--result", str(result)], inherit=(result,)
    )


def worker(number: int, threads: int) -> Program:
    """One worker process: many threads, because agents mostly wait; their computing takes turns (see sandbox/)."""
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "neuroflow_site", "worker"]
    command += ["--pool", "threads", "--concurrency", str(threads), "--hostname", f"worker{number}@%h"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
    return Program(
        f"worker{number}",
        command,
        # Celery's ten lines about running as root are said in one by us (run.py).
        environment={"PYTHONWARNINGS": "ignore:::celery.platforms"} if os.geteuid() == 0 else {},
        # It lets running invocations end; whatever is longer is picked up after the next start (leases, sweeper).
        stop_seconds=4.0,
        # Its broker goes at the same moment, and a worker that waits for a broker would wait for ever.
        orphan_signal=9,
    )


def web(listener: int) -> Program:
    return Program(
        "web", [sys.executable, "-m", "neuroflow_site.up.web", str(listener)], inherit=(listener,), stop_seconds=3.0
    )


def threads_per_worker() -> int:
    """As the settings have it (docs/operations.md)."""
    return int(os.environ.get("NEUROFLOW_WORKER_THREADS", "256"))
